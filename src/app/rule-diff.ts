import { existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import type { App } from '../app.ts';
import { missingReason } from '../evaluate/missing-sections.ts';
import { openKey } from '../evaluate/outcome.ts';
import type { Instant } from '../model/instant.ts';
import type { Breach, RuleResult } from '../model/judgement.ts';
import type { Reason } from '../model/reason.ts';
import type { Severity } from '../model/severity.ts';
import type { SectionName } from '../model/snapshot.ts';
import type { StoredSnapshot } from '../store/group-store.ts';
import { judgeStored, type ReplayedRule, whatIsMissing } from './backtest.ts';
import { UsageError } from './complaint.ts';
import { type Showable, toShowable, toWithhold } from './personal-use.ts';
import { findRule } from './rule-kit.ts';

/** A breach as a diff shows it, with the severity that it comes to. */
export interface Told extends Pick<Breach, 'subject' | 'key' | 'message'> {
  readonly severity: Severity;
}

/** A breach that both rules find, with another severity. */
export interface Reweighed extends Told {
  readonly before: Severity;
}

/** What one of the two rules came to. */
export interface Judged extends Pick<RuleResult, 'verdict' | 'reason' | 'checked' | 'limits'> {
  readonly breaches: number;
  readonly unjudged: number;
}

/** What an edited rule changes on a stored snapshot of a group. */
export interface RuleDiff {
  readonly group: string;
  /** The run whose sections were judged, and when it began: the latest that holds what the rule needs. Null: none does. */
  readonly run: { readonly id: string; readonly startedAt: Instant } | null;
  /** Why the latest run was not judged; null: it was, or nothing is stored of the group. */
  readonly passedOver: { readonly startedAt: Instant; readonly reason: Reason } | null;
  /** What it is compared with: the installed rule, what is open in the database (the file is the installed one), or nothing. */
  readonly against: 'installed' | 'open' | 'nothing';
  /** What the installed rule came to; null: it was not judged. */
  readonly before: Judged | null;
  readonly after: Judged | null;
  readonly added: readonly Told[];
  readonly removed: readonly Told[];
  readonly reweighed: readonly Reweighed[];
  /** Found before, and not judged now: whether they would stay is not known. */
  readonly unverified: readonly Told[];
  readonly kept: number;
}

/** Days back that a snapshot is looked for. */
const DIFF_DAYS = 400;

/** Which groups are compared, and what abandons it. */
export interface DiffInput {
  /** Absolute path of the edited file. */
  readonly path: string;
  readonly groups: readonly string[];
  readonly signal?: AbortSignal;
}

/**
 * Judges the latest snapshot of each group that holds what an edited file needs, and compares: with the installed rule of the same id, or,
 * where the file is the installed one, with what it has open.
 * @throws UsageError when the file cannot be loaded; the signal's reason when it is aborted.
 */
export async function diffRule(app: App, { path, groups, signal }: DiffInput): Promise<readonly RuleDiff[]> {
  requireFile(app, path);
  const edited = await findRule(app, path);
  const { id } = edited.requirement;
  const installed = app.rules.requirements.has(id) ? await findRule(app, id) : null;
  const isItself =
    installed?.custom !== null && installed?.custom !== undefined && isSameFile(installed.custom.file, path);
  const rules: Compared = { edited, installed: isItself ? null : installed, isItself };
  const diffs: RuleDiff[] = [];
  for (const group of groups) diffs.push(await diffGroup(app, rules, { group, signal }));
  return diffs;
}

/** An id is easily given for a file. */
function requireFile({ rules }: Pick<App, 'rules'>, path: string): void {
  const id = basename(path);
  if (existsSync(path) || !rules.requirements.has(id)) return;
  const file = rules.custom.find((rule) => rule.id === id)?.file;
  const where = file === undefined ? 'it comes with the program, and has none to edit' : `that of "${id}" is ${file}`;
  throw new UsageError(`a diff takes the file of a rule, not its id: ${where}`);
}

interface Compared {
  readonly edited: ReplayedRule;
  /** Null: there is none, or it is the edited file itself. */
  readonly installed: ReplayedRule | null;
  readonly isItself: boolean;
}

async function diffGroup(
  app: App,
  { edited, installed, isItself }: Compared,
  { group, signal }: { readonly group: string; readonly signal: AbortSignal | undefined },
): Promise<RuleDiff> {
  const { requirement } = edited;
  const against = isItself ? 'open' : installed === null ? 'nothing' : 'installed';
  const since = new Date(app.clock.now().getTime() - DIFF_DAYS * 86_400_000).toISOString();
  const snapshots = app.store.snapshots({ group, since });
  const latest = snapshots.at(-1) ?? null;
  const stored = latestWith(snapshots, edited, installed);
  const passedOver = latest === null || latest === stored ? null : whyPassedOver(latest, edited);
  const showable = toShowable(app, { group, requirement });
  const nothing = { group, passedOver, against, before: null, after: null } as const;
  if (stored === null) {
    return { ...nothing, run: null, added: [], removed: [], reweighed: [], unverified: [], kept: 0 };
  }
  const opened = app.store.openFindings(group).filter(({ rule }) => rule === requirement.id);
  const open = new Set(opened.map((finding) => openKey(finding)));
  const withhold = toWithhold(app, { group, requirement });
  const on = { stored, open, log: app.log, withhold, ...(signal === undefined ? {} : { signal }) };
  const before = installed === null ? null : await judgeStored(installed, on);
  const after = await judgeStored(edited, on);
  const known = isItself
    ? opened.map((one): Told => ({ ...toPlace(one), message: showable.message(one), severity: one.severity }))
    : before === null || installed === null
      ? []
      : toTold(before.breaches, installed);
  return {
    ...nothing,
    run: { id: stored.run.id, startedAt: stored.run.startedAt },
    before: before === null ? null : toJudged(before, showable),
    after: toJudged(after, showable),
    ...compare(known, after, { edited, showable }),
  };
}

/**
 * The latest that has all that the edited rule needs and wants and the installed one needs; else all that the edited one needs and wants;
 * else what it needs.
 */
function latestWith(
  snapshots: readonly StoredSnapshot[],
  { needs, wants }: ReplayedRule,
  installed: ReplayedRule | null,
): StoredSnapshot | null {
  const choices = [[...needs, ...wants, ...(installed?.needs ?? [])], [...needs, ...wants], needs];
  for (const names of choices) {
    const found = snapshots.findLast(({ sections }) => hasAll(sections, names));
    if (found !== undefined) return found;
  }
  return null;
}

function hasAll(sections: StoredSnapshot['sections'], names: readonly SectionName[]): boolean {
  return names.every((wanted) => sections.some(({ name }) => name === wanted));
}

function whyPassedOver(latest: StoredSnapshot, { needs, wants }: ReplayedRule): RuleDiff['passedOver'] {
  const reason = missingReason([...needs, ...wants], whatIsMissing(latest, [...needs, ...wants]));
  const text = 'it lacks what the installed rule needs';
  return { startedAt: latest.run.startedAt, reason: reason ?? { kind: 'not_collected', text } };
}

function isSameFile(one: string, other: string): boolean {
  return realpathSync(one) === realpathSync(other);
}

function toJudged({ verdict, reason, checked, limits, breaches, unjudged }: RuleResult, showable: Showable): Judged {
  return {
    verdict,
    reason: reason === null ? null : { ...reason, text: showable.text(reason.text) },
    checked,
    limits: limits.map((limit) => showable.text(limit)),
    breaches: breaches.length,
    unjudged: unjudged.length,
  };
}

function toTold(breaches: readonly Breach[], { requirement }: ReplayedRule): readonly Told[] {
  return breaches.map((one) => ({
    ...toPlace(one),
    message: one.message,
    severity: one.severity ?? requirement.severity,
  }));
}

function toPlace({ subject, key }: Pick<Told, 'subject' | 'key'>): Pick<Told, 'subject' | 'key'> {
  return key === undefined || key === '' ? { subject } : { subject, key };
}

type Changes = Pick<RuleDiff, 'added' | 'removed' | 'reweighed' | 'unverified' | 'kept'>;

interface Comparing {
  readonly edited: ReplayedRule;
  readonly showable: Showable;
}

function compare(known: readonly Told[], after: RuleResult, { edited, showable }: Comparing): Changes {
  const old = new Map(known.map((one) => [openKey(one), one]));
  const found = toTold(after.breaches, edited);
  const now = new Set(found.map((one) => openKey(one)));
  const gone = known.filter((one) => !now.has(openKey(one)));
  const isUnsure = toUnsure(after);
  const added = found.filter((one) => !old.has(openKey(one)));
  const reweighed = found.flatMap((one) => {
    const before = old.get(openKey(one))?.severity ?? one.severity;
    return before === one.severity ? [] : [{ ...one, before }];
  });
  const show = <One extends Told>(all: readonly One[]): readonly One[] => all.map((one) => showable.breach(one));
  return {
    added: show(added),
    removed: show(gone.filter((one) => !isUnsure(one))),
    reweighed: show(reweighed),
    unverified: show(gone.filter(isUnsure)),
    kept: found.length - added.length,
  };
}

/** Whether nothing is known of a subject: the rule could not be judged as a whole, or not of this one. */
function toUnsure({ lacking, unjudged }: RuleResult): (one: Told) => boolean {
  if (lacking !== null) return () => true;
  const keys = new Set(unjudged.map((one) => (one.key === undefined ? wholeKey(one) : openKey(one))));
  return (one) => keys.has(openKey(one)) || keys.has(wholeKey(one));
}

/** All that is about a subject, whatever tells its breaches apart. */
function wholeKey({ subject }: Pick<Told, 'subject'>): string {
  return JSON.stringify([subject.kind, subject.id]);
}
