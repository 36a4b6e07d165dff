import type { TrendPoint } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import { SEVERITIES } from '../model/severity.ts';
import { toTrendChart } from './charts.ts';
import { formatCount, formatNumber } from './figures.ts';
import type { Moments } from './moments.ts';
import { reportTime } from './record-view.ts';
import type { TrendView } from './view-model.ts';

/** Runs that a chart shows. */
const MAX_POINTS = 60;

function total(point: TrendPoint): number {
  return SEVERITIES.reduce((sum, severity) => sum + point.bySeverity[severity], 0);
}

// The report's own run comes last. A reader from whom findings are hidden has other counts than the earlier runs, hence no last point.
function pointsOf({ report, hidden, domains }: RoutedReport): readonly TrendPoint[] {
  const { run, summary, trend } = report;
  const known = (trend.at(-1)?.at ?? '') >= run.startedAt;
  const own = { at: reportTime(report), status: run.status, bySeverity: summary.bySeverity };
  return known || hidden > 0 || domains !== null ? trend : [...trend, own];
}

/** Open findings by severity over the runs; null before there are two. A failed run measured nothing and is no point. */
export function toTrend(routed: RoutedReport, moments: Moments): TrendView | null {
  const points = pointsOf(routed)
    .filter((point) => point.status !== 'failed' && point.status !== 'running')
    .slice(-MAX_POINTS);
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return null;
  const caption = `Open findings over the last ${formatCount(points.length, 'run')}`;
  const summary = `From ${formatNumber(total(first))} on ${moments.date(first.at)} to ${formatNumber(total(last))} on ${moments.date(last.at)}.`;
  const describe = (point: TrendPoint) =>
    `${moments.date(point.at)}: ${formatNumber(total(point))} open${point.status === 'partial' ? ', incomplete run' : ''}`;
  return {
    caption,
    summary,
    chart: toTrendChart(points, { title: caption, description: summary }, { number: formatNumber, name: describe }),
    rows: points.map((point) => ({
      at: moments.time(point.at),
      status: point.status,
      critical: formatNumber(point.bySeverity.critical),
      high: formatNumber(point.bySeverity.high),
      medium: formatNumber(point.bySeverity.medium),
      low: formatNumber(point.bySeverity.low),
    })),
    first: moments.date(first.at),
    last: moments.date(last.at),
    highest: formatNumber(Math.max(...points.map(total))),
  };
}
