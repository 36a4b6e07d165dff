import {
  addDays,
  type Breach,
  type Consumption,
  type Day,
  type DayUse,
  dailyUse,
  daysBetween,
  defineRule,
  notEvaluated,
  type Section,
  type Severity,
  spikesAmong,
  sum,
  toDay,
  z,
} from '../src/rule.ts';

/** Finished days that are judged: an older spike has been told, or has aged out. */
const JUDGED_DAYS = 30;
/** Finished days since the first use that are needed before anything is judged. */
const MINIMUM_HISTORY_DAYS = 28;
/** Older days say nothing about what is usual now. */
const HISTORY_DAYS = 90;
/** An account or kind of endpoint that explains this share of what was added is named as the cause. */
const MAIN_SHARE = 0.5;
/** Ids that evidence lists, at most. */
const LISTED = 5;

const Options = z.strictObject({
  /** A spike has at least so many times the expected calls ... */
  times: z.number().min(1.2).max(100).default(1.8),
  /** ... and at least so many calls more. */
  minimumCalls: z.number().int().min(1).default(20),
  /** Days on which as little is expected as on a Sunday. */
  holidays: z.array(z.iso.date()).default([]),
});

export default defineRule({
  id: 'usage-without-spikes',
  title: 'Daily use of the API stays within what is usual for the group',
  severity: 'medium',
  version: 2,
  tags: ['usage'],
  why: 'A day far above the usual is often the first sign of a stolen key, a runaway script or a mass download.',
  fix: {
    text: 'Ask whoever runs the accounts named in the evidence what they did. If nobody knows, renew the key, cap the account and look at what was fetched; then acknowledge the finding with what you learned.',
    effort: 'medium',
  },
  controls: {
    'CIS Controls v8': ['8.11'],
    'ISO/IEC 27001:2022': ['A.8.16'],
    'NIST SP 800-53 r5': ['AC-2(12)', 'SI-4'],
    'SOC 2 TSC 2017': ['CC7.2'],
  },
  event: { agesOutAfterDays: 30 },
  needs: ['group', 'groupUsage', 'storedUsage'],
  wants: ['peakDays', 'serviceAccounts', 'administrators'],
  options: Options,

  evaluate({ group, groupUsage, storedUsage, peakDays, serviceAccounts, administrators }, options, { at }) {
    const yesterday = addDays(toDay(at), -1);
    const history = dailyUse([...storedUsage, ...groupUsage], {
      from: addDays(yesterday, 1 - HISTORY_DAYS),
      to: yesterday,
      holidays: new Set(options.holidays),
    });
    if (history.length < MINIMUM_HISTORY_DAYS) {
      const text = `${history.length} finished days since the first use are known; ${MINIMUM_HISTORY_DAYS} are needed`;
      return notEvaluated('not_enough_history', text);
    }
    const first = Math.max(0, history.length - JUDGED_DAYS);
    const watched = {
      serviceAccounts: new Set(idsOf(serviceAccounts)),
      administrators: new Set(idsOf(administrators)),
    };
    const spikes = spikesAmong(history, options).filter(({ index }) => index >= first);
    const breaches = spikes.map(({ index, expected }): Breach => {
      const spike = describeSpike(history, index, expected);
      const behind = whoWasBehind(spike, peakDays, at);
      return toBreach(group.id, spike, behind, behind.cause === null ? null : kindOf(behind.cause, watched));
    });
    return {
      judgements: breaches,
      checked: history.length - first,
      limits: [
        'Only use of the API v3 that costs quota is seen: not v2, not the web, and not today, which is not over.',
      ],
    };
  },
});

// --- What was behind it

interface Contribution {
  readonly endpoint: string;
  readonly calls: number;
  readonly expected: number;
}

interface DescribedSpike {
  readonly day: Day;
  readonly calls: number;
  readonly expected: number;
  /** Largest contributors first. */
  readonly endpoints: readonly Contribution[];
}

interface Behind {
  /** Largest contributors first; `usual` is the mean of the account's other days of that month, null where there are none. */
  readonly accounts: readonly { readonly id: string; readonly calls: number; readonly usual: number | null }[];
  /** The account that explains most of what was added, if one does. */
  readonly cause: string | null;
}

