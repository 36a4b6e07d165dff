import {
  type AccountDay,
  type AccountSpike,
  type AccountUsage,
  addDays,
  type Breach,
  type Consumption,
  type Day,
  type DayUse,
  dailyUse,
  daysBetween,
  defineRule,
  type EarlierAccounts,
  type JudgedAccounts,
  type Judgement,
  joinAccountDays,
  judgeAccounts,
  median,
  notEvaluated,
  type Section,
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
  /** The same two for a single account: a spike has at least so many times its expected calls ... */
  accountTimes: z.number().min(2).max(100).default(4),
  /** ... and at least so many calls more. */
  accountMinimumCalls: z.number().int().min(1).default(100),
});
type Options = z.infer<typeof Options>;

export default defineRule({
  id: 'usage-without-spikes',
  title: 'Daily use of the API stays within what is usual for the group and for each account',
  severity: 'medium',
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
  version: 5,
  needs: ['group', 'groupUsage', 'storedUsage'],
  wants: ['peakDays', 'serviceAccounts', 'administrators', 'accountDays', 'peakAccounts'],
  consults: ['storedAccountDays', 'previousServiceAccounts'],
  options: Options,

  evaluate({ group, groupUsage, storedUsage, ...sections }, options, { at }) {
    const yesterday = addDays(toDay(at), -1);
    const span = {
      from: addDays(yesterday, 1 - HISTORY_DAYS),
      to: yesterday,
      holidays: new Set(options.holidays),
    };
    const history = dailyUse([...storedUsage, ...groupUsage], span);
    if (history.length < MINIMUM_HISTORY_DAYS) {
      const text = `${history.length} finished days since the first use are known; ${MINIMUM_HISTORY_DAYS} are needed`;
      return notEvaluated('not_enough_history', text);
    }
    const judgedFrom = history[Math.max(0, history.length - JUDGED_DAYS)]?.day ?? yesterday;
    const known: Known = {
      peakDays: listOf(sections.peakDays),
      accountDays: joinAccountDays([...listOf(sections.storedAccountDays), ...listOf(sections.accountDays)]),
      own: listOf(sections.peakAccounts),
      kindOf: kindsOf(sections),
      at,
    };
    const told = groupSpikes(history, options, judgedFrom).map((spike) => ({
      spike,
      behind: whoWasBehind(spike, known),
    }));
    const accounts = judgeAccounts({
      ...span,
      days: known.accountDays,
      own: known.own,
      group: history,
      judgedFrom,
      times: options.accountTimes,
      minimumCalls: options.accountMinimumCalls,
    });
    // The group's finding names the account that was the cause: it is not told twice.
    const own = accounts.spikes.filter(
      ({ id, day }) => !told.some(({ spike, behind }) => spike.day === day && behind.cause === id),
    );
    return {
      judgements: [
        ...told.map(({ spike, behind }) => toBreach(group.id, spike, behind, known)),
        ...own.map((spike) => toAccountBreach(spike, known)),
        ...unknownsOf(group.id, accounts, known),
      ],
      checked: 1 + accounts.judged,
      limits: limitsOf(accounts),
    };
  },
});

/** What is known beside the group's own days. */
interface Known {
  readonly peakDays: readonly Consumption[];
  readonly accountDays: readonly AccountDay[];
  readonly own: readonly AccountUsage[];
  readonly kindOf: (id: string) => AccountKind;
  readonly at: Date;
}

function groupSpikes(history: readonly DayUse[], options: Options, judgedFrom: Day): readonly DescribedSpike[] {
  return spikesAmong(history, options)
    .filter(({ index }) => (history[index]?.day ?? '') >= judgedFrom)
    .map(({ index, expected }) => describeSpike(history, index, expected));
}

/** What could not be judged: days that nobody read yet, and accounts that are new. Neither is a fault. */
function unknownsOf(groupId: string, { unread, tooNew }: JudgedAccounts, { kindOf }: Known): readonly Judgement[] {
  const days: readonly Judgement[] =
    unread.length === 0
      ? []
      : [
          {
            subject: { kind: 'group', id: groupId },
            key: 'accounts',
            unknown: {
              kind: 'not_enough_history',
              text: `who used the API was not read yet of ${unread.length} of the last ${JUDGED_DAYS} finished days; each audit reads up to ten, as far as its budget goes`,
            },
          },
        ];
  return [
    ...days,
    ...tooNew.map(
      ({ id, since }): Judgement => ({
        subject: { kind: subjectKind(kindOf(id)), id },
        unknown: {
          kind: 'not_enough_history',
          text: `first used the API on ${since}, so that nothing is usual for it yet; ${MINIMUM_HISTORY_DAYS} finished days are needed`,
        },
      }),
    ),
  ];
}

