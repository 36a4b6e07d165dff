import {
  addDays,
  type Breach,
  type Consumption,
  type Day,
  defineRule,
  eachDay,
  type Instant,
  nextMonthStart,
  notEvaluated,
  type Quota,
  type Section,
  type Severity,
  toDay,
  toMonth,
  type UsageDay,
  weekdayOf,
  z,
} from '../src/rule.ts';

/** What the vendor writes for "no limit": a billion calls, and sixty times that an hour. */
const SENTINELS = new Set([1_000_000_000, 60_000_000_000]);
/** Days of use that a forecast needs. */
const FORECAST_NEEDS_DAYS = 14;
/** Older days say nothing about the pace of now. */
const FORECAST_DAYS = 70;
/** How likely the days of a forecast's range are together, about. */
const LIKELIHOOD = 0.8;
/** After so many days a day weighs half in the pace of now, for use that is unsteady to steady. */
const HALF_LIVES = [3, 6, 12, 24];
/** A daily budget's finding closes after so many finished days under the closing line. */
const CLOSING_DAYS = 7;
/** Consumers that evidence lists, at most. */
const LISTED = 5;

const percent = z.number().gt(0).max(100);
const Options = z
  .strictObject({
    warnAt: percent.default(80),
    criticalAt: percent.default(95),
    closeAt: percent.default(75),
    /** A quota of this size or more is treated as unlimited. */
    unlimitedFrom: z.number().int().min(1).default(100_000_000),
    ignore: z.array(z.string().min(1)).default([]),
    judgeGauges: z.array(z.enum(['monitor_storage_bytes', 'monitor_storage_files'])).default([]),
  })
  .refine(({ closeAt, warnAt }) => closeAt < warnAt, { path: ['closeAt'], error: 'closeAt must be less than warnAt' })
  .refine(({ warnAt, criticalAt }) => warnAt <= criticalAt, {
    path: ['criticalAt'],
    error: 'criticalAt must not be less than warnAt',
  });
type Options = z.infer<typeof Options>;

/** A quota with everything that judging it takes. */
interface Judged {
  readonly name: string;
  readonly quota: Quota;
  readonly options: Options;
  readonly at: Date;
  /** Days with calls that cost quota, oldest first, today included; empty where nothing is known day by day. */
  readonly days: readonly DayCalls[];
  /** Finished days since this rule was last judged. */
  readonly unseen: readonly Day[];
  readonly consumers: readonly Consumer[];
}

interface DayCalls {
  readonly day: Day;
  readonly calls: number;
}

interface Consumer {
  readonly id: string;
  readonly used: number;
  readonly percentOfUse: number;
}

/** The days on which a budget runs out. In place of a day, null says "not before the reset". */
interface Forecast {
  readonly from: Day | null;
  readonly likeliest: Day | null;
  readonly to: Day | null;
  /** How likely it is that the day lies from `from` to `to`. */
  readonly likelihoodPercent: number;
  /** How likely the budget runs out before its reset at all. */
  readonly beforeResetPercent: number;
  readonly callsADay: number;
}

export default defineRule({
  id: 'quota-within-limit',
  title: 'No quota of the group is nearly used up or will be before it resets',
  severity: 'medium',
  tags: ['quota'],
  why: 'When a quota is used up, searches, enrichments and downloads of the whole group are refused until it resets.',
  fix: {
    text: 'Look at the largest consumers in the evidence: cap the account that can wait, move its work past the reset, or ask the vendor for a larger quota.',
    effort: 'medium',
  },
  controls: {
    'ISO/IEC 27001:2022': ['A.8.6'],
    'SOC 2 TSC 2017': ['A1.1'],
  },
  needs: ['group', 'storedUsage', 'lastJudged'],
  wants: ['groupUsage', 'consumption'],
  options: Options,

  evaluate({ group, storedUsage, lastJudged, groupUsage, consumption }, options, { at }) {
    if (!group.quotas.known)
      return notEvaluated(group.quotas.why, 'the quotas of the group are not visible to this key');
    const quotas = Object.entries(group.quotas.value).sort(([a], [b]) => (a < b ? -1 : 1));
    if (quotas.length === 0) return notEvaluated('not_on_record', 'the group shows no quota');
    const days = groupUsage.present ? knownDays([...storedUsage, ...groupUsage.value], at) : [];
    const unseen = unseenDays(lastJudged['quota-within-limit'], at);
    const skipped = quotas.flatMap(([name, quota]) => whyNotJudged(name, quota, options) ?? []);
    const judged = quotas
      .filter(([name, quota]) => whyNotJudged(name, quota, options) === null)
      .map(([name, quota]): Judged => {
        const consumers = topConsumers(name, quota, consumption, at);
        return { name, quota, options, at, days: name.startsWith('api_requests_') ? days : [], unseen, consumers };
      });
    const limits = judged.some(({ name }) => name.startsWith('api_requests_'))
      ? ['Single days are known for API v3 only: calls of v2 and use of the web are not in them.', ...skipped]
      : skipped;
    return { judgements: judged.flatMap(judge), checked: judged.length, limits };
  },
});

