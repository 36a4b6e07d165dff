import type { Forecast } from '../model/forecast.ts';
import type { QuotaRow, QuotaStatus, Report, UsageBar } from '../model/report.ts';
import { toQuotaChart, toUsageChart } from './charts.ts';
import { formatCount, formatNumber, formatPercent, formatQuotaName } from './figures.ts';
import type { Moments } from './moments.ts';
import { BAR_INKS } from './palette.ts';
import { cleanText } from './plain-text.ts';
import type { QuotaView, UsageView, View } from './view-model.ts';

const NOT_JUDGED: Readonly<Record<QuotaStatus, string>> = {
  judged: '',
  no_limit: 'no limit',
  not_licensed: 'not licensed',
  rate: 'a rate, not a budget',
  gauge: 'a level, not a budget',
  other_pool: 'another group’s pool',
};

/** Where the bar turns from calm to near and over, in percent: for the eye only, the rule has its own thresholds. */
const NEAR = 80;
const OVER = 95;

function toneOf(percent: number): QuotaView['tone'] {
  if (percent >= OVER) return 'over';
  return percent >= NEAR ? 'near' : 'calm';
}

/** A day, or an hour of today. */
function moment(when: string, moments: Moments): string {
  return when.includes('T') ? moments.time(when) : moments.day(when);
}

/** `38 %`, or `36 to 41 %`. */
function shareRange({ low, high }: Forecast['atReset'], allowed: number): string {
  const [from, to] = [low, high].map((used) => formatNumber(Math.round((100 * used) / allowed)));
  return from === to ? `${from} %` : `${from} to ${to} %`;
}

/** When it runs out, or how full it will be at the reset. */
function writeOutlook(forecast: Forecast, allowed: number, moments: Moments): string {
  const { from, likeliest, to, likelihoodPercent, atReset } = forecast;
  const lasts = `Expected at the reset: ${shareRange(atReset, allowed)}.`;
  if (from === null) return lasts;
  const first = moment(from, moments);
  if (likeliest === null) return `${lasts} It may run out from ${first} on.`;
  if (to === null) return `Likely (${likelihoodPercent} %) to run out from ${first} on, or to last until the reset.`;
  const last = moment(to, moments);
  const when = first === last ? `on ${first}` : `between ${first} and ${last}`;
  return `Likely (${likelihoodPercent} %) to run out ${when}, before it resets.`;
}

function writeForecast(quota: QuotaRow, moments: Moments): string {
  const parts: string[] = [];
  if (quota.peak !== null) {
    const share = formatPercent(quota.peak.used, quota.allowed);
    parts.push(
      `Highest day ${moments.day(quota.peak.day)} (UTC): ${formatNumber(quota.peak.used)}${share === null ? '' : `, ${share}`}.`,
    );
  }
  const { forecast = null } = quota;
  if (forecast !== null) parts.push(writeOutlook(forecast, quota.allowed, moments));
  return parts.join(' ');
}

/** The share that will have been used at the reset, where more is likely to be used than is now. */
function shareAhead({ forecast = null, allowed, used }: QuotaRow): number | null {
  if (forecast === null || allowed <= 0 || forecast.atReset.likely <= used) return null;
  return forecast.atReset.likely / allowed;
}

function toQuota(quota: QuotaRow, moments: Moments): QuotaView {
  const share = quota.allowed > 0 ? quota.used / quota.allowed : 1;
  const fill = Math.min(100, Math.floor(share * 100));
  const expected = shareAhead(quota);
  const ahead = expected === null ? 0 : Math.min(100, Math.round(expected * 100)) - fill;
  const tone = toneOf(share * 100);
  const name = cleanText(formatQuotaName(quota.name), 80);
  const percent = formatPercent(quota.used, quota.allowed) ?? '–';
  const used = formatNumber(quota.used);
  const allowed = formatNumber(quota.allowed);
  return {
    name,
    id: cleanText(quota.name, 80),
    used,
    allowed,
    percent,
    fill: String(fill),
    ahead: String(ahead),
    rest: String(100 - fill - ahead),
    full: fill + ahead >= 100,
    empty: fill === 0,
    hasAhead: ahead > 0,
    ink: BAR_INKS[tone],
    tone,
    resets: quota.resetsAt === null ? '' : `Resets ${moments.time(quota.resetsAt)}`,
    forecast: writeForecast(quota, moments),
    chart: toQuotaChart(name, `${used} of ${allowed} used, ${percent}`, {
      used: share,
      peak: quota.peak === null || quota.allowed <= 0 ? null : quota.peak.used / quota.allowed,
      expected,
    }),
  };
}

/** Judged quotas with bars; the others by name with the reason. */
export function toQuotas(report: Report, moments: Moments): View['quotas'] {
  const judged = report.quotas.filter((quota) => quota.status === 'judged');
  const others = report.quotas
    .filter((quota) => quota.status !== 'judged')
    .map((quota) => `${cleanText(formatQuotaName(quota.name), 60)} (${NOT_JUDGED[quota.status]})`);
  return {
    rows: judged.map((quota) => toQuota(quota, moments)),
    more: '',
    notJudged: others.length === 0 ? '' : cleanText(`Not judged: ${others.join(', ')}.`, 1_200),
    empty: report.quotas.length === 0 ? 'No quota was read in this run.' : '',
  };
}

/** Pixels of the highest bar in a mail. */
const MAIL_BAR_HEIGHT = 56;

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Daily use; null when it was not read or there is no day. */
export function toUsage(days: readonly UsageBar[] | null, moments: Moments, accent: string): UsageView | null {
  const [first] = days ?? [];
  const last = days?.at(-1);
  if (days === null || first === undefined || last === undefined) return null;
  const highest = days.reduce((top, bar) => (bar.calls > top.calls ? bar : top), first);
  const total = days.reduce((sum, bar) => sum + bar.calls, 0);
  const spikes = days.filter((bar) => bar.spike);
  const summary = `${formatNumber(total)} calls in ${formatCount(days.length, 'day')}; ${formatNumber(middle(days.map((bar) => bar.calls)))} on a usual day, at most ${formatNumber(highest.calls)} on ${moments.day(highest.day)}.`;
  const caption = `Use of the API in the last ${formatCount(days.length, 'finished day')} (UTC)`;
  const describe = (bar: UsageBar) =>
    `${moments.day(bar.day)}: ${formatCount(bar.calls, 'call')}${bar.spike ? ', stands out' : ''}`;
  return {
    caption,
    summary,
    spikes: spikes.map((bar) => ({ text: `${moments.day(bar.day)} stands out: ${formatCount(bar.calls, 'call')}.` })),
    bars: days.map((bar) => ({
      day: moments.day(bar.day),
      calls: formatNumber(bar.calls),
      height: String(Math.max(1, Math.round((bar.calls / Math.max(highest.calls, 1)) * MAIL_BAR_HEIGHT))),
      spike: bar.spike,
      mark: bar.spike ? 'stands out' : '',
      ink: bar.spike ? accent : '#a9b8cf',
    })),
    first: moments.day(first.day),
    last: moments.day(last.day),
    highest: formatNumber(highest.calls),
    chart: toUsageChart(days, { title: caption, description: summary }, { number: formatNumber, name: describe }),
  };
}