function limitsOf({ cut }: JudgedAccounts): readonly string[] {
  const limits = [
    'Only use of the API v3 that costs quota is seen: not v2, not the web, and not today, which is not over.',
  ];
  if (cut.days === 0) return limits;
  const text = `On ${cut.days} of the judged days only the largest users of the API were read: what others did with at most ${cut.calls} calls a day was not seen.`;
  return [...limits, text];
}

// --- Whose account it is

type AccountKind = 'service account' | 'administrator' | 'member' | 'unknown';

interface Accounts {
  readonly serviceAccounts: Section<readonly { readonly id: string }[]>;
  readonly previousServiceAccounts: Section<EarlierAccounts>;
  readonly administrators: Section<readonly { readonly id: string }[]>;
}

/** Where the service accounts could not be read, those count that an earlier audit saw: a finding must not change its subject. */
function kindsOf({ serviceAccounts, previousServiceAccounts, administrators }: Accounts): Known['kindOf'] {
  const earlier = previousServiceAccounts.present ? previousServiceAccounts.value.ids : [];
  const services = new Set(serviceAccounts.present ? serviceAccounts.value.map(({ id }) => id) : earlier);
  const known = new Set(listOf(administrators).map(({ id }) => id));
  return (id) => {
    if (services.has(id)) return 'service account';
    if (known.has(id)) return 'administrator';
    return serviceAccounts.present && administrators.present ? 'member' : 'unknown';
  };
}

const subjectKind = (kind: AccountKind) => (kind === 'service account' ? 'service_account' : 'member');

/** A key that nobody sits in front of, or that opens every door. */
const isWatched = (kind: AccountKind): boolean => kind === 'service account' || kind === 'administrator';

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

function describeSpike(history: readonly DayUse[], index: number, expected: number): DescribedSpike {
  const { day, calls, endpoints } = history[index] ?? { day: '', calls: 0, endpoints: {} };
  const before = history.slice(Math.max(0, index - 28), index);
  return {
    day,
    calls,
    expected: Math.round(expected),
    endpoints: shareOut(
      expected,
      endpoints,
      before.map((use) => use.endpoints),
    ),
  };
}

/** Shares the day's expectation out by what each endpoint had of other days. */
function shareOut(
  expected: number,
  endpoints: DayUse['endpoints'],
  others: readonly DayUse['endpoints'][],
): readonly Contribution[] {
  const all = Math.max(1, sum(others.flatMap((calls) => Object.values(calls))));
  const contributions = Object.entries(endpoints).map(([endpoint, count]) => ({
    endpoint,
    calls: count,
    expected: Math.round((expected * sum(others.map((calls) => calls[endpoint] ?? 0))) / all),
  }));
  return contributions.sort(
    (a, b) => b.calls - b.expected - (a.calls - a.expected) || (a.endpoint < b.endpoint ? -1 : 1),
  );
}

function whoWasBehind(spike: DescribedSpike, known: Known): Behind {
  const inPeaks = usersOnPeakDay(spike.day, known);
  const accounts = inPeaks.length > 0 ? [...inPeaks] : [...usersOnKnownDay(spike.day, known)];
  accounts.sort((a, b) => b.calls - (b.usual ?? 0) - (a.calls - (a.usual ?? 0)) || (a.id < b.id ? -1 : 1));
  const first = accounts[0];
  const explains =
    first !== undefined && first.calls - (first.usual ?? 0) >= MAIN_SHARE * (spike.calls - spike.expected);
  return { accounts: accounts.slice(0, LISTED), cause: explains ? first.id : null };
}

/** What is usual is the mean of the month's other days. */
function usersOnPeakDay(day: Day, { peakDays, at }: Known): Behind['accounts'] {
  const known = peakDays.filter(({ quota }) => quota.startsWith('api_requests_'));
  const month = day.slice(0, 7);
  const ofDays = known.filter(({ period }) => period.length > 7 && period.startsWith(month));
  const peaks = [...new Set(ofDays.map(({ period }) => period))];
  const otherDays = daysOfMonth(month, at) - peaks.length;
  const usualOf = (id: string): number | null => {
    const inMonth = usedBy(known, id, month);
    if (inMonth === null || otherDays < 1) return null;
    const inPeaks = peaks.map((peak) => usedBy(ofDays, id, peak) ?? 0);
    return Math.max(0, Math.round((inMonth - sum(inPeaks)) / otherDays));
  };
  const consumers = ofDays.find(({ period }) => period === day)?.consumers ?? [];
  return consumers.map(({ id, used }) => ({ id, calls: used, usual: usualOf(id) }));
}