/** Shares the day's expectation out by what each endpoint had of the four weeks before. */
function describeSpike(history: readonly DayUse[], index: number, expected: number): DescribedSpike {
  const { day, calls, endpoints } = history[index] ?? { day: '', calls: 0, endpoints: {} };
  const before = history.slice(Math.max(0, index - 28), index);
  const all = Math.max(1, sum(before.map((use) => use.calls)));
  const contributions = Object.entries(endpoints).map(([endpoint, count]) => ({
    endpoint,
    calls: count,
    expected: Math.round((expected * sum(before.map((use) => use.endpoints[endpoint] ?? 0))) / all),
  }));
  contributions.sort((a, b) => b.calls - b.expected - (a.calls - a.expected) || (a.endpoint < b.endpoint ? -1 : 1));
  return { day, calls, expected: Math.round(expected), endpoints: contributions };
}

function whoWasBehind(spike: DescribedSpike, peakDays: Section<readonly Consumption[]>, at: Date): Behind {
  const known = peakDays.present ? peakDays.value.filter(({ quota }) => quota.startsWith('api_requests_')) : [];
  const month = spike.day.slice(0, 7);
  const ofDays = known.filter(({ period }) => period.length > 7 && period.startsWith(month));
  const otherDays = daysOfMonth(month, at) - new Set(ofDays.map(({ period }) => period)).size;
  const usualOf = (id: string): number | null => {
    const inMonth = usedBy(known, id, month);
    if (inMonth === null || otherDays < 1) return null;
    const inPeaks = [...new Set(ofDays.map(({ period }) => period))].map((day) => usedBy(ofDays, id, day) ?? 0);
    return Math.max(0, Math.round((inMonth - sum(inPeaks)) / otherDays));
  };
  const consumers = ofDays.find(({ period }) => period === spike.day)?.consumers ?? [];
  const accounts = consumers.map(({ id, used }) => ({ id, calls: used, usual: usualOf(id) }));
  accounts.sort((a, b) => b.calls - (b.usual ?? 0) - (a.calls - (a.usual ?? 0)) || (a.id < b.id ? -1 : 1));
  const first = accounts[0];
  const explains =
    first !== undefined && first.calls - (first.usual ?? 0) >= MAIN_SHARE * (spike.calls - spike.expected);
  return { accounts: accounts.slice(0, LISTED), cause: explains ? first.id : null };
}

const usedBy = (lists: readonly Consumption[], id: string, period: string): number | null =>
  lists.find((list) => list.period === period)?.consumers.find((consumer) => consumer.id === id)?.used ?? null;

/** Days of a month that have begun. */
function daysOfMonth(month: string, at: Date): number {
  const last = addDays(`${addDays(`${month}-28`, 4).slice(0, 7)}-01`, -1);
  return daysBetween(`${month}-01`, last < toDay(at) ? last : toDay(at)) + 1;
}

function kindOf(id: string, watched: { serviceAccounts: ReadonlySet<string>; administrators: ReadonlySet<string> }) {
  if (watched.serviceAccounts.has(id)) return 'service account';
  return watched.administrators.has(id) ? 'administrator' : null;
}

function toBreach(groupId: string, spike: DescribedSpike, behind: Behind, causeKind: string | null): Breach {
  const times = Math.round((10 * spike.calls) / Math.max(1, spike.expected)) / 10;
  const endpoints = spike.endpoints.slice(0, LISTED);
  const cause = behind.cause === null ? '' : `; mostly by ${causeKind === null ? '' : `${causeKind} `}${behind.cause}`;
  return {
    subject: { kind: 'group', id: groupId },
    key: spike.day,
    severity: severityOf(spike, causeKind),
    message: `${spike.calls} calls on ${spike.day} (UTC), ${times} times the ${spike.expected} expected; most by ${endpoints[0]?.endpoint ?? 'no endpoint'}${cause}`,
    evidence: {
      day: spike.day,
      calls: spike.calls,
      expected: spike.expected,
      times,
      endpoints,
      accounts: behind.accounts,
      cause: behind.cause,
      causeKind,
    },
  };
}

/** Bulk retrieval, and keys that nobody sits in front of or that open every door, weigh more. */
function severityOf(spike: DescribedSpike, causeKind: string | null): Severity {
  const bulk = spike.endpoints.filter(({ endpoint }) => /download|feed/i.test(endpoint));
  const added = sum(bulk.map(({ calls, expected }) => calls - expected));
  return causeKind !== null || added >= MAIN_SHARE * (spike.calls - spike.expected) ? 'high' : 'medium';
}

const idsOf = (section: Section<readonly { readonly id: string }[]>): readonly string[] =>
  section.present ? section.value.map(({ id }) => id) : [];