/** A sentence, or null for a quota that is judged. */
function whyNotJudged(name: string, { allowed }: Quota, options: Options): string | null {
  const because = (reason: string): string => `${name} is not judged: ${reason}.`;
  if (options.ignore.includes(name)) return because('the configuration says so');
  if (/_(hourly|per_minute)$/.test(name)) return because('it is a rate, not a budget');
  const isBudget = /_(daily|monthly)$/.test(name);
  if (!isBudget && !options.judgeGauges.some((gauge) => gauge === name))
    return because('it is a gauge that never resets');
  if (allowed <= 0) return because('it is not licensed');
  if (SENTINELS.has(allowed) || allowed >= options.unlimitedFrom) return because('it is treated as unlimited');
  return null;
}

function judge(judged: Judged): readonly Breach[] {
  if (judged.name.endsWith('_daily')) return judgeDaily(judged);
  return judged.name.endsWith('_monthly') ? judgeMonthly(judged) : judgeGauge(judged);
}

// --- Daily budgets: the worst of now and of every day that nobody has looked at yet

function judgeDaily({ name, quota, options, at, days, unseen, consumers }: Judged): readonly Breach[] {
  const today = { day: toDay(at), calls: quota.used };
  const worstOf = (wanted: readonly Day[]): DayCalls =>
    days.filter(({ day }) => wanted.includes(day)).reduce((a, b) => (b.calls > a.calls ? b : a), today);
  const lately = eachDay(addDays(today.day, -CLOSING_DAYS), addDays(today.day, -1));
  const unseenWorst = worstOf(unseen);
  const opens = percentOf(unseenWorst.calls, quota) >= options.warnAt;
  const worst = opens ? unseenWorst : worstOf(lately);
  const used = percentOf(worst.calls, quota);
  if (!opens && used < options.closeAt) return [];
  const cap = capFirst(consumers, { pace: worst.calls, allowedPace: (quota.allowed * options.closeAt) / 100 });
  return [
    {
      subject: { kind: 'quota', id: name },
      key: name,
      severity: severityAt(name, used, options, 'medium'),
      ...(opens ? {} : { onlyIfOpen: true }),
      // Where finished days are known, a finding closes because days stayed low, not because the counter went back to zero.
      ...(days.length > 0 ? {} : { resetsAt: `${addDays(today.day, 1)}T00:00:00.000Z` }),
      message: `${name}: ${shown(used)} % used on ${worst.day} (UTC), ${worst.calls} of ${quota.allowed}`,
      evidence: {
        quota: name,
        allowed: quota.allowed,
        used: worst.calls,
        percent: shown(used),
        day: worst.day,
        usedToday: quota.used,
        forecast: null,
        forecastNote: 'A budget of a day is not forecast.',
        topConsumers: consumers,
        capFirst: cap,
      },
    },
  ];
}

// --- Monthly budgets: now, and whether they last

function judgeMonthly(judged: Judged): readonly Breach[] {
  const { name, quota, options, at, days, consumers } = judged;
  const used = percentOf(quota.used, quota);
  const resetsAt = nextMonthStart(at);
  const forecast = name === 'api_requests_monthly' && used < 100 ? forecastRunOut(quota, days, at) : null;
  const runsOut = forecast !== null && forecast.likeliest !== null;
  const isSure = runsOut && forecast.to !== null && forecast.beforeResetPercent >= 100 * LIKELIHOOD;
  const opens = used >= options.warnAt || isSure;
  if (!opens && used < options.closeAt && !runsOut) return [];
  const lasting: Severity = forecast === null ? 'medium' : runsOut ? 'high' : 'low';
  const cap = runsOut
    ? capFirst(consumers, {
        pace: forecast.callsADay,
        allowedPace: (quota.allowed - quota.used) / daysUntil(resetsAt, at),
      })
    : null;
  return [
    {
      subject: { kind: 'quota', id: name },
      key: name,
      severity: severityAt(name, used, options, lasting),
      ...(opens ? {} : { onlyIfOpen: true }),
      resetsAt,
      message: `${name}: ${shown(used)} % used, ${quota.used} of ${quota.allowed}${outlook(used, forecast, resetsAt)}`,
      evidence: {
        quota: name,
        allowed: quota.allowed,
        used: quota.used,
        percent: shown(used),
        resetsAt,
        forecast,
        forecastNote: forecastNote(judged, forecast),
        topConsumers: consumers,
        capFirst: cap,
      },
    },
  ];
}