/** For a day that is not among those that stand out most; what is usual is the middle one of the other days that were read whole. */
function usersOnKnownDay(day: Day, { accountDays }: Known): Behind['accounts'] {
  const others = accountDays.filter((one) => one.day !== day && one.complete);
  const usualOf = (id: string): number | null =>
    others.length === 0 ? null : Math.round(median(others.map(({ used }) => callsOf(used, id))));
  const used = accountDays.find((one) => one.day === day)?.used ?? {};
  return Object.entries(used).map(([id, calls]) => ({ id, calls, usual: usualOf(id) }));
}

const callsOf = (used: Readonly<Record<string, number>>, id: string): number =>
  Object.hasOwn(used, id) ? (used[id] ?? 0) : 0;

const usedBy = (lists: readonly Consumption[], id: string, period: string): number | null =>
  lists.find((list) => list.period === period)?.consumers.find((consumer) => consumer.id === id)?.used ?? null;

/** Days of a month that have begun. */
function daysOfMonth(month: string, at: Date): number {
  const last = addDays(`${addDays(`${month}-28`, 4).slice(0, 7)}-01`, -1);
  return daysBetween(`${month}-01`, last < toDay(at) ? last : toDay(at)) + 1;
}

// --- What is said

const timesOf = ({ calls, expected }: { readonly calls: number; readonly expected: number }): number =>
  Math.round((10 * calls) / Math.max(1, expected)) / 10;

function toBreach(groupId: string, spike: DescribedSpike, behind: Behind, { kindOf }: Known): Breach {
  const endpoints = spike.endpoints.slice(0, LISTED);
  const kind = behind.cause === null ? null : kindOf(behind.cause);
  const causeKind = kind !== null && isWatched(kind) ? kind : null;
  const cause = behind.cause === null ? '' : `; mostly by ${causeKind === null ? '' : `${causeKind} `}${behind.cause}`;
  return {
    subject: { kind: 'group', id: groupId },
    key: spike.day,
    severity: causeKind !== null || isBulk(spike) ? 'high' : 'medium',
    message: `${spike.calls} calls on ${spike.day} (UTC), ${timesOf(spike)} times the ${spike.expected} expected; most by ${endpoints[0]?.endpoint ?? 'no endpoint'}${cause}`,
    evidence: {
      day: spike.day,
      calls: spike.calls,
      expected: spike.expected,
      times: timesOf(spike),
      endpoints,
      accounts: behind.accounts,
      cause: behind.cause,
      causeKind,
    },
  };
}

/** The account's own day: which endpoints is known of those that stand out most. */
function toAccountBreach({ id, day, calls, expected }: AccountSpike, { own, kindOf }: Known): Breach {
  const days = own.find((one) => one.id === id)?.days ?? [];
  const spike: DescribedSpike = {
    day,
    calls,
    expected: Math.round(expected),
    endpoints: shareOut(
      expected,
      days.find((one) => one.day === day)?.calls ?? {},
      days.filter((one) => one.day !== day).map((one) => one.calls),
    ),
  };
  const kind = kindOf(id);
  const [first] = spike.endpoints;
  const most = first === undefined ? '' : `; most by ${first.endpoint}`;
  return {
    subject: { kind: subjectKind(kind), id },
    key: day,
    severity: isWatched(kind) || isBulk(spike) ? 'high' : 'medium',
    message: `${calls} calls by this account on ${day} (UTC), ${timesOf(spike)} times the ${spike.expected} expected of it${most}`,
    evidence: {
      day,
      calls,
      expected: spike.expected,
      times: timesOf(spike),
      ...(first === undefined ? {} : { endpoints: spike.endpoints.slice(0, LISTED) }),
      accountKind: kind,
    },
  };
}

/** Whether at least half of what was added is bulk retrieval. */
function isBulk(spike: DescribedSpike): boolean {
  const bulk = spike.endpoints.filter(({ endpoint }) => /download|feed/i.test(endpoint));
  return sum(bulk.map(({ calls, expected }) => calls - expected)) >= MAIN_SHARE * (spike.calls - spike.expected);
}

function listOf<T>(section: Section<readonly T[]>): readonly T[] {
  return section.present ? section.value : [];
}
