import {
  addDays,
  type Breach,
  type Day,
  daysBetween,
  defineRule,
  notEvaluated,
  toDay,
  type UsageDay,
  z,
} from '../src/rule.ts';

/** Finished days that are judged: older first uses have been told, or have aged out. */
const JUDGED_DAYS = 30;

/** Endpoints by which much leaves at once. */
const BULK = /download|export|feed|zip/i;

const Options = z.strictObject({
  /** Days of use that must be known before a day to call an endpoint new on it. */
  historyDays: z.number().int().min(7).max(365).default(30),
  /** Endpoints that are never judged: by default those that audits themselves use. */
  ignore: z.array(z.string().min(1)).default(['groups', 'users', 'service_accounts', 'metadata']),
});

export default defineRule({
  id: 'endpoints-are-familiar',
  title: 'The group uses only endpoints of the API that it used before',
  severity: 'low',
  tags: ['usage'],
  why: 'The first download, export or feed of a group that never had one is how a stolen key or a new program shows itself.',
  fix: {
    text: 'Find out who made the calls, and whether that was meant; then acknowledge the finding with what you learned.',
    effort: 'medium',
  },
  controls: {
    'CIS Controls v8': ['8.11'],
    'ISO/IEC 27001:2022': ['A.8.16'],
    'NIST SP 800-53 r5': ['AC-2(12)'],
    'SOC 2 TSC 2017': ['CC7.2'],
  },
  event: { agesOutAfterDays: 30 },
  version: 1,
  needs: ['group', 'groupUsage', 'storedUsage'],
  options: Options,

  evaluate({ group, groupUsage, storedUsage }, { historyDays, ignore }, { at }) {
    const yesterday = addDays(toDay(at), -1);
    const byDay = new Map([...storedUsage, ...groupUsage].map((usage) => [usage.day, callsOf(usage)]));
    const used = [...byDay].filter(([day, calls]) => day <= yesterday && calls.size > 0).sort(byFirst);
    const start = used[0]?.[0];
    const known = start === undefined ? 0 : daysBetween(start, yesterday);
    if (start === undefined || known < historyDays) {
      const text = `Use is known for ${known} days before yesterday; ${historyDays} are needed`;
      return notEvaluated('not_enough_history', text);
    }
    const earliest = addDays(start, historyDays);
    const oldest = addDays(yesterday, 1 - JUDGED_DAYS);
    const judgedFrom = earliest > oldest ? earliest : oldest;
    const firstUses = firstUseByEndpoint(used, new Set(ignore));
    return {
      judgements: [...firstUses]
        .filter(([, day]) => day >= judgedFrom)
        .map(([endpoint, day]) =>
          toBreach(group.id, { endpoint, day, calls: byDay.get(day)?.get(endpoint) ?? 0, start }),
        ),
      checked: firstUses.size,
      limits: [`An endpoint counts as new when it was not used since ${start}, the first day of use that is known`],
    };
  },
});

/** Calls of a day by endpoint, whether they cost quota or not. */
function callsOf({ calls, freeCalls }: UsageDay): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const [endpoint, count] of [...Object.entries(calls), ...Object.entries(freeCalls)]) {
    if (count > 0) sum.set(endpoint, (sum.get(endpoint) ?? 0) + count);
  }
  return sum;
}

function firstUseByEndpoint(
  used: readonly (readonly [Day, ReadonlyMap<string, number>])[],
  ignored: ReadonlySet<string>,
): ReadonlyMap<string, Day> {
  const first = new Map<string, Day>();
  for (const [day, calls] of used) {
    for (const endpoint of [...calls.keys()].sort()) {
      if (!ignored.has(endpoint) && !first.has(endpoint)) first.set(endpoint, day);
    }
  }
  return first;
}

interface FirstUse {
  readonly endpoint: string;
  readonly day: Day;
  readonly calls: number;
  readonly start: Day;
}

function toBreach(groupId: string, { endpoint, day, calls, start }: FirstUse): Breach {
  const quiet = daysBetween(start, day);
  return {
    subject: { kind: 'group', id: groupId },
    key: endpoint,
    severity: BULK.test(endpoint) ? 'high' : 'low',
    message: `${endpoint} was called on ${day} (UTC), ${calls === 1 ? 'once' : `${calls} times`}, and never in the ${quiet} days before that are known`,
    evidence: { calls, day, endpoint, notUsedSince: start },
  };
}

function byFirst(one: readonly [string, unknown], other: readonly [string, unknown]): number {
  return one[0] < other[0] ? -1 : 1;
}