function outlook(used: number, forecast: Forecast | null, resetsAt: Instant): string {
  const reset = `it resets on ${toDay(resetsAt)}`;
  if (used >= 100) return `: used up; ${reset}`;
  if (forecast === null) return `; ${reset}`;
  const { from, to, likelihoodPercent } = forecast;
  if (from === null) return `; likely (${likelihoodPercent} %) to last until ${reset}`;
  if (to === null) return `; likely (${likelihoodPercent} %) to run out from ${from} on or to last until ${reset}`;
  const range = from === to ? `on ${from}` : `between ${from} and ${to}`;
  return `; likely (${likelihoodPercent} %) to run out ${range}, before ${reset}`;
}

function forecastNote({ name, quota, days }: Judged, forecast: Forecast | null): string | null {
  if (forecast !== null) return null;
  if (quota.used >= quota.allowed) return 'It is used up.';
  if (name !== 'api_requests_monthly') return 'No forecast: the API does not show the use of this quota day by day.';
  return `No forecast: ${days.length} days of use are known, ${FORECAST_NEEDS_DAYS} finished ones are needed.`;
}

// --- Gauges that the configuration opted in

function judgeGauge({ name, quota, options, consumers }: Judged): readonly Breach[] {
  const used = percentOf(quota.used, quota);
  if (used < options.closeAt) return [];
  return [
    {
      subject: { kind: 'quota', id: name },
      key: name,
      severity: severityAt(name, used, options, 'medium'),
      ...(used < options.warnAt ? { onlyIfOpen: true } : {}),
      message: `${name}: ${shown(used)} % used, ${quota.used} of ${quota.allowed}; it never resets`,
      evidence: {
        quota: name,
        allowed: quota.allowed,
        used: quota.used,
        percent: shown(used),
        forecast: null,
        forecastNote: 'No forecast: the API does not show the use of this quota day by day.',
        topConsumers: consumers,
        capFirst: null,
      },
    },
  ];
}

function severityAt(name: string, used: number, { criticalAt }: Options, below: Severity): Severity {
  if (used >= 100) return name.startsWith('api_requests_') ? 'critical' : 'high';
  return used >= criticalAt ? 'high' : below;
}

// --- Who uses it

function topConsumers(name: string, quota: Quota, consumption: Section<readonly Consumption[]>, at: Date): Consumer[] {
  if (!consumption.present) return [];
  const list = consumption.value.find((one) => one.quota === name && one.period === toMonth(at));
  const consumers = list?.consumers.filter(({ used }) => used > 0) ?? [];
  const all = Math.max(name.endsWith('_daily') ? 0 : quota.used, sum(consumers.map(({ used }) => used)));
  return consumers
    .toSorted((a, b) => b.used - a.used || (a.id < b.id ? -1 : 1))
    .slice(0, LISTED)
    .map(({ id, used }) => ({ id, used, percentOfUse: shown((100 * used) / all) }));
}

/** What capping the largest consumer would change: the most calls a day that keep the group within the allowed pace, 0 if none do. */
function capFirst(consumers: readonly Consumer[], { pace, allowedPace }: { pace: number; allowedPace: number }) {
  const first = consumers[0];
  if (first === undefined) return null;
  const own = (pace * first.percentOfUse) / 100;
  const cap = Math.floor(allowedPace - (pace - own));
  return { account: first.id, callsADay: Math.round(own), capADay: Math.max(0, cap), isEnough: cap > 0 };
}

// --- When a monthly budget runs out

/**
 * Expects of each coming day the present pace times its weekday's factor, and of their sum an error that grows with the days ahead. The
 * budget runs out on the day on which the sum passes what remains; the likeliest days, around four fifths of all, make the range.
 */
