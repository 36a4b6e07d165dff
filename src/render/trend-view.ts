import type { Report, TrendPoint } from '../model/report.ts';
import { SEVERITIES } from '../model/severity.ts';
import { toTrendChart } from './charts.ts';
import { formatCount, formatNumber } from './figures.ts';
import type { Moments } from './moments.ts';
import type { TrendView } from './view-model.ts';

/** Runs that a chart shows. */
const MAX_POINTS = 60;

function total(point: TrendPoint): number {
  return SEVERITIES.reduce((sum, severity) => sum + point.bySeverity[severity], 0);
}

/** Open findings by severity over the runs; null before there are two. A failed run measured nothing and is no point. */
export function toTrend(report: Report, moments: Moments): TrendView | null {
  const points = report.trend
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
    chart: toTrendChart(points, { title: caption, description: summary }, formatNumber, describe),
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
