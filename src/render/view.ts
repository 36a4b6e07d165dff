import type { ReportLook } from '../model/report.ts';
import type { RoutedReport } from '../model/routed.ts';
import type { Detail } from '../model/settings.ts';
import { accentOf } from './accent.ts';
import { toQuotas, toUsage } from './consumption-view.ts';
import { type Counts, countFindings } from './counts.ts';
import { formatCount, formatNumber } from './figures.ts';
import { type FindingWriter, toClosedRow, toGroups, toWaivedRow } from './finding-rows.ts';
import { momentsIn } from './moments.ts';
import { cleanText, toSentence, toToken } from './plain-text.ts';
import { privacyOf } from './privacy.ts';
import { reportTime, toEndingWaivers, toFooter, toOwed, toPopulation, toYardstick } from './record-view.ts';
import { toCoverage, toDisabled, toRequirements } from './requirement-view.ts';
import { toTrend } from './trend-view.ts';
import { toUnchecked } from './unchecked-view.ts';
import { toNotices, toStrip, toVerdict, writeSubject } from './verdict-view.ts';
import type { View } from './view-model.ts';

/** A logo as a page may carry it: an image in a `data:` URL, nothing that is fetched. */
function toLogo(logo: string | null): string {
  return logo !== null && /^data:image\/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]+$/.test(logo) ? logo : '';
}

/** What is counted is named where it is something else than the figures above count. */
function headingOf(title: string, count: number, unit = ''): string {
  const words = unit === '' ? formatNumber(count) : formatCount(count, unit);
  return count === 0 ? title : `${title} (${words})`;
}

function emptyChanges(routed: RoutedReport, counts: Counts): string {
  if (counts.fresh.length + counts.resolved.length + counts.closed.length > 0) return '';
  if (routed.firstReport) return 'Nothing is called new in a first report.';
  if (routed.report.run.status === 'failed') return 'Not known: the run failed.';
  const known = 'Nothing new and nothing closed since the last report';
  return routed.report.run.status === 'complete' ? `${known}.` : `${known}, as far as could be looked at.`;
}

function emptyOpen(routed: RoutedReport, counts: Counts): string {
  if (counts.still.length > 0) return '';
  if (counts.fresh.length > 0) return 'Nothing else is open.';
  if (routed.hidden > 0 || routed.domains !== null) return 'Nothing that this reader’s filters let through is open.';
  return routed.report.run.status === 'complete'
    ? 'Nothing is open.'
    : 'Nothing was open as far as could be looked at.';
}

function toChanges(routed: RoutedReport, counts: Counts, writer: FindingWriter): View['changes'] {
  const closed = [...counts.resolved, ...counts.closed];
  return {
    heading: headingOf('What changed', counts.fresh.length + closed.length),
    empty: emptyChanges(routed, counts),
    groups: toGroups(counts.fresh, writer),
    more: '',
    closed: closed.map((finding) => toClosedRow(finding, writer)),
    moreClosed: '',
    ending: toEndingWaivers(routed.report, writer.moments, writer.privacy),
  };
}

/** What concerns the whole group stands in no report about some people. */
const NO_QUOTAS: View['quotas'] = {
  rows: [],
  more: '',
  notJudged: '',
  empty: 'Quotas and use are the whole group’s, and this report is about some accounts only.',
};
const NO_YARDSTICK: View['yardstick'] = {
  rows: [],
  more: '',
  empty: 'Approved lists, options and waivers are the whole group’s, and this report is about some accounts only.',
};

function lists({ report, domains }: RoutedReport, counts: Counts, writer: FindingWriter) {
  const { privacy, moments } = writer;
  const unchecked = toUnchecked(report, privacy);
  return {
    unchecked: { heading: headingOf('Could not be checked', unchecked.length, 'point'), rows: unchecked, more: '' },
    waived: {
      heading: headingOf('Waived', counts.waived.length),
      rows: counts.waived.map((finding) => toWaivedRow(finding, writer)),
      more: '',
    },
    quotas: domains === null ? toQuotas(report, moments) : NO_QUOTAS,
    requirements: toRequirements(report, moments, privacy),
    disabled: toDisabled(report.disabled, moments, privacy),
    coverage: toCoverage(report, moments),
    yardstick: domains === null ? toYardstick(report, privacy) : NO_YARDSTICK,
    outside: report.outsideView.map((text) => ({ text: privacy.sentence(text) })),
    population: toPopulation(report, privacy),
    owed: toOwed(report.owed, moments, privacy),
  };
}

/** What a slot of wall time is called in a sentence. */
function slotName(slot: string): string {
  return cleanText(slot.replace('T', ' ').replace('[', ' (').replace(']', ')'), 60);
}

/**
 * A reader's report as strings ready to print. All formatting happens here: dates in the look's time zone, numbers with units, what may
 * be said about people at this detail. `digest` is the stored report's SHA-256, of which the footer prints the beginning.
 */
export function toView(routed: RoutedReport, look: ReportLook, detail: Detail, digest: string | null = null): View {
  const { report } = routed;
  const moments = momentsIn(look.timezone, reportTime(report));
  const privacy = privacyOf(detail, report.findings);
  const rules = new Map(report.rules.map((rule) => [rule.requirement.id, rule]));
  const writer: FindingWriter = { moments, privacy, rules };
  const counts = countFindings(routed);
  const verdict = toVerdict(routed, counts, privacy);
  const group = cleanText(report.run.group, 60);
  const audit = cleanText(routed.audit, 60);
  const subject = `${toSubjectName(group)}: ${writeSubject(routed, counts)} (${toSubjectName(audit)})`;
  const accent = accentOf(look.accentColor);
  const usage = toUsage(report.usage, moments, accent.light);
  const trend = toTrend(routed, moments);
  return {
    headline: subject,
    subject: `[Audit] ${subject}`,
    preheader: toSentence([verdict.sentence, verdict.support].filter((text) => text !== '').join(' · ')),
    organization: cleanText(look.organization ?? '', 80),
    logo: toLogo(look.logo),
    accent,
    group,
    audit,
    when: moments.fullTime(reportTime(report)),
    verdict,
    notices: toNotices(routed, slotName),
    strip: toStrip(routed, counts),
    changes: toChanges(routed, counts, writer),
    open: {
      heading: headingOf(routed.firstReport ? 'Open' : 'Still open', counts.still.length),
      empty: emptyOpen(routed, counts),
      groups: toGroups(counts.still, writer),
      more: '',
    },
    ...lists(routed, counts, writer),
    usage: usage === null ? [] : [usage],
    noUsage: usage === null && routed.domains === null ? 'Use by day was not read in this run.' : '',
    trend: trend === null ? [] : [trend],
    footer: toFooter(report, moments, digest),
    attached: '',
    rules: report.rules.map(({ requirement }) => ({
      id: cleanText(requirement.id, 80),
      title: cleanText(requirement.title, 100),
    })),
    runToken: toToken(report.run.id),
  };
}

/** A configured name as it may stand in a subject line. */
function toSubjectName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_.@ -]+/gu, ' ').trim();
}