function forecastRunOut(quota: Quota, known: readonly DayCalls[], at: Date): Forecast | null {
  const today = toDay(at);
  const finished = known.filter(({ day }) => day < today).slice(-FORECAST_DAYS);
  if (finished.length < FORECAST_NEEDS_DAYS) return null;
  const pace = paceOf(finished);
  if (pace.level <= 0) return null;
  const now = pace.level * shareNotSeen(quota, known, at);
  const remaining = quota.allowed - quota.used;
  let expected = 0;
  let certain = 0;
  const lastDay = addDays(toDay(nextMonthStart(at)), -1);
  const chances = eachDay(today, lastDay).map((day, ahead) => {
    const partOfDay = ahead === 0 ? daysUntil(`${addDays(today, 1)}T00:00:00.000Z`, at) : 1;
    const growth = Math.exp(pace.growth * (pace.age + Math.min(ahead, 14)));
    expected += partOfDay * now * growth * (pace.factors[weekdayOf(day)] ?? 1);
    const error = Math.hypot(pace.noise / Math.sqrt(ahead + 1), pace.error, pace.wander * Math.sqrt(ahead + 1));
    certain = Math.max(certain, normalShare((expected - remaining) / (expected * error)));
    return { day, byItsEnd: certain };
  });
  return { ...likeliestRange(chances), callsADay: Math.round(now) };
}

interface Pace {
  /** Calls on a day whose weekday has the factor 1, as a mean of days `age` days old, which grow by `growth` a day. */
  readonly level: number;
  readonly age: number;
  readonly growth: number;
  /** By weekday, from Sunday on. */
  readonly factors: readonly number[];
  /** Relative errors: of a single day, of the level, and of what the level wanders off in a day. */
  readonly noise: number;
  readonly error: number;
  readonly wander: number;
}

/** The pace of now is a mean that forgets; how fast is decided by what would have foretold this history best. */
function paceOf(days: readonly DayCalls[]): Pace {
  const factors = weekdayFactors(days);
  const ceiling = ceilingOf(days);
  const flat = days.map(({ day, calls }) => Math.min(calls, ceiling) / (factors[weekdayOf(day)] ?? 1));
  const around = flat.map((_, index) => mean(flat.slice(Math.max(0, index - 7), index + 8)));
  const noise = Math.sqrt(mean(flat.map((value, index) => (value / Math.max(1e-9, around[index] ?? 0) - 1) ** 2)));
  const tried = HALF_LIVES.map((halfLife) => backTest(flat, halfLife));
  const best = tried.reduce((a, b) => (b.error < 0.97 * a.error ? b : a));
  const beyondNoise = Math.sqrt(Math.max(0, best.error ** 2 - noise ** 2 / 7));
  return {
    level: levelOf(flat, best.halfLife),
    age: best.halfLife,
    growth: best.bias / (best.halfLife + 4),
    factors,
    noise,
    error: Math.hypot(0.02, 1.2 * beyondNoise),
    wander: 0.005 + 0.2 * beyondNoise,
  };
}

/** Each weekday's share of an average day, drawn towards 1 by one imagined average day. */
function weekdayFactors(days: readonly DayCalls[]): readonly number[] {
  const ceiling = ceilingOf(days);
  const calm = days.map(({ day, calls }) => ({ weekday: weekdayOf(day), calls: Math.min(calls, ceiling) }));
  const overall = Math.max(1e-9, mean(calm.map(({ calls }) => calls)));
  return [0, 1, 2, 3, 4, 5, 6].map((weekday) => {
    const own = calm.filter((one) => one.weekday === weekday).map(({ calls }) => calls);
    return (sum(own) + overall) / (own.length + 1) / overall;
  });
}

/** Spikes count, but only up to four times a busy day: they would make the pace. */
function ceilingOf(days: readonly DayCalls[]): number {
  const sorted = days.map(({ calls }) => calls).sort((a, b) => a - b);
  const busy = sorted[Math.floor(0.75 * (sorted.length - 1))] ?? 0;
  return busy > 0 ? 4 * busy : Number.POSITIVE_INFINITY;
}

/** The mean of days, of which one that is `halfLife` days older weighs half. */
function levelOf(flat: readonly number[], halfLife: number): number {
  const weights = flat.map((_, index) => 0.5 ** ((flat.length - 1 - index) / halfLife));
  return sum(flat.map((value, index) => value * (weights[index] ?? 0))) / sum(weights);
}

