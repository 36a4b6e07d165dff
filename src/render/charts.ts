import { scaleBand, scaleLinear, scalePoint } from 'd3-scale';
import { area, curveMonotoneX, stack } from 'd3-shape';
import type { TrendPoint, UsageBar } from '../model/report.ts';
import { SEVERITIES, type Severity } from '../model/severity.ts';

/** A rectangle in chart units, as attribute values. */
export interface Box {
  readonly x: string;
  readonly y: string;
  readonly width: string;
  readonly height: string;
}

/** A quota's bar on a track of 100 × 10; `mark` is where the highest day stood. */
export interface QuotaChart {
  readonly title: string;
  readonly description: string;
  readonly fill: string;
  readonly mark: string;
  readonly hasMark: boolean;
  /** Where the bar will end at the reset. */
  readonly expected: string;
  readonly hasExpected: boolean;
}

/** Columns of daily use in a field of 720 × 160. */
export interface UsageChart {
  readonly title: string;
  readonly description: string;
  readonly bars: readonly (Box & { readonly label: string; readonly kind: string })[];
  readonly lines: readonly { readonly y: string; readonly label: string; readonly top: string }[];
}

/** Open findings by severity, stacked, in a field of 720 × 160. */
export interface TrendChart {
  readonly title: string;
  readonly description: string;
  readonly areas: readonly { readonly severity: Severity; readonly path: string }[];
  readonly dots: readonly { readonly x: string; readonly y: string; readonly label: string; readonly kind: string }[];
  readonly lines: readonly { readonly y: string; readonly label: string; readonly top: string }[];
}

const WIDTH = 720;
const HEIGHT = 160;

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function gridLines(top: number, write: (value: number) => string) {
  const scale = scaleLinear([0, Math.max(top, 1)], [HEIGHT, 8]).nice(3);
  const ticks = scale.ticks(3).filter((tick) => tick > 0 && Number.isInteger(tick));
  const lines = ticks.map((tick) => ({
    y: round(scale(tick)),
    label: write(tick),
    top: round((scale(tick) / HEIGHT) * 100),
  }));
  return { scale, lines };
}

/** Where a quota's bar ends and where its highest day is marked. */
export function toQuotaChart(
  title: string,
  description: string,
  share: { readonly used: number; readonly peak: number | null; readonly expected: number | null },
): QuotaChart {
  const scale = scaleLinear([0, 1], [0, 100]).clamp(true);
  return {
    title,
    description,
    fill: round(scale(share.used)),
    mark: round(Math.min(scale(share.peak ?? 0), 99)),
    hasMark: share.peak !== null,
    expected: round(scale(share.expected ?? 0)),
    hasExpected: share.expected !== null,
  };
}

/** A chart's title and description. */
interface ChartTexts {
  readonly title: string;
  readonly description: string;
}

/** How a chart writes its numbers, and what it says of one item. */
interface ChartWriter<Item> {
  readonly number: (value: number) => string;
  readonly name: (item: Item) => string;
}

/** Columns for the days. */
export function toUsageChart(days: readonly UsageBar[], texts: ChartTexts, writer: ChartWriter<UsageBar>): UsageChart {
  const { scale, lines } = gridLines(Math.max(...days.map((day) => day.calls)), writer.number);
  const band = scaleBand(
    days.map((day) => day.day),
    [0, WIDTH],
  ).padding(0.22);
  const bars = days.map((day) => ({
    x: round(band(day.day) ?? 0),
    y: round(scale(day.calls)),
    width: round(band.bandwidth()),
    height: round(HEIGHT - scale(day.calls)),
    label: writer.name(day),
    kind: day.spike ? 'spike' : 'day',
  }));
  return { ...texts, bars, lines };
}

/** Stacked areas for the runs; the worst severity lies at the bottom, where it is compared most easily. */
export function toTrendChart(
  points: readonly TrendPoint[],
  texts: ChartTexts,
  writer: ChartWriter<TrendPoint>,
): TrendChart {
  const total = (point: TrendPoint) => SEVERITIES.reduce((sum, severity) => sum + point.bySeverity[severity], 0);
  const { scale, lines } = gridLines(Math.max(...points.map(total)), writer.number);
  const place = scalePoint(
    points.map((_, index) => String(index)),
    [6, WIDTH - 6],
  );
  const layers = stack<TrendPoint, Severity>()
    .keys(SEVERITIES)
    .value((point, severity) => point.bySeverity[severity])(points);
  const shape = area<readonly [number, number]>()
    .x((_, index) => place(String(index)) ?? 0)
    .y0(([low]) => scale(low))
    .y1(([, high]) => scale(high))
    .curve(curveMonotoneX)
    .digits(1);
  return {
    ...texts,
    areas: layers.map((layer) => ({
      severity: layer.key,
      path: shape(layer.map((entry): readonly [number, number] => [entry[0], entry[1]])) ?? '',
    })),
    dots: points.map((point, index) => ({
      x: round(place(String(index)) ?? 0),
      y: round(scale(total(point))),
      label: writer.name(point),
      kind: point.status,
    })),
    lines,
  };
}
