import { addDays, type Day, daysBetween, eachDay, toDay } from '../model/instant.ts';
import type { UsageDay } from '../model/snapshot.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient, UsageRange } from '../virustotal/audit-client.ts';
import { Refusal } from './refusal.ts';

/** What the vendor keeps, today included, and how much of it one request may ask for (https://docs.virustotal.com/reference/group-api-usage). */
const KEPT_DAYS = 60;
const DAYS_PER_REQUEST = 30;

/** How many days are shown when nobody says. */
const USUAL_DAYS = 30;

/** Whose use of the API is asked for. */
export type UsageSubject = { readonly kind: 'group' } | { readonly kind: 'account'; readonly id: string };

/** Calls on one day and where that is known from. `missing`: neither the API nor the history has the day. */
export interface UsageLine {
  readonly day: Day;
  readonly source: 'api' | 'history' | 'missing';
  readonly usage: UsageDay | null;
}

/** The days that a person asked for. @throws Refusal when they are no range. */
export function toUsageRange(from: string | undefined, to: string | undefined, at: Date): UsageRange {
  const today = toDay(at);
  const last = parseDay(to) ?? today;
  const first = parseDay(from) ?? addDays(last, 1 - USUAL_DAYS);
  if (first > last) throw new Refusal(`the first day (${first}) is after the last (${last})`);
  if (last > today) throw new Refusal(`${last} has not begun yet (days are UTC days; today is ${today})`);
  if (daysBetween(first, last) > 3_660) throw new Refusal('more than ten years were asked for');
  return { from: first, to: last };
}

/** What reading usage needs. */
export interface UsageInput {
  readonly client: AuditClient;
  readonly subject: UsageSubject;
  readonly range: UsageRange;
  /** Days of the group that earlier audits kept. */
  readonly history: readonly UsageDay[];
  readonly at: Date;
}

/**
 * Use of the API day by day: from the API as far as it remembers, before that from what earlier audits kept of the group. A day that
 * nobody knows stays unknown and is not a day without use.
 * @throws ApiError
 */
export async function readUsage({ client, subject, range, history, at }: UsageInput): Promise<readonly UsageLine[]> {
  const oldest = addDays(toDay(at), 1 - KEPT_DAYS);
  const stored = new Map(history.map((usage) => [usage.day, usage]));
  const older = range.from < oldest ? eachDay(range.from, earlier(range.to, addDays(oldest, -1))) : [];
  const lines: UsageLine[] = older.map((day) => {
    const usage = subject.kind === 'group' ? stored.get(day) : undefined;
    return usage === undefined ? { day, source: 'missing', usage: null } : { day, source: 'history', usage };
  });
  for (const part of split({ from: later(range.from, oldest), to: range.to })) {
    lines.push(...(await readPart(client, subject, part)));
  }
  return lines;
}

async function readPart(client: AuditClient, subject: UsageSubject, range: UsageRange): Promise<readonly UsageLine[]> {
  const answer = await (subject.kind === 'group' ? client.groupUsage(range) : client.accountUsage(subject.id, range));
  const isOutside = (day: Day): boolean => day < range.from || day > range.to;
  if ([...Object.keys(answer.daily), ...Object.keys(answer.dailyFree)].some(isOutside)) {
    // Then the dates were ignored, and the days that were asked for are not zero but unknown.
    throw new ApiError({
      kind: 'incomplete',
      operation: 'read the use of the API',
      because: 'the API answered for other days than it was asked for',
    });
  }
  return eachDay(range.from, range.to).map((day) => ({
    day,
    source: 'api',
    usage: { day, calls: answer.daily[day] ?? {}, freeCalls: answer.dailyFree[day] ?? {} },
  }));
}

/** Calls of several days by endpoint, most first. */
export function toEndpointTotals(
  lines: readonly UsageLine[],
): readonly { readonly endpoint: string; readonly calls: number; readonly freeCalls: number }[] {
  const totals = new Map<string, { calls: number; freeCalls: number }>();
  for (const { usage } of lines) {
    for (const [kind, counts] of [
      ['calls', usage?.calls ?? {}],
      ['freeCalls', usage?.freeCalls ?? {}],
    ] as const) {
      for (const [endpoint, count] of Object.entries(counts)) {
        const total = totals.get(endpoint) ?? { calls: 0, freeCalls: 0 };
        total[kind] += count;
        totals.set(endpoint, total);
      }
    }
  }
  return [...totals]
    .map(([endpoint, counts]) => ({ endpoint, ...counts }))
    .sort((a, b) => b.calls - a.calls || b.freeCalls - a.freeCalls || (a.endpoint < b.endpoint ? -1 : 1));
}

/** All calls in a count by endpoint. */
export function totalOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Ranges of at most as many days as one request may ask for, oldest first; none when the range is empty. */
function split({ from, to }: UsageRange): readonly UsageRange[] {
  const parts: UsageRange[] = [];
  for (let start = from; start <= to; start = addDays(start, DAYS_PER_REQUEST))
    parts.push({ from: start, to: earlier(addDays(start, DAYS_PER_REQUEST - 1), to) });
  return parts;
}

function parseDay(text: string | undefined): Day | null {
  if (text === undefined) return null;
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || toDay(new Date(time)) !== text)
    throw new Refusal(`"${text}" is not a day such as 2026-11-22`);
  return text;
}

function earlier(a: Day, b: Day): Day {
  return a < b ? a : b;
}

function later(a: Day, b: Day): Day {
  return a > b ? a : b;
}