/** How far the mean of each next week lay off such a level, in logarithms: typically, and always to the same side (beyond chance). */
function backTest(flat: readonly number[], halfLife: number): { halfLife: number; error: number; bias: number } {
  const little = Math.max(1e-9, 0.05 * mean(flat));
  const misses: number[] = [];
  for (let end = FORECAST_NEEDS_DAYS; end + 7 <= flat.length; end += 1) {
    const next = mean(flat.slice(end, end + 7));
    misses.push(Math.log((next + little) / (levelOf(flat.slice(0, end), halfLife) + little)));
  }
  if (misses.length === 0) return { halfLife, error: 0.3, bias: 0 };
  const error = Math.sqrt(mean(misses.map((miss) => Math.min(1, miss ** 2))));
  const middle = misses.sort((a, b) => a - b)[Math.floor(misses.length / 2)] ?? 0;
  const chance = 1.5 * error * Math.sqrt(7 / Math.max(7, misses.length));
  return { halfLife, error, bias: Math.abs(middle) > chance ? middle * (1 - (chance / middle) ** 2) : 0 };
}

/** How much more the quota counted this month than the days show (v2, web): that use is expected to go on in proportion. */
function shareNotSeen(quota: Quota, known: readonly DayCalls[], at: Date): number {
  const thisMonth = known.filter(({ day }) => toMonth(day) === toMonth(at));
  const seen = sum(thisMonth.map(({ calls }) => calls));
  const isWhole = thisMonth.length > 3 && thisMonth[0]?.day === `${toMonth(at)}-01`;
  return isWhole && seen > 0 ? Math.max(1, quota.used / seen) : 1;
}

/**
 * From the middle of the distribution outwards, the likelier neighbour first, until the range comes nearest to `LIKELIHOOD`. What lies
 * after the last day counts as one more place: the budget lasts.
 */
function likeliestRange(chances: readonly { readonly day: Day; readonly byItsEnd: number }[]) {
  const on = (place: number): number =>
    (chances[place]?.byItsEnd ?? 1) - (place === 0 ? 0 : (chances[place - 1]?.byItsEnd ?? 1));
  const middle = chances.filter(({ byItsEnd }) => byItsEnd < 0.5).length;
  let first = middle;
  let last = middle;
  let together = on(middle);
  while (first > 0 || last < chances.length) {
    const takesEarlier = first > 0 && (last === chances.length || on(first - 1) >= on(last + 1));
    const next = takesEarlier ? on(first - 1) : on(last + 1);
    if (Math.abs(together + next - LIKELIHOOD) >= Math.abs(together - LIKELIHOOD)) break;
    together += next;
    if (takesEarlier) first -= 1;
    else last += 1;
  }
  const dayAt = (place: number): Day | null => chances[place]?.day ?? null;
  return {
    from: dayAt(first),
    likeliest: dayAt(middle),
    to: dayAt(last),
    likelihoodPercent: inFives(together),
    beforeResetPercent: inFives(chances.at(-1)?.byItsEnd ?? 0),
  };
}

/** A probability in steps of five percent, never certain. */
const inFives = (share: number): number => Math.min(99, Math.max(1, 5 * Math.round(20 * share)));

/** The share of a normal distribution below `z` (Abramowitz and Stegun 26.2.17, exact to 1e-7). */
function normalShare(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    (t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)))));
  return z > 0 ? 1 - tail : tail;
}

// --- Days and figures

/** From the first day of use to today, gaps as zeros. What the vendor shows wins over what was stored. */
function knownDays(usage: readonly UsageDay[], at: Date): DayCalls[] {
  const byDay = new Map(usage.map(({ day, calls }) => [day, sum(Object.values(calls))]));
  const today = toDay(at);
  const firstUse = [...byDay]
    .filter(([day, calls]) => calls > 0 && day <= today)
    .map(([day]) => day)
    .sort()[0];
  if (firstUse === undefined) return [];
  return eachDay(firstUse, today).map((day) => ({ day, calls: byDay.get(day) ?? 0 }));
}

/** Finished days that no earlier evaluation saw whole: a week on a first audit, a month at most. */
function unseenDays(last: Instant | undefined, at: Date): readonly Day[] {
  const today = toDay(at);
  const earliest = addDays(today, -30);
  const first = last === undefined ? addDays(today, -CLOSING_DAYS) : toDay(last);
  return eachDay(first < earliest ? earliest : first, addDays(today, -1));
}

const daysUntil = (instant: Instant, at: Date): number => (Date.parse(instant) - at.getTime()) / 86_400_000;

const percentOf = (used: number, { allowed }: Quota): number => (100 * used) / allowed;

/** One decimal, rounded down: 99.96 % is not yet 100 %. */
const shown = (value: number): number => Math.floor(value * 10) / 10;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : sum(values) / values.length);
