import {
  addDays,
  type Breach,
  type Consumption,
  type Day,
  daysBetween,
  defineRule,
  eachDay,
  notEvaluated,
  type Section,
  type Severity,
  toDay,
  type UsageDay,
  weekdayOf,
  z,
} from '../src/rule.ts';

/** Finished days that are judged: an older spike has been told, or has aged out. */
const JUDGED_DAYS = 30;
/** Finished days since the first use that are needed before anything is judged. */
const MINIMUM_HISTORY_DAYS = 28;
/** Older days say nothing about what is usual now. */
const HISTORY_DAYS = 90;
/** A spike lies so many spreads above the expectation. This and the figures below were tuned by `npm run bench:judgement`. */
const SPREADS = 3.8;
/** The same in a Poisson count's own spreads, for groups with few calls a day. */
const COUNT_SPREADS = 4;
/** The least spread of the root of calls over expected calls: no group is steadier than a few percent. */
const LEAST_SPREAD = 0.05;
/** The least spread where days without use are common; the second where there are hardly any days of use. */
const LEAST_SPARSE_SPREAD = { some: 0.24, few: 0.5, enoughDaysOfUse: 8 };
/** From this share of days without use on, a day is compared with the days of use only. */
const SPARSE_SHARE = 0.33;
/** A height that was come near to (within this factor) in so many other episodes is a habit; more of them, if it is great. */
const HABIT = { episodes: 4, episodesOfGreatHeight: 6, greatSpreads: 10, factor: 2.4, withinDays: 56 };
/** What a spike adds is at least this share of an ordinary day's calls. */
const LEAST_SHARE_OF_ORDINARY_DAY = 0.8;
/** An account or kind of endpoint that explains this share of what was added is named as the cause. */
const MAIN_SHARE = 0.5;
/** Ids that evidence lists, at most. */
const LISTED = 5;

/** A finished day. A holiday has a Sunday's weekday. */
interface DayUse {
  readonly day: Day;
  readonly weekday: number;
  /** Calls that cost quota, of all endpoints. */
  readonly calls: number;
  readonly endpoints: Readonly<Record<string, number>>;
}

/** What is usual, day by day. */
interface Usual {
  /** Calls that a day of this weekday had at the level of that time. */
  readonly expected: readonly number[];
  /** How far each day lies above its expectation, on a scale of roots, on which counts and multiples have an even spread. */
  readonly lifts: readonly number[];
  readonly spread: number;
}

const Options = z.strictObject({
  /** A spike has at least so many times the expected calls ... */
  times: z.number().min(1.2).max(100).default(1.8),
  /** ... and at least so many calls more. */
  minimumCalls: z.number().int().min(1).default(20),
  /** Days on which as little is expected as on a Sunday. */
  holidays: z.array(z.iso.date()).default([]),
});
type Options = z.infer<typeof Options>;

