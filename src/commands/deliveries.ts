import { UsageError } from '../app/complaint.ts';
import type { App } from '../app.ts';
import { didYouMean } from '../model/near-miss.ts';
import { ExitCode } from './exit-code.ts';
import { toFlowingTable } from './flowing-table.ts';
import { type AddCommand, globalOptions, print, printJson, say, wholeNumber, withApp } from './options.ts';

/** Deliveries that are looked through. */
const MOST = 10_000;

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
    .description('try pending or failed deliveries again, now')
    .argument('[id...]', 'deliveries, as `deliveries` shows them')
    .option('--channel <name>', 'all that wait or were given up, of this channel')
    .action(async (ids: readonly string[], { channel }: { channel?: string }, command) => {
      await withApp(globalOptions(command, 'warn'), async (app) => {
        const wanted = channel === undefined ? ids : [...ids, ...owedTo(app, channel)];
        const delivered = await retry(app, wanted);
        finish(delivered ? ExitCode.done : ExitCode.owed);
      });
    });
};

function owedTo({ store, config }: App, channel: string): readonly string[] {
  const owed = (['pending', 'failed'] as const)
    .flatMap((state) => store.deliveries({ limit: MOST, state }))
    .filter((delivery) => delivery.channel === channel)
    .map(({ id }) => id);
  if (owed.length === 0 && !Object.hasOwn(config.channels, channel))
    throw new UsageError(`there is no channel "${channel}"${didYouMean(channel, Object.keys(config.channels))}`);
  return owed;
}

/** Whether all of them are delivered now. Of several, those whose text is not kept any more count as not delivered. */
async function retry({ store, pump, clock }: App, ids: readonly string[]): Promise<boolean> {
  if (ids.length === 0)
    throw new UsageError('there is nothing to try again; `vt-auditor deliveries` lists what there is');
  const unknown = ids.filter((id) => !store.retryDelivery(id, clock.now()));
  if (unknown.length === ids.length)
    throw new UsageError(
      `there is no delivery "${unknown[0]}" that can be tried again; \`vt-auditor deliveries\` lists them`,
    );
  await pump.drain(AbortSignal.timeout(60_000));
  const rows = store.deliveries({ limit: MOST }).filter(({ id }) => ids.includes(id));
  const left = rows.filter(({ state }) => state !== 'delivered');
  const [first] = left;
  if (first === undefined) say(rows.length === 1 ? 'Delivered.' : `Delivered ${rows.length} messages.`);
  else {
    const many = ids.length === 1 ? 'Not delivered' : `${left.length} of ${ids.length} not delivered`;
    const why = left.find(({ lastError }) => lastError !== null)?.lastError ?? 'no answer yet';
    say(`${many}: ${why}`);
  }
  return first === undefined;
}

type Deliveries = ReturnType<Parameters<Parameters<typeof withApp>[1]>[0]['store']['deliveries']>;

/** Of a message that was not tried yet. */
const HELD = 'The channel took nothing of late, so that this one waits.';

function stateOf({ state, held, maybeDuplicate }: Deliveries[number]): string {
  return [state, ...(held ? ['held'] : []), ...(maybeDuplicate ? ['maybe twice'] : [])].join(', ');
}

function toDeliveryTable(rows: Deliveries): string {
  return toFlowingTable(rows, {
    firm: [
      { heading: 'ID', cell: ({ id }) => id },
      { heading: 'CHANNEL', cell: ({ channel }) => channel },
      { heading: 'STATE', cell: stateOf },
      { heading: 'ATTEMPTS', cell: ({ attempts }) => String(attempts), align: 'right' },
      {
        heading: 'NEXT',
        // What is held has no time of its own: it waits for another one to get through.
        cell: ({ nextAttemptAt, held }) => (held ? null : nextAttemptAt)?.replace(/\.\d+Z$/, 'Z') ?? '-',
        narrow: 'leaves first',
      },
      { heading: 'RUN', cell: ({ run }) => run ?? '-', narrow: 'leaves first' },
    ],
    flowing: [{ heading: 'LAST ERROR', cell: ({ lastError, held }) => lastError ?? (held ? HELD : '') }],
  });
}
