import { addDays, daysBetween } from '../model/instant.ts';
import type { Severity } from '../model/severity.ts';
import type { BadWaiver, Waiver } from '../model/waiver.ts';
import { formatKeyPath, type KeyPath } from './key-path.ts';
import { formatProblem } from './problem.ts';
import { toShapeProblems } from './shape-problems.ts';
import { parseSource, type Source } from './source.ts';
import { readText } from './text-file.ts';
import { dayIn, endOfDay } from './time-zone.ts';
import { type WrittenWaiver, waiverSchema } from './waiver-schema.ts';

const MOST_BYTES = 4 * 1024 * 1024;

/** A waiver file as read. */
export interface WaiverFile {
  /** Waivers that can count, in the order of the file; those whose time has ended are among them. */
  readonly waivers: readonly Waiver[];
  /** Entries that do not count, and why. */
  readonly bad: readonly BadWaiver[];
  /** Why the file as a whole could not be read, as a sentence; null when it could. Nothing follows from the lists then. */
  readonly unreadable: string | null;
  /** There is no such file: it cannot be read, and on a first start that is as it should be. */
  readonly absent: boolean;
}

/** What `loadWaivers` is given. */
export interface WaiverInput {
  readonly file: string;
  /** The report's: dates end there. */
  readonly timezone: string;
  readonly at: Date;
  /** How long a waiver may last, by the severity of what it covers. */
  readonly maxWaiverDays: Readonly<Record<Severity, number>>;
  /** Who may approve, in lower case; null: anybody. */
  readonly approvers: readonly string[] | null;
}

/** Reads a waiver file. A bad entry does not count, the others do. Never throws for anything that a user can do wrong. */
export async function loadWaivers(input: WaiverInput): Promise<WaiverFile> {
  const read = await readText(input.file, MOST_BYTES);
  if (read.ok) return parseWaivers(read.text, input);
  const why = `the waiver file ${JSON.stringify(input.file)} cannot be read: ${read.why}`;
  return { ...unreadable(why), absent: read.absent };
}

/** What `loadWaivers` does with the text of a file. */
export function parseWaivers(text: string, input: WaiverInput): WaiverFile {
  const source = parseSource({ file: input.file, text, environment: null });
  const { tree, problems } = source;
  const general = problems.find((problem) => !problem.path.startsWith('['));
  if (general !== undefined) {
    return unreadable(formatProblem(general));
  }
  if (tree !== null && !Array.isArray(tree)) {
    return unreadable(formatProblem(source.problemAt([], 'expected a list of waivers, each with "- rule: ..." first')));
  }
  const today = dayIn(input.at, input.timezone);
  const entries: readonly unknown[] = tree ?? [];
  const results = entries.map((entry, index) => toWaiver(source, { entry, path: [index], today }, input));
  return {
    waivers: results.flatMap((result) => ('waiver' in result ? [result.waiver] : [])),
    bad: results.flatMap((result) => ('waiver' in result ? [] : result.bad)),
    unreadable: null,
    absent: false,
  };
}

/** An entry of the list, and the day it is where dates of waivers end. */
interface Entry {
  readonly entry: unknown;
  readonly path: KeyPath;
  readonly today: string;
}

type Result = { readonly waiver: Waiver } | { readonly bad: readonly BadWaiver[] };

function toWaiver(source: Source, { entry, path, today }: Entry, input: WaiverInput): Result {
  const parsed = waiverSchema.safeParse(entry);
  const issues = parsed.error?.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })) ?? [];
  const own = source.problems.filter((problem) => startsWith(problem.path, formatKeyPath(path)));
  const problems = [...own, ...toShapeProblems(source, issues)];
  if (!parsed.success || problems.length > 0) {
    return { bad: problems.map(toBad) };
  }
  const refusals = refusalsOf(parsed.data, today, input);
  return refusals.length > 0
    ? { bad: refusals.map(([key, message]) => toBad(source.problemAt([...path, key], message))) }
    : { waiver: build(parsed.data, input.timezone) };
}

/** Why a well-formed entry does not count, by key. What depends on the finding is judged where findings are known. */
function refusalsOf(
  waiver: WrittenWaiver,
  today: string,
  { maxWaiverDays, approvers }: WaiverInput,
): readonly (readonly [string, string])[] {
  const { approvedBy, approvedOn, expires, severity, subject } = waiver;
  const most = severity === undefined ? Math.max(...Object.values(maxWaiverDays)) : maxWaiverDays[severity];
  const latest = addDays(approvedOn ?? today, most);
  const refusals: (readonly [string, string])[] = [];
  if (expires > latest) {
    const since = approvedOn === undefined ? 'ahead' : 'after its approval';
    refusals.push(['expires', `"${expires}" is more than ${most} days ${since}; ${latest} is the latest`]);
  }
  if (approvedOn !== undefined && approvedOn > today) {
    refusals.push([
      'approvedOn',
      `"${approvedOn}" is ${daysBetween(today, approvedOn)} days ahead; nobody approved it yet`,
    ]);
  }
  if (approvers !== null && !approvers.includes(approvedBy.toLowerCase())) {
    refusals.push(['approvedBy', `"${approvedBy}" is not among the approvers of the configuration`]);
  }
  if (approvedBy.toLowerCase() === subject.toLowerCase()) {
    refusals.push(['approvedBy', 'nobody approves a waiver for himself']);
  }
  return refusals;
}

function startsWith(path: string, entry: string): boolean {
  return path === entry || path.startsWith(`${entry}.`) || path.startsWith(`${entry}[`);
}

function toBad(problem: Source['problems'][number]): BadWaiver {
  const { place, path, message } = problem;
  const where = place === null ? '' : `${place.file}:${place.line}:${place.column}`;
  return { place: where, problem: path === '' ? message : `${path}: ${message}` };
}

function build(waiver: WrittenWaiver, timezone: string): Waiver {
  const {
    rule,
    group = null,
    subject,
    key = null,
    reason,
    approvedBy,
    approvedOn,
    expires,
    severity,
    ticket = null,
  } = waiver;
  const endsAt = endOfDay(expires, timezone).toISOString();
  return {
    rule,
    group,
    subject,
    key,
    reason,
    approvedBy,
    ...(approvedOn === undefined ? {} : { approvedOn }),
    ...(severity === undefined ? {} : { severity }),
    expires,
    ticket,
    endsAt,
  };
}

function unreadable(why: string): WaiverFile {
  return { waivers: [], bad: [], unreadable: why, absent: false };
}
