import {
  addDays,
  type Breach,
  type Consumption,
  type Day,
  type DayCalls,
  dailyUse,
  daysUntil,
  defineRule,
  eachDay,
  FORECAST_LIKELIHOOD,
  type Forecast,
  forecastQuota,
  type Group,
  type Instant,
  type Judgement,
  nextMonthStart,
  notEvaluated,
  type Outlook,
  otherPool,
  type Quota,
  type Section,
  type Severity,
  sum,
  toDay,
  toMonth,
  z,
} from '../src/rule.ts';

/** What the vendor writes for "no limit": a billion calls, and sixty times that an hour. */
const SENTINELS = new Set([1_000_000_000, 60_000_000_000]);
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
  readonly outlook: Outlook;
  /** Finished days since this rule was last judged. */
  readonly unseen: readonly Day[];
  readonly consumers: readonly Consumer[];
}

interface Consumer {
  readonly id: string;
  readonly used: number;
  readonly percentOfUse: number;
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
  needs: ['group', 'storedUsage', 'quotaReadings', 'lastJudged'],
  wants: ['groupUsage', 'consumption'],
  consults: ['quotaPools'],
  options: Options,

  evaluate({ group, storedUsage, quotaReadings, lastJudged, groupUsage, consumption, quotaPools }, options, { at }) {
    if (!group.quotas.known)
      return notEvaluated(group.quotas.why, 'the quotas of the group are not visible to this key');
    const quotas = Object.entries(group.quotas.value).sort(([a], [b]) => (a < b ? -1 : 1));
    const unread = unreadable(group, options);
    if (quotas.length + unread.length === 0) return notEvaluated('not_on_record', 'the group shows no quota');
    const days = groupUsage.present ? dailyUse([...storedUsage, ...groupUsage.value], { to: toDay(at) }) : [];
    const unseen = unseenDays(lastJudged['quota-within-limit'], at);
    const whyNot = (name: string, quota: Quota): string | null =>
      whyNotJudged(name, quota, options) ?? whyNotOurs(name, group.id, quotaPools);
    const skipped = quotas.flatMap(([name, quota]) => whyNot(name, quota) ?? []);
    const judged = quotas
      .filter(([name, quota]) => whyNot(name, quota) === null)
      .map(([name, quota]): Judged => {
        const consumers = topConsumers(name, quota, consumption, at);
        const outlook = forecastQuota(name, quota, { days, readings: quotaReadings }, at);
        const ownDays = name.startsWith('api_requests_') ? days : [];
        return { name, quota, options, at, days: ownDays, outlook, unseen, consumers };
      });
    const limits = judged.some(({ name }) => name.startsWith('api_requests_'))
      ? ['Single days are known for API v3 only: calls of v2 and use of the web are not in them.', ...skipped]
      : skipped;
    return { judgements: [...judged.flatMap(judge), ...unread], checked: judged.length + unread.length, limits };
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

function whyNotOurs(name: string, group: string, pools: Section<Readonly<Record<string, string>>>): string | null {
  const owner = otherPool(name, group, pools);
  return owner === null
    ? null
    : `${name} is not judged: the auditor's own account draws on the pool of another group, ${owner}.`;
}

/** Quotas that may be nearly used up for all that is known. */
function unreadable({ unreadable: names }: Group, options: Options): readonly Judgement[] {
  const text = 'The API sent this quota in a form that cannot be read';
  return (names?.quotas ?? [])
    .filter((name) => whyNotJudged(name, { allowed: 1, used: 0 }, options) === null)
    .map((id) => ({ subject: { kind: 'quota', id }, key: id, unknown: { kind: 'not_collected', text } }));
}

function judge(judged: Judged): readonly Breach[] {
  if (judged.name.endsWith('_daily')) return judgeDaily(judged);
  return judged.name.endsWith('_monthly') ? judgeMonthly(judged) : judgeGauge(judged);
}

// --- Daily budgets: the worst of now and of every day that nobody has looked at yet

function judgeDaily({ name, quota, options, at, days, outlook, unseen, consumers }: Judged): readonly Breach[] {
  const today = { day: toDay(at), calls: quota.used };
  const worstOf = (wanted: readonly Day[]): Pick<DayCalls, 'day' | 'calls'> =>
    days.filter(({ day }) => wanted.includes(day)).reduce((a, b) => (b.calls > a.calls ? b : a), today);
  const lately = eachDay(addDays(today.day, -CLOSING_DAYS), addDays(today.day, -1));
  const unseenWorst = worstOf(unseen);
  const isSure = isSureToRunOut(outlook.forecast);
  const opens = percentOf(unseenWorst.calls, quota) >= options.warnAt || isSure;
  const worst = opens ? unseenWorst : worstOf(lately);
  const used = percentOf(worst.calls, quota);
  if (!opens && used < options.closeAt) return [];
  // A day that is not over is taken for what it will be at midnight: a cap must hold until then.
  const pace = Math.max(worst.calls, isSure ? (outlook.forecast?.atReset.likely ?? 0) : 0);
  const cap = capFirst(consumers, { pace, allowedPace: (quota.allowed * options.closeAt) / 100 });
  return [
    {
      subject: { kind: 'quota', id: name },
      key: name,
      severity: severityAt(name, used, options, isSure ? 'high' : 'medium'),
      ...(opens ? {} : { onlyIfOpen: true }),
      // Where finished days are known, a finding closes because days stayed low, not because the counter went back to zero.
      ...(days.length > 0 ? {} : { resetsAt: `${addDays(today.day, 1)}T00:00:00.000Z` }),
      message: `${name}: ${shown(used)} % used on ${worst.day} (UTC), ${worst.calls} of ${quota.allowed}${isSure ? todaysEnd(outlook.forecast) : ''}`,
      evidence: {
        quota: name,
        allowed: quota.allowed,
        used: worst.calls,
        percent: shown(used),
        day: worst.day,
        usedToday: quota.used,
        ...forecastFacts(outlook),
        topConsumers: consumers,
        capFirst: cap,
      },
    },
  ];
}

// --- Monthly budgets: now, and whether they last

function judgeMonthly(judged: Judged): readonly Breach[] {
  const { name, quota, options, at, outlook, consumers } = judged;
  const used = percentOf(quota.used, quota);
  const resetsAt = nextMonthStart(at);
  const { forecast } = outlook;
  const runsOut = forecast !== null && forecast.likeliest !== null;
  const opens = used >= options.warnAt || isSureToRunOut(forecast);
  if (!opens && used < options.closeAt && !runsOut) return [];
  const lasting: Severity = forecast === null ? 'medium' : runsOut ? 'high' : 'low';
  const cap = runsOut
    ? capFirst(consumers, {
        pace: forecast.usedADay,
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
      message: `${name}: ${shown(used)} % used, ${quota.used} of ${quota.allowed}${monthsEnd(used, forecast, resetsAt)}`,
      evidence: {
        quota: name,
        allowed: quota.allowed,
        used: quota.used,
        percent: shown(used),
        resetsAt,
        ...forecastFacts(outlook),
        topConsumers: consumers,
        capFirst: cap,
      },
    },
  ];
}

function monthsEnd(used: number, forecast: Forecast | null, resetsAt: Instant): string {
  const reset = `it resets on ${toDay(resetsAt)}`;
  if (used >= 100) return `: used up; ${reset}`;
  if (forecast === null) return `; ${reset}`;
  const { from, to, likelihoodPercent } = forecast;
  if (from === null) return `; likely (${likelihoodPercent} %) to last until ${reset}`;
  if (to === null) return `; likely (${likelihoodPercent} %) to run out from ${from} on or to last until ${reset}`;
  const range = from === to ? `on ${from}` : `between ${from} and ${to}`;
  return `; likely (${likelihoodPercent} %) to run out ${range}, before ${reset}`;
}

/** `; likely (80 %) to run out today between 14:00 and 17:00 (UTC)`. */
function todaysEnd(forecast: Forecast | null): string {
  if (forecast === null || forecast.from === null || forecast.to === null) return '';
  const [from, to] = [forecast.from.slice(11, 16), forecast.to.slice(11, 16)];
  const when = from === to ? `after ${from}` : `between ${from} and ${to}`;
  return `; likely (${forecast.likelihoodPercent} %) to run out today ${when} (UTC)`;
}

/** That a budget does not last is said only when it is likely, and its range ends before the reset. */
function isSureToRunOut(forecast: Forecast | null): boolean {
  return forecast !== null && forecast.to !== null && forecast.beforeResetPercent >= 100 * FORECAST_LIKELIHOOD;
}

const BASES = {
  days: null,
  readings:
    'Forecast from how the counter grew between audits: the API does not show the use of this quota day by day.',
  month_so_far: 'Forecast from the month so far alone; audits to come will narrow it.',
} as const;

function forecastFacts(outlook: Outlook) {
  if (outlook.forecast === null) return { forecast: null, forecastNote: outlook.why };
  return { forecast: { ...outlook.forecast }, forecastNote: BASES[outlook.basis] };
}

// --- Gauges that the configuration opted in

function judgeGauge({ name, quota, options, outlook, consumers }: Judged): readonly Breach[] {
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
        ...forecastFacts(outlook),
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
  return { account: first.id, usedADay: Math.round(own), capADay: Math.max(0, cap), isEnough: cap > 0 };
}

// --- Days and figures

/** Finished days that no earlier evaluation saw whole: a week on a first audit, a month at most. */
function unseenDays(last: Instant | undefined, at: Date): readonly Day[] {
  const today = toDay(at);
  const earliest = addDays(today, -30);
  const first = last === undefined ? addDays(today, -CLOSING_DAYS) : toDay(last);
  return eachDay(first < earliest ? earliest : first, addDays(today, -1));
}

const percentOf = (used: number, { allowed }: Quota): number => (100 * used) / allowed;

/** One decimal, rounded down: 99.96 % is not yet 100 %. */
const shown = (value: number): number => Math.floor(value * 10) / 10;
