import { UsageError } from '../app/complaint.ts';
import { ExitCode } from './exit-code.ts';
import { toFlowingTable } from './flowing-table.ts';
import { type AddCommand, globalOptions, print, printJson, say, wholeNumber, withApp } from './options.ts';

/** `deliveries`: messages owed and sent, and `deliveries retry ID`. */
export const addDeliveries: AddCommand = (deliveries, finish) => {
  deliveries
    .option('--limit <n>', 'at most so many', wholeNumber(1, 10_000), 20)
    .action(async (options: { limit: number }, command) => {
      const global = globalOptions(command, 'warn');
      await withApp(global, ({ store }) => {
        const rows = store.deliveries({ limit: options.limit });
        if (global.json) printJson(rows);
        else print(rows.length === 0 ? 'No deliveries yet.' : toDeliveryTable(rows));
      });
    });
  deliveries
    .command('retry')
    .description('try a pending or failed delivery again, now')
    .argument('<id>', 'the delivery, as `deliveries` shows it')
    .action(async (id: string, _options, command) => {
      await withApp(globalOptions(command, 'warn'), async ({ store, pump, clock }) => {
        if (!store.retryDelivery(id, clock.now()))
          throw new UsageError(
            `there is no delivery "${id}" that can be tried again; \`vt-auditor deliveries\` lists them`,
          );
        await pump.drain(AbortSignal.timeout(60_000));
        const delivery = store.deliveries({ limit: 10_000 }).find((row) => row.id === id);
        say(
          delivery?.state === 'delivered' ? 'Delivered.' : `Not delivered: ${delivery?.lastError ?? 'no answer yet'}`,
        );
        finish(delivery?.state === 'delivered' ? ExitCode.done : ExitCode.owed);
      });
    });
};

type Deliveries = ReturnType<Parameters<Parameters<typeof withApp>[1]>[0]['store']['deliveries']>;

function toDeliveryTable(rows: Deliveries): string {
  return toFlowingTable(rows, {
    firm: [
      { heading: 'ID', cell: ({ id }) => id },
      { heading: 'CHANNEL', cell: ({ channel }) => channel },
      { heading: 'STATE', cell: ({ state, maybeDuplicate }) => (maybeDuplicate ? `${state}, maybe twice` : state) },
      { heading: 'ATTEMPTS', cell: ({ attempts }) => String(attempts), align: 'right' },
      {
        heading: 'NEXT',
        cell: ({ nextAttemptAt }) => nextAttemptAt?.replace(/\.\d+Z$/, 'Z') ?? '-',
        narrow: 'leaves first',
      },
      { heading: 'RUN', cell: ({ run }) => run ?? '-', narrow: 'leaves first' },
    ],
    flowing: [{ heading: 'LAST ERROR', cell: ({ lastError }) => lastError ?? '' }],
  });
}
