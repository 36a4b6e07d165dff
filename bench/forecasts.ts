import quotaWithinLimit from '../rules/quota-within-limit.ts';
import { addDays, type Day, daysBetween, nextMonthStart, toDay, toMonth, z } from '../src/rule.ts';
import { type BudgetCase, budgetCase } from './series/budgets.ts';
import { SHAPES } from './series/shapes.ts';

/** A forecast as the rule's evidence carries it. */
const Forecast = z.object({
  forecast: z
    .object({
      from: z.string().nullable(),
      likeliest: z.string().nullable(),
      to: z.string().nullable(),
      likelihoodPercent: z.number(),
    })
    .nullable(),
});
type Range = NonNullable<z.infer<typeof Forecast>['forecast']>;

/** What is known of a budget's past: its single days, or its counter as audits read it daily, weekly, or never before. */
export const KNOWLEDGE = ['single days', 'daily readings', 'weekly readings', 'the month so far'] as const;
/** One of them. */
export type Knowledge = (typeof KNOWLEDGE)[number];

/** How good the forecasts are. */
export interface ForecastScore {
  readonly forecasts: number;
  /** The share of forecasts whose range holds the true day (or "it lasts"), and what they state on average, in percent. */
  readonly coverage: number;
  readonly stated: number;
  /** The same for forecasts that say for sure that the budget does not last. */
  readonly coverageBeforeReset: number;
  readonly statedBeforeReset: number;
  /** Days between the likeliest and the true day, for budgets that ran out: ours and linear extrapolation of the month so far. */
  readonly medianError: number;
  readonly meanError: number;
  readonly medianLinearError: number;
  readonly meanLinearError: number;
}

/** The options with which a quota of any use is reported, so that its forecast can be read. */
const OPEN_ALWAYS = { warnAt: 0.001, closeAt: 0.0005, unlimitedFrom: Number.MAX_SAFE_INTEGER };

/** Scores the forecasts of the real rule on budgets of every shape. */
export function scoreForecasts({ first, each }: { first: number; each: number }, known: Knowledge): ForecastScore {
  const cases = Object.keys(SHAPES).flatMap((shape) =>
    Array.from({ length: each }, (_, count) => budgetCase(shape, first + count * 104_729)),
  );
  const judged = cases.flatMap((one) => {
    const range = forecastOf(one, known);
    return range === null ? [] : [{ one, range, isHit: holds(range, one.ranOutOn) }];
  });
  const sure = judged.filter(({ range }) => range.to !== null);
  const ended = judged.filter(({ one }) => one.ranOutOn !== null);
  const errors = ended.map(({ one, range }) => errorOf(one, range.likeliest));
  const linear = ended.map(({ one }) => errorOf(one, linearForecast(one)));
  return {
    forecasts: judged.length,
    coverage: 100 * mean(judged.map(({ isHit }) => Number(isHit))),
    stated: mean(judged.map(({ range }) => range.likelihoodPercent)),
    coverageBeforeReset: 100 * mean(sure.map(({ isHit }) => Number(isHit))),
    statedBeforeReset: mean(sure.map(({ range }) => range.likelihoodPercent)),
    medianError: median(errors),
    meanError: mean(errors),
    medianLinearError: median(linear),
    meanLinearError: mean(linear),
  };
}

function forecastOf(one: BudgetCase, known: Knowledge): Range | null {
  const quota = known === 'single days' ? 'api_requests_monthly' : 'intelligence_searches_monthly';
  const outcome = quotaWithinLimit.evaluate(
    {
      group: {
        id: 'bench',
        domain: null,
        quotas: { known: true, value: { [quota]: { allowed: one.allowed, used: one.used } } },
        privileges: { known: true, value: [] },
        autoAddUsers: { known: true, value: [] },
        forceOidcLogin: { known: true, value: false },
      },
      storedUsage: [],
      quotaReadings: readingsOf(one, known).map((reading) => ({ quota, ...reading })),
      lastJudged: {},
      groupUsage: {
        present: true,
        value:
          known === 'single days'
            ? one.days.map(({ day, calls }) => ({ day, calls: { files: calls }, freeCalls: {} }))
            : [],
      },
      consumption: { present: true, value: [] },
      quotaPools: { present: true, value: {} },
    },
    quotaWithinLimit.options.parse(OPEN_ALWAYS),
    { at: one.at },
  );
  if (!('judgements' in outcome)) return null;
  const breach = outcome.judgements.find((judgement) => 'evidence' in judgement);
  return breach === undefined ? null : Forecast.parse(breach.evidence).forecast;
}

/** The counter at seven in the morning, on the days on which an audit ran; a day's use is even. */
function readingsOf({ days }: BudgetCase, known: Knowledge): readonly { readonly at: string; readonly used: number }[] {
  const every = known === 'daily readings' ? 1 : 7;
  if (known === 'single days' || known === 'the month so far') return [];
  return days.slice(0, -1).flatMap(({ day, calls }, index) => {
    // What the month of the first day had used before it is not known.
    const isWholeMonth = toMonth(day) !== toMonth(days[0]?.day ?? '') || days[0]?.day.endsWith('-01') === true;
    if (index % every > 0 || !isWholeMonth) return [];
    const before = days.slice(0, index).filter((one) => toMonth(one.day) === toMonth(day));
    const used = Math.round(before.reduce((sum, one) => sum + one.calls, 0) + (calls * 7) / 24);
    return [{ at: `${day}T07:00:00.000Z`, used }];
  });
}

function holds({ from, to }: Range, truth: Day | null): boolean {
  if (truth === null) return to === null;
  return from !== null && from <= truth && (to === null || truth <= to);
}

/** Days between a forecast and the truth; "it lasts" counts as the day of the reset. */
function errorOf({ at, ranOutOn }: BudgetCase, day: Day | null): number {
  const reset = toDay(nextMonthStart(at));
  return Math.abs(daysBetween(ranOutOn ?? reset, day === null || day > reset ? reset : day));
}

/** What people use: the month's pace so far goes on. */
function linearForecast({ at, allowed, used }: BudgetCase): Day {
  const daysSoFar = (at.getTime() - Date.parse(`${toDay(at).slice(0, 7)}-01T00:00:00Z`)) / 86_400_000;
  const daysLeft = Math.min(365, (allowed - used) / Math.max(1e-9, used / daysSoFar));
  return addDays(toDay(at), Math.floor((at.getTime() % 86_400_000) / 86_400_000 + daysLeft));
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
