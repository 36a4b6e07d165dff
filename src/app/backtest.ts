import type { BuiltInRule } from '../evaluate/catalogue.ts';
import type { CustomRule } from '../evaluate/custom-rules.ts';
import type { EncodedSnapshot } from '../evaluate/judge-custom-rule.ts';
import type { Presence } from '../evaluate/missing-sections.ts';
import { openKey } from '../evaluate/outcome.ts';
import { type JudgedMoment, type Moment, type ReplayInput, replay } from '../evaluate/replay.ts';
import { DEFAULT_LIMITS, type RuleLimits } from '../evaluate/rule-process.ts';
import { loadStoredSections } from '../evaluate/stored-sections.ts';
import { type Finding, isOpen } from '../model/finding.ts';
import { type Day, toDay } from '../model/instant.ts';
import type { RuleResult, Verdict } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import type { Reason } from '../model/reason.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Severity } from '../model/severity.ts';
import { missing, present, type Section, type SectionName } from '../model/snapshot.ts';
import type { PreviousMeasure } from '../reconcile/because.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { decodeIds } from '../sections.ts';
import type { StoredSnapshot } from '../store/group-store.ts';

/** A rule that is replayed: one that comes with the program, or one from a file, which need not be installed. */
export interface ReplayedRule {
  readonly requirement: Requirement;
  readonly builtIn: BuiltInRule | null;
  readonly custom: CustomRule | null;
  readonly needs: readonly SectionName[];
  /** Without these it does not pass. */
  readonly wants: readonly SectionName[];
  /** Every section that it reads. */
  readonly reads: readonly SectionName[];
  /** As the configuration writes them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What the configuration sets for all that it finds; null: nothing. */
  readonly severity: Severity | null;
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

/** A result without what may not be told of the people in the sections that it was judged on. */
export type Withhold = (result: RuleResult, sections: EncodedSnapshot) => RuleResult;

/** Everything that a replay takes. */
export interface BacktestInput {
  readonly rule: ReplayedRule;
  readonly group: string;
  /** Oldest first. */
  readonly snapshots: readonly StoredSnapshot[];
  readonly log: Log;
  /** What a custom rule may use on each day. */
  readonly limits?: RuleLimits;
  readonly signal?: AbortSignal;
  /** Takes out what may not be told. */
  readonly withhold?: Withhold;
  /** Called before the first day, and after each. */
  readonly progress?: (done: number, total: number) => void;
}

/**
 * Replays a rule over the stored snapshots, and gives the days as they are judged, oldest first: each as it would have been judged then,
 * with the findings that the rule itself would have had open, and today's options. Of several runs on a UTC day one counts: that of
 * `onePerDay`.
 * @throws the signal's reason when it is aborted.
 */
export async function* backtest(input: BacktestInput): AsyncGenerator<ReplayedDay, undefined> {
  const { rule, progress } = input;
  const chosen = onePerDay(input.snapshots, rule);
  const moments = chosen.map((one) => toMoment(one, rule.reads));
  const judged = replay({ ...input, ...toReplay(rule), moments, limits: input.limits ?? DEFAULT_LIMITS });
  const known: Known = { findings: [], isFirst: true };
  let done = 0;
  progress?.(done, chosen.length);
  for await (const moment of judged) {
    const one = chosen[done];
    if (one === undefined) throw new Error('more days were judged than asked');
    done += 1;
    progress?.(done, chosen.length);
    yield goOn(known, { input, moment, one });
  }
}

/** What is known from the days before. */
interface Known {
  findings: readonly Finding[];
  isFirst: boolean;
}

interface Step {
  readonly input: BacktestInput;
  readonly moment: JudgedMoment;
  readonly one: StoredSnapshot;
}

/** One day further. Nothing of it but the findings may outlive it: a generator would hold all that it names while the next is judged. */
function goOn(known: Known, { input, moment, one }: Step): ReplayedDay {
  const { rule, group } = input;
  const { findings: stored, isFirst } = known;
  const at = new Date(one.run.startedAt);
  const open = openKeysOf(stored);
  const result = toResult(rule, moment, { open: new Set(open.keys()), withhold: input.withhold });
  const accounts = stillThere(one, result, open);
  const findings = reconcileOnce(rule, { group, at, result, stored, accounts, isFirst });
  known.findings = merge(stored, findings);
  known.isFirst = false;
  return toDayRow(one, result, findings);
}

/** What a rule says of one stored snapshot while these findings of it are open. */
export async function judgeStored(rule: ReplayedRule, on: JudgedOn): Promise<RuleResult> {
  const moments = [toMoment(on.stored, rule.reads)];
  for await (const moment of replay({ ...on, ...toReplay(rule), moments, limits: DEFAULT_LIMITS }))
    return toResult(rule, moment, on);
  throw new Error(`the rule ${rule.requirement.id} gave no result`);
}

/** A stored snapshot to judge once, and the `openKey`s of the findings that are open. */
export interface JudgedOn {
  readonly stored: StoredSnapshot;
  readonly open: ReadonlySet<string>;
  readonly log: Log;
  readonly signal?: AbortSignal;
  readonly withhold?: Withhold | undefined;
}

function toResult(
  { severity }: ReplayedRule,
  { sections, conclude }: JudgedMoment,
  { open, withhold }: Pick<JudgedOn, 'open' | 'withhold'>,
): RuleResult {
  const result = conclude(open);
  const told = withhold === undefined ? result : withhold(result, sections);
  return severity === null ? told : { ...told, breaches: told.breaches.map((breach) => ({ ...breach, severity })) };
}

/** Of each UTC day the run that has most of the sections that a rule needs, then most of what else it reads; the latest of those. */
export function onePerDay(
  snapshots: readonly StoredSnapshot[],
  { needs, reads }: Pick<ReplayedRule, 'needs' | 'reads'>,
): readonly StoredSnapshot[] {
  const byDay = new Map<Day, { readonly snapshot: StoredSnapshot; readonly worth: number }>();
  for (const snapshot of snapshots) {
    const names = new Set(snapshot.sections.map(({ name }) => name));
    const count = (of: readonly SectionName[]): number => of.filter((name) => names.has(name)).length;
    const worth = count(needs) * (reads.length + 1) + count(reads);
    const day = toDay(snapshot.run.startedAt);
    if (names.size > 0 && worth >= (byDay.get(day)?.worth ?? 0)) byDay.set(day, { snapshot, worth });
  }
  return [...byDay.values()].map(({ snapshot }) => snapshot);
}

function toReplay({ builtIn, custom, options, requirement }: ReplayedRule): Pick<ReplayInput, 'rule' | 'options'> {
  if (builtIn !== null) return { rule: { builtIn }, options };
  if (custom !== null) return { rule: { custom }, options };
  throw new Error(`the rule ${requirement.id} comes from nowhere`);
}

function toMoment({ run, sections, populations }: StoredSnapshot, reads: readonly SectionName[]): Moment {
  const read = sections.filter(({ name }) => reads.some((one) => one === name));
  return {
    at: new Date(run.startedAt),
    items: read.reduce((sum, { items }) => sum + items, 0),
    load: () => loadStoredSections(reads, read, (name) => whyMissing(name, populations)),
  };
}

/** Which of these sections a stored snapshot has, and why it has not the others; their bytes are not read. */
export function whatIsMissing({ sections, populations }: StoredSnapshot, names: readonly SectionName[]): Presence {
  const entries = names.map((name): [SectionName, Section<null>] => {
    if (sections.some((section) => section.name === name)) return [name, present(null)];
    const { kind, text } = whyMissing(name, populations);
    return [name, missing(kind, text)];
  });
  return Object.fromEntries(entries);
}

function whyMissing(name: SectionName, populations: StoredSnapshot['populations']): Reason {
  const reason = populations.find((summary) => summary.name === name)?.reason ?? null;
  if (reason !== null) return reason;
  return name.startsWith('approved')
    ? { kind: 'not_configured', text: 'was not configured then' }
    : { kind: 'not_collected', text: 'was not collected by this run, or is not kept any more' };
}

/** By `openKey`, the subjects of open findings. */
function openKeysOf(findings: readonly Finding[]): ReadonlyMap<string, string> {
  const open = findings.filter(({ state }) => isOpen(state));
  return new Map(open.map((finding) => [openKey(finding), finding.subject.id]));
}

interface Reconciling {
  readonly group: string;
  readonly at: Date;
  readonly result: RuleResult;
  readonly stored: readonly Finding[];
  readonly accounts: ReadonlySet<string> | null;
  readonly isFirst: boolean;
}

function reconcileOnce(rule: ReplayedRule, { group, at, result, stored, accounts, isFirst }: Reconciling) {
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
    accounts,
    waivers: [],
    acknowledgements: new Map(),
    changes: [],
    broken: new Set(),
    maxWaiverDays: { critical: 0, high: 0, medium: 0, low: 0 },
  });
}

/**
 * Of the accounts whose findings may close those that are in the group: it tells a subject that left from one that was repaired. Null: not
 * known, or not needed, because reading who is in a large group takes long.
 */
function stillThere(
  { sections }: StoredSnapshot,
  { lacking, breaches }: RuleResult,
  open: ReadonlyMap<string, string>,
): ReadonlySet<string> | null {
  const closing = new Map(open);
  for (const breach of breaches) closing.delete(openKey(breach));
  if (lacking !== null || closing.size === 0) return null;
  const subjects = new Set(closing.values());
  const there = new Set<string>();
  for (const name of ['members', 'serviceAccounts'] as const) {
    const kept = sections.find((section) => section.name === name);
    if (kept === undefined) return null;
    for (const id of decodeIds({ name, version: kept.version, bytes: kept.load() }))
      if (subjects.has(id)) there.add(id);
  }
  return there;
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

/** The latest state of every finding; of a closed one only when it was open still matters. */
function merge(stored: readonly Finding[], now: readonly Finding[]): readonly Finding[] {
  const byId = new Map(stored.map((finding) => [finding.id, finding]));
  for (const finding of now) byId.set(finding.id, isOpen(finding.state) ? finding : { ...finding, evidence: {} });
  return [...byId.values()];
}