export default defineRule({
  id: 'usage-without-spikes',
  title: 'Daily use of the API stays within what is usual for the group',
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
  needs: ['group', 'groupUsage', 'storedUsage'],
  wants: ['peakDays', 'serviceAccounts', 'administrators'],
  options: Options,

  evaluate({ group, groupUsage, storedUsage, peakDays, serviceAccounts, administrators }, options, { at }) {
    const history = finishedDays([...storedUsage, ...groupUsage], new Set(options.holidays), at);
    if (history.length < MINIMUM_HISTORY_DAYS) {
      const text = `${history.length} finished days since the first use are known; ${MINIMUM_HISTORY_DAYS} are needed`;
      return notEvaluated('not_enough_history', text);
    }
    const usual = usualUse(history);
    const first = Math.max(0, history.length - JUDGED_DAYS);
    const watched = {
      serviceAccounts: new Set(idsOf(serviceAccounts)),
      administrators: new Set(idsOf(administrators)),
    };
    const breaches = history.flatMap((_, index): Breach[] => {
      if (index < first || !isSpike(history, usual, index, options)) return [];
      const spike = describeSpike(history, index, usual.expected[index] ?? 0);
      const behind = whoWasBehind(spike, peakDays, at);
      return [toBreach(group.id, spike, behind, behind.cause === null ? null : kindOf(behind.cause, watched))];
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

// --- Which days stand out

function isSpike(history: readonly DayUse[], usual: Usual, index: number, options: Options): boolean {
  const calls = history[index]?.calls ?? 0;
  const expected = usual.expected[index] ?? 0;
  const added = calls - expected;
  const ordinary = median(history.filter((use) => use.calls > 0).map((use) => use.calls));
  return (
    calls >= expected * options.times &&
    added >= options.minimumCalls &&
    added >= LEAST_SHARE_OF_ORDINARY_DAY * ordinary &&
    (usual.lifts[index] ?? 0) >= SPREADS * usual.spread &&
    Math.sqrt(calls) >= Math.sqrt(expected) + COUNT_SPREADS / 2 &&
    !isHabit(history, usual, index)
  );
}

/** Whether the group came near such a height in several other episodes: what recurs is not news, whatever its statistics. */
function isHabit(history: readonly DayUse[], usual: Usual, index: number): boolean {
  const calls = (of: number): number => history[of]?.calls ?? 0;
  const times = (of: number): number => Math.max(0, 1 + (usual.lifts[of] ?? 0)) ** 2;
  const added = (of: number): number => calls(of) - (usual.expected[of] ?? 0);
  const isNear = (figure: (of: number) => number, other: number) => figure(other) * HABIT.factor >= figure(index);
  const others = [...history.keys()].filter(
    (other) =>
      other >= index - HABIT.withinDays &&
      Math.abs(other - index) > 4 &&
      ((isNear(times, other) && isNear(calls, other)) ||
        (isNear(added, other) && (usual.lifts[other] ?? 0) >= 2 * usual.spread)),
  );
  const episodes = others.filter((other, place) => other - (others[place - 1] ?? Number.NEGATIVE_INFINITY) > 1);
  const isGreat = (usual.lifts[index] ?? 0) > HABIT.greatSpreads * usual.spread;
  return episodes.length >= (isGreat ? HABIT.episodesOfGreatHeight : HABIT.episodes);
}

function usualUse(days: readonly DayUse[]): Usual {
  const idle = days.filter((use) => use.calls === 0).length;
  return idle > SPARSE_SHARE * days.length ? sparseUse(days) : regularUse(days);
}

/** Days of use are compared with each other, days without use are always fine. */
function sparseUse(days: readonly DayUse[]): Usual {
  const used = days.filter((use) => use.calls > 0).map((use) => use.calls);
  const typical = median(used);
  const lifts = days.map((use) => Math.sqrt(use.calls / typical) - 1);
  const least = used.length < LEAST_SPARSE_SPREAD.enoughDaysOfUse ? LEAST_SPARSE_SPREAD.few : LEAST_SPARSE_SPREAD.some;
  const { centre, spread } = upperSpread(
    lifts.filter((_, index) => (days[index]?.calls ?? 0) > 0),
    { share: 0.65, inNormal: 0.385, mayCut: 0.35, least: LEAST_SPREAD },
  );
  return {
    expected: days.map(() => typical),
    lifts: lifts.map((lift) => lift - centre),
    spread: Math.max(spread, least),
  };
}

/** Logarithms turn a weekday's and a level's factors into sums; medians keep incidents out of both. */
function regularUse(days: readonly DayUse[]): Usual {
  const logs = days.map((use) => Math.log1p(use.calls));
  const wide = (values: readonly number[]) => values.map((_, at) => median(values.slice(Math.max(0, at - 7), at + 8)));
  let effects = weekdayEffects(days, minus(logs, wide(logs)));
  effects = weekdayEffects(days, minus(logs, wide(minus(logs, effects))));
  const flat = minus(logs, effects);
  const expected = flat.map((_, index) => levelAt(flat, index) + (effects[index] ?? 0));
  const raw = minus(logs, expected).map((difference) => Math.exp(difference / 2) - 1);
  const centre = median(raw);
  const lifts = withoutMonthsTurn(
    days,
    raw.map((lift) => lift - centre),
  );
  const upper = upperSpread(lifts, { share: 0.85, inNormal: 1.036, mayCut: 0.2, least: LEAST_SPREAD });
  return {
    expected: expected.map((value) => Math.max(0, Math.expm1(value))),
    lifts: lifts.map((lift) => lift - upper.centre),
    spread: upper.spread,
  };
}

/**
 * The highest of what the last ten days, the last four weeks and the days around had: a return after an outage and the first days of a
 * lasting new level are no spikes, while a burst of up to five days cannot lift its own expectation.
 */
function levelAt(flat: readonly number[], index: number): number {
  const from = Math.max(0, Math.min(index - 4, flat.length - 11));
  const around = flat.slice(from, from + 11).filter((_, place) => from + place !== index);
  const before = [10, 28].map((length) => flat.slice(Math.max(0, index - length), index));
  return Math.max(median(around), ...before.filter((values) => values.length >= 5).map(median));
}

/** By day: how its weekday differs. A weekday differs from the other working (or weekend) days only where that is beyond chance. */
function weekdayEffects(days: readonly DayUse[], deviations: readonly number[]): number[] {
  const of = (weekdays: readonly number[]) =>
    deviations.filter((_, index) => weekdays.includes(days[index]?.weekday ?? -1));
  const effects = [0, 1, 2, 3, 4, 5, 6].map((weekday) => {
    const alike = of([0, 6].includes(weekday) ? [0, 6] : [1, 2, 3, 4, 5]);
    const own = of([weekday]);
    const shared = median(alike);
    const spread = 1.4826 * median(alike.map((value) => Math.abs(value - shared)));
    const difference = median(own) - shared;
    return Math.abs(difference) > (1.5 * spread) / Math.sqrt(Math.max(1, own.length)) ? median(own) : shared;
  });
  return days.map((use) => effects[use.weekday] ?? 0);
}

/** Takes away what the same place at the turn of another month had too: invoices, monthly exports. */
function withoutMonthsTurn(days: readonly DayUse[], lifts: readonly number[]): number[] {
  const places = days.map(({ day }) => placeInMonth(day));
  return lifts.map((lift, index) => {
    const here = places[index];
    if (here === undefined || lift <= 0 || (here.fromStart > 3 && here.toEnd > 3 && here.fromStart < 28)) return lift;
    const same = lifts.filter((_, other) => Math.abs(other - index) > 20 && isSamePlace(here, places[other]));
    return Math.max(0, lift - 1.6 * Math.max(0, ...same));
  });
}

interface Place {
  /** 1 for the first of the month. */
  readonly fromStart: number;
  /** 1 for the last day. */
  readonly toEnd: number;
}

function placeInMonth(day: Day): Place {
  const nextMonth = `${addDays(`${day.slice(0, 7)}-28`, 4).slice(0, 7)}-01`;
  return { fromStart: Number(day.slice(8)), toEnd: daysBetween(day, nextMonth) };
}

/** Give or take a day at the turn, because a weekend may have moved it; or the very date from the 28th on. */
function isSamePlace(here: Place, other: Place | undefined): boolean {
  if (other === undefined) return false;
  const isNear = (a: number, b: number): boolean => a <= 3 && b <= 3 && Math.abs(a - b) <= 1;
  return (
    isNear(here.fromStart, other.fromStart) ||
    isNear(here.toEnd, other.toEnd) ||
    (here.fromStart >= 28 && here.fromStart === other.fromStart)
  );
}

/**
 * Spread above the centre, as a normal distribution would have it at that quantile. A core is taken first and what lies far outside it
 * is cut (up to a share of the days), so that old incidents do not widen the spread and hide new ones.
 */
function upperSpread(
  values: readonly number[],
  { share, inNormal, mayCut, least }: { share: number; inNormal: number; mayCut: number; least: number },
): { readonly centre: number; readonly spread: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const kept = Math.ceil(sorted.length * (1 - mayCut));
  let centre = median(sorted);
  let spread = Math.max(least, (quantile(sorted, 0.7) - centre) / 0.524);
  for (const limit of [4, 3, 3]) {
    const core = sorted.filter((value, index) => value < centre + limit * spread || index < kept);
    centre = median(core);
    spread = Math.max(least, (quantile(core, share) - centre) / inNormal);
  }
  return { centre, spread };
}

// --- What was behind it

interface Contribution {
  readonly endpoint: string;
  readonly calls: number;
  readonly expected: number;
}

interface Spike {
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
function describeSpike(history: readonly DayUse[], index: number, expected: number): Spike {
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

function whoWasBehind(spike: Spike, peakDays: Section<readonly Consumption[]>, at: Date): Behind {
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

function toBreach(groupId: string, spike: Spike, behind: Behind, causeKind: string | null): Breach {
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
function severityOf(spike: Spike, causeKind: string | null): Severity {
  const bulk = spike.endpoints.filter(({ endpoint }) => /download|feed/i.test(endpoint));
  const added = sum(bulk.map(({ calls, expected }) => calls - expected));
  return causeKind !== null || added >= MAIN_SHARE * (spike.calls - spike.expected) ? 'high' : 'medium';
}

// --- Days and figures

/** From the first day of use to yesterday, at most `HISTORY_DAYS`. What the vendor shows wins over what was stored; gaps are zeros. */
function finishedDays(usage: readonly UsageDay[], holidays: ReadonlySet<Day>, at: Date): DayUse[] {
  const yesterday = addDays(toDay(at), -1);
  const byDay = new Map(usage.map(({ day, calls }) => [day, calls]));
  const used = [...byDay].filter(([day, calls]) => day <= yesterday && sum(Object.values(calls)) > 0);
  const firstUse = used.map(([day]) => day).sort()[0];
  if (firstUse === undefined) return [];
  const oldest = addDays(yesterday, 1 - HISTORY_DAYS);
  return eachDay(firstUse > oldest ? firstUse : oldest, yesterday).map((day) => {
    const endpoints = byDay.get(day) ?? {};
    return { day, weekday: holidays.has(day) ? 0 : weekdayOf(day), calls: sum(Object.values(endpoints)), endpoints };
  });
}

const idsOf = (section: Section<readonly { readonly id: string }[]>): readonly string[] =>
  section.present ? section.value.map(({ id }) => id) : [];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const minus = (values: readonly number[], others: readonly number[]): number[] =>
  values.map((value, index) => value - (others[index] ?? 0));

const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Interpolated between neighbours; 0 for no values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * Math.max(0, sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? 0;
  const high = sorted[Math.ceil(place)] ?? low;
  return low + (high - low) * (place - Math.floor(place));
}
