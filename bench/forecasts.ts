import quotaWithinLimit from '../rules/quota-within-limit.ts';
import { addDays, type Day, daysBetween, nextMonthStart, toDay, z } from '../src/rule.ts';
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
export function scoreForecasts({ first, each }: { first: number; each: number }): ForecastScore {
  const cases = Object.keys(SHAPES).flatMap((shape) =>
    Array.from({ length: each }, (_, count) => budgetCase(shape, first + count * 104_729)),
  );
  const judged = cases.flatMap((one) => {
    const range = forecastOf(one);
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

function forecastOf(one: BudgetCase): Range | null {
  const api_requests_monthly = { allowed: one.allowed, used: one.used };
  const outcome = quotaWithinLimit.evaluate(
    {
      group: {
        id: 'bench',
        domain: null,
        quotas: { known: true, value: { api_requests_monthly } },
        privileges: { known: true, value: [] },
        autoAddUsers: { known: true, value: [] },
        forceOidcLogin: { known: true, value: false },
      },
      storedUsage: [],
      lastJudged: {},
      groupUsage: {
        present: true,
        value: one.days.map(({ day, calls }) => ({ day, calls: { files: calls }, freeCalls: {} })),
      },
      consumption: { present: true, value: [] },
    },
    quotaWithinLimit.options.parse(OPEN_ALWAYS),
    { at: one.at },
  );
  if (!('judgements' in outcome)) return null;
  const breach = outcome.judgements.find((judgement) => 'evidence' in judgement);
  return breach === undefined ? null : Forecast.parse(breach.evidence).forecast;
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
