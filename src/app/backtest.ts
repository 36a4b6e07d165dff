import type { BuiltInRule } from '../evaluate/catalogue.ts';
import type { CustomRule } from '../evaluate/custom-rules.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { openKey } from '../evaluate/outcome.ts';
import { DEFAULT_LIMITS } from '../evaluate/rule-process.ts';
import { type OpenedSections, openStoredSections } from '../evaluate/stored-sections.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import { type Day, toDay } from '../model/instant.ts';
import type { RuleResult, Verdict } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import type { Reason } from '../model/reason.ts';
import type { Requirement } from '../model/requirement.ts';
import type { SectionName, Snapshot } from '../model/snapshot.ts';
import type { PreviousMeasure } from '../reconcile/because.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import type { StoredSnapshot } from '../store/group-store.ts';

/** A rule that is replayed: one that comes with the program, or one from a file, which need not be installed. */
export interface ReplayedRule {
  readonly requirement: Requirement;
  readonly builtIn: BuiltInRule | null;
  readonly custom: CustomRule | null;
  readonly needs: readonly SectionName[];
  /** Every section that it reads. */
  readonly reads: readonly SectionName[];
  /** As the configuration writes them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What one day of the past would have been with the rule. */
export interface ReplayedDay {
  readonly day: Day;
  /** The run whose sections were judged. */
  readonly run: string;
  readonly verdict: Verdict;
  readonly reason: Reason | null;
  readonly opened: readonly Finding[];
  readonly closed: readonly Finding[];
  /** Open at the day's end, whether or not they could be verified. */
  readonly open: number;
}

/** Everything that a replay takes. */
export interface BacktestInput {
  readonly rule: ReplayedRule;
  readonly group: string;
  /** Oldest first. */
  readonly snapshots: readonly StoredSnapshot[];
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Replays a rule over the stored snapshots: each is judged as it would have been judged then, with the findings that the rule itself
 * would have had open, and today's options. Of several runs on a UTC day the one counts that has most of what the rule reads, the latest
 * of those.
 */
export async function backtest(input: BacktestInput): Promise<readonly ReplayedDay[]> {
  const { rule, group, log, signal, progress } = input;
  const chosen = onePerDay(input.snapshots, rule.reads);
  const days: ReplayedDay[] = [];
  let stored: readonly Finding[] = [];
  for (const [index, one] of chosen.entries()) {
    const { snapshot, encoded } = unpack(one, rule.reads);
    const at = new Date(one.run.startedAt);
    const result = await judgeOnce(rule, {
      snapshot,
      encoded,
      at,
      stored,
      log,
      ...(signal === undefined ? {} : { signal }),
    });
    const findings = reconcileOnce(rule, { group, at, result, stored, snapshot, isFirst: index === 0 });
    days.push(toDayRow(one, result, findings));
    stored = merge(stored, findings);
    progress?.(index + 1, chosen.length);
  }
  return days;
}

/** What a rule says of one stored snapshot. */
export async function judgeStored(rule: ReplayedRule, stored: StoredSnapshot, log: Log): Promise<RuleResult> {
  const { snapshot, encoded } = unpack(stored, rule.reads);
  return await judgeOnce(rule, { snapshot, encoded, at: new Date(stored.run.startedAt), stored: [], log });
}

/** Of each UTC day the run that has most of the sections that a rule reads; the latest of those. */
export function onePerDay(
  snapshots: readonly StoredSnapshot[],
  reads: readonly SectionName[],
): readonly StoredSnapshot[] {
  const byDay = new Map<Day, { readonly snapshot: StoredSnapshot; readonly has: number }>();
  for (const snapshot of snapshots) {
    const names = new Set(snapshot.sections.map(({ name }) => name));
    const has = reads.filter((name) => names.has(name)).length;
    const day = toDay(snapshot.run.startedAt);
    if (names.size > 0 && has >= (byDay.get(day)?.has ?? 0)) byDay.set(day, { snapshot, has });
  }
  return [...byDay.values()].map(({ snapshot }) => snapshot);
}

function unpack({ sections, populations }: StoredSnapshot, reads: readonly SectionName[]): OpenedSections {
  const names = [...new Set([...reads, ...ACCOUNTS])];
  return openStoredSections(names, sections, (name) => whyMissing(name, populations));
}

/** Who is in the group tells a finding whose subject left from one that was repaired. */
const ACCOUNTS: readonly SectionName[] = ['members', 'serviceAccounts'];

function whyMissing(name: SectionName, populations: StoredSnapshot['populations']): Reason {
  const reason = populations.find((summary) => summary.name === name)?.reason ?? null;
  if (reason !== null) return reason;
  return name.startsWith('approved')
    ? { kind: 'not_configured', text: 'was not configured then' }
    : { kind: 'not_collected', text: 'was not collected by this run, or is not kept any more' };
}

interface Once {
  readonly snapshot: Snapshot;
  readonly encoded: OpenedSections['encoded'];
  readonly at: Date;
  readonly stored: readonly Finding[];
  readonly log: Log;
  readonly signal?: AbortSignal;
}

async function judgeOnce(rule: ReplayedRule, { stored, ...input }: Once): Promise<RuleResult> {
  const { id } = rule.requirement;
  const open = new Set(stored.filter(({ state }) => isOpen(state)).map((finding) => openKey(finding)));
  const [result] = await evaluate({
    builtIn: rule.builtIn === null ? [] : [rule.builtIn],
    custom: rule.custom === null ? [] : [rule.custom],
    settings: { [id]: { enabled: true, severity: null, options: rule.options } },
    open: new Map([[id, open]]),
    limits: DEFAULT_LIMITS,
    ...input,
  });
  if (result === undefined) throw new Error(`the rule ${id} gave no result`);
  return result;
}

interface Reconciling {
  readonly group: string;
  readonly at: Date;
  readonly result: RuleResult;
  readonly stored: readonly Finding[];
  readonly snapshot: Snapshot;
  readonly isFirst: boolean;
}

function reconcileOnce(rule: ReplayedRule, { group, at, result, stored, snapshot, isFirst }: Reconciling) {
  const { id } = rule.requirement;
  const measure: PreviousMeasure = { judgedBefore: true, versionChanged: false, breaches: null };
  return reconcile({
    group,
    at,
    results: [result],
    stored,
    requirements: new Map([[id, rule.requirement]]),
    inScope: new Set([id]),
    measures: isFirst ? new Map() : new Map([[id, measure]]),
    accounts: accountsIn(snapshot),
    waivers: [],
    acknowledgements: new Map(),
    changes: [],
    broken: new Set(),
    maxWaiverDays: { critical: 0, high: 0, medium: 0, low: 0 },
  });
}

function accountsIn({ members, serviceAccounts }: Snapshot): ReadonlySet<string> | null {
  if (members?.present !== true || serviceAccounts?.present !== true) return null;
  return new Set([...members.value, ...serviceAccounts.value].map(({ id }) => id));
}

function toDayRow({ run }: StoredSnapshot, result: RuleResult, findings: readonly Finding[]): ReplayedDay {
  return {
    day: toDay(run.startedAt),
    run: run.id,
    verdict: result.verdict,
    reason: result.reason,
    opened: findings.filter(({ state }) => state === 'new'),
    closed: findings.filter(({ state }) => state === 'resolved' || state === 'withdrawn'),
    open: findings.filter(({ state }) => isOpen(state)).length,
  };
}

/** The latest state of every finding. */
function merge(stored: readonly Finding[], now: readonly Finding[]): readonly Finding[] {
  const byId = new Map(stored.map((finding) => [finding.id, finding]));
  for (const finding of now) byId.set(finding.id, finding);
  return [...byId.values()];
}
