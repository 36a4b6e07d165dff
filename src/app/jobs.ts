import type { AuditJob, AuditOrder, RuleSet } from '../audit/job.ts';
import type { Instant } from '../model/instant.ts';
import { didYouMean } from '../model/near-miss.ts';
import type { Trigger } from '../model/run.ts';
import type { AuditSettings, Config } from '../model/settings.ts';
import { nextSlots } from '../schedule/slots.ts';
import { UsageError } from './complaint.ts';
import { rulesOf } from './rule-set.ts';

/** Which audits are wanted, and how far they are narrowed by hand. */
export interface Selection {
  /** Empty: all. */
  readonly audits: readonly string[];
  readonly groups: readonly string[];
  readonly rules: readonly string[];
}

/** A due slot that a run stands for. */
export type Slot = NonNullable<AuditOrder['slot']>;

/** What a job is made for. */
export interface JobInput {
  readonly config: Config;
  readonly rules: RuleSet;
  readonly trigger: Trigger;
  readonly narrowed: boolean;
  readonly isSending: boolean;
  readonly at: Date;
  readonly runId: () => string;
}

/** One job a group for the audits that a person selected. */
export function selectJobs(selection: Selection, input: JobInput): readonly AuditJob[] {
  const { config } = input;
  requireKnown(
    'audit',
    selection.audits,
    config.audits.map(({ name }) => name),
  );
  requireKnown(
    'group',
    selection.groups,
    config.groups.map(({ id }) => id),
  );
  requireKnown('rule', selection.rules, [...input.rules.requirements.keys()]);
  const audits = config.audits.filter(({ name }) => selection.audits.length === 0 || selection.audits.includes(name));
  const jobs = config.groups
    .filter(({ id }) => selection.groups.length === 0 || selection.groups.includes(id))
    .map((group) => ({
      group,
      orders: audits
        .filter(({ groups }) => groups.includes(group.id))
        .flatMap((audit) => toOrder(audit, null, { ...input, selected: selection.rules })),
      trigger: input.trigger,
      narrowed: input.narrowed,
    }));
  const some = jobs.filter(({ orders }) => orders.length > 0);
  if (some.length === 0) throw new UsageError('nothing to audit: no selected audit has one of these groups and rules');
  return some;
}

/** The order for one audit of a group, with the slot it stands for; none when no rule is left. */
export function toOrder(
  audit: AuditSettings,
  slot: Slot | null,
  input: JobInput & { readonly selected: readonly string[] },
): AuditOrder[] {
  const rules = rulesOf(audit, input.rules).filter(
    (rule) => input.selected.length === 0 || input.selected.includes(rule),
  );
  // An audit whose rules are all switched off or broken still reports that.
  if (rules.length === 0 && input.selected.length > 0) return [];
  return [
    {
      audit: audit.name,
      runId: input.runId(),
      rules,
      send: input.isSending ? audit.send : [],
      operators: input.isSending ? input.config.operators : [],
      slot,
      nextRunAt: nextRunAt(audit, input.at),
    },
  ];
}

function nextRunAt({ schedule, timezone }: AuditSettings, at: Date): Instant | null {
  if (schedule === null) return null;
  return nextSlots({ expression: schedule, timezone, from: at, count: 1 })[0]?.at.toISOString() ?? null;
}

function requireKnown(what: string, wanted: readonly string[], known: readonly string[]): void {
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = didYouMean(unknown, known);
  const all = `; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ') || 'none'}`;
  throw new UsageError(`there is no ${what} "${unknown}"${meant === '' ? all : meant}`);
}
