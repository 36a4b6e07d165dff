import type { Command } from 'commander';
import { UsageError } from '../app/complaint.ts';
import { type ApplyOptions, type Managing, withManaging } from '../app/manage.ts';
import type { Order } from '../app/manage-orders.ts';
import type { App } from '../app.ts';
import { confirmByTyping } from './confirm.ts';
import { ExitCode } from './exit-code.ts';
import { listenForInterruption } from './interruption.ts';
import {
  type Finish,
  type GlobalOptions,
  globalOptions,
  print,
  printJson,
  say,
  wholeNumber,
  withApp,
} from './options.ts';
import { printable } from './table.ts';

/** Options that every command with changes takes. */
export interface ChangingOptions {
  readonly group?: string;
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly maxChanges: number;
  readonly by?: string;
  readonly reason?: string;
  readonly manageKeyFile?: string;
}

type Plan = Awaited<ReturnType<Managing['plan']>>;
type Step = Awaited<ReturnType<Managing['apply']>>[number];

/** Slips of the hand stay small. */
const MAX_CHANGES = 5;

/** Adds the options of a command with changes. */
export function addChangingOptions(command: Command): Command {
  return command
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--apply', 'make the changes; without it they are shown and nothing is sent')
    .option('--yes', 'with --apply: do not ask for confirmation')
    .option('--max-changes <n>', 'refuse more changes than this at once', wholeNumber(1, 1000), MAX_CHANGES)
    .option('--by <person>', 'with --apply: who makes the changes, for the record')
    .option('--reason <text>', 'with --apply: why, for the record')
    .option(
      '--manage-key-file <file>',
      'the key for changes, never the one that audits (default: VT_AUDITOR_MANAGE_KEY_FILE)',
    );
}

/** Plans, shows, asks and applies: what all commands with changes have in common. `group` outranks the option. */
export async function change(
  command: Command,
  finish: Finish,
  toOrder: (managing: Managing, app: App) => Order | Promise<Order>,
  group: string | null = null,
): Promise<void> {
  // A parent command's option of the same name takes the value even when it stands behind this command's name.
  const options: ChangingOptions = command.optsWithGlobals();
  const global = globalOptions(command, 'error');
  requireWords(options);
  const interruption = listenForInterruption(say);
  try {
    await withApp(global, (app) =>
      withManaging(
        app,
        {
          group: group ?? options.group ?? null,
          keyFile: options.manageKeyFile,
          apply: options.apply === true,
          maxChanges: options.maxChanges,
          signal: interruption.abandon,
        },
        async (managing) => {
          const order = await toOrder(managing, app);
          const plan = await managing.plan(order.wishes);
          finish(await carryOut({ managing, plan, order, options, global, interruption }));
        },
      ),
    );
  } catch (error) {
    // Reading was cut short because somebody pressed Ctrl-C: that is no failure, and nothing was sent.
    if (interruption.code === null) throw error;
    say('Nothing was sent.');
  } finally {
    if (interruption.code !== null) finish(interruption.code);
    interruption.end();
  }
}

interface CarryingOut {
  readonly managing: Managing;
  readonly plan: Plan;
  readonly order: Order;
  readonly options: ChangingOptions;
  readonly global: GlobalOptions;
  readonly interruption: ReturnType<typeof listenForInterruption>;
}

async function carryOut({ managing, plan, order, options, global, interruption }: CarryingOut): Promise<number> {
  if (!global.json) print(showPlan(plan));
  if (plan.refused.length > 0) {
    if (global.json) printJson({ plan, sent: false, steps: [] });
    say('Nothing was sent: the changes marked as refused must not be made; leave them out.');
    return ExitCode.couldNot;
  }
  if (plan.changes.length === 0 || options.apply !== true) {
    if (global.json) printJson({ plan, sent: false, steps: [] });
    say(plan.changes.length === 0 ? 'Nothing was sent.' : 'Nothing was sent. Add --apply to make these changes.');
    return ExitCode.done;
  }
  // Nobody confirms what was not shown.
  if (options.yes !== true && global.json) say(showPlan(plan));
  if (options.yes !== true && !(await confirmByTyping(managing.group.id, interruption.stop))) {
    say('Nothing was sent.');
    return interruption.code ?? ExitCode.couldNot;
  }
  interruption.beginSending();
  const steps = await managing.apply(plan, toApplyOptions(options, order, interruption, global));
  if (global.json) printJson({ plan, sent: true, steps: steps.map(toStepJson) });
  const open = steps.filter(({ asPlanned }) => !asPlanned);
  if (open.length > 0) say(`${steps.length - open.length} of ${steps.length} changes ended as planned.`);
  return interruption.code ?? (open.length === 0 ? ExitCode.done : ExitCode.couldNot);
}

function toApplyOptions(
  options: ChangingOptions,
  order: Order,
  { stop, abandon }: CarryingOut['interruption'],
  { json }: GlobalOptions,
): ApplyOptions {
  return {
    by: options.by ?? '',
    reason: options.reason ?? '',
    undoes: order.undoes,
    stop,
    abandon,
    tell: (step) => {
      if (!json) print(showStep(step));
    },
  };
}

function requireWords({ apply, by, reason }: ChangingOptions): void {
  if (apply !== true) return;
  const missing = [...(isBlank(by) ? ['--by'] : []), ...(isBlank(reason) ? ['--reason'] : [])];
  if (missing.length > 0)
    throw new UsageError(`changes are recorded with who makes them and why: give ${missing.join(' and ')}`);
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === '';
}

/** A plan as a person reads it. */
export function showPlan({ group, changes, settled, refused }: Plan): string {
  const lines = [
    `Plan for ${printable(group)}: ${changes.length} ${changes.length === 1 ? 'change' : 'changes'}`,
    ...changes.flatMap(({ description, request }, index) => [
      '',
      printable(`${index + 1}. ${description.subject}: ${description.what}`),
      printable(`   from      ${description.from}`),
      printable(`   to        ${description.to}`),
      printable(`   request   ${request.method} ${request.path}${showBody(request.body)}`),
      ...description.mind.map((sentence) => printable(`   mind      ${sentence}`)),
    ]),
    ...listing('Nothing to do for', settled),
    ...(refused.length === 0
      ? []
      : ['', ...refused.map(({ subject, why }) => printable(`Refused: ${subject}: ${why}`))]),
  ];
  return lines.join('\n');
}

function showBody(body: unknown): string {
  return body === null ? '' : ` ${JSON.stringify(body)}`;
}

function listing(label: string, subjects: readonly string[]): readonly string[] {
  return subjects.length === 0
    ? []
    : [
        '',
        printable(
          `${label} ${subjects.join(', ')}: it is so already, or nobody has that name; check how it is spelled.`,
        ),
      ];
}

const RESULTS: Readonly<Record<Step['result'], string>> = {
  done: 'done     ',
  accepted: 'accepted ',
  refused: 'REFUSED  ',
  unknown: 'UNKNOWN  ',
  not_sent: 'not sent ',
};

function showStep({ change: planned, result, note, id }: Step): string {
  const { subject, what } = planned.description;
  const detail = [...(note === null ? [] : [note]), ...(id === null ? [] : [`(${id})`])].join(' ');
  return printable(`${RESULTS[result]}${subject}: ${what}${detail === '' ? '' : `. ${detail}`}`);
}

function toStepJson({ change: planned, result, note, id }: Step) {
  return { id, target: planned.target, result, note };
}
