import { daysBetween, toDay } from '../model/instant.ts';
import type { OwedDelivery, Report } from '../model/report.ts';
import type { Waiver } from '../model/waiver.ts';
import { formatCount, formatNumber } from './figures.ts';
import type { Moments } from './moments.ts';
import { capitalize, cleanText, toSentence } from './plain-text.ts';
import type { Privacy } from './privacy.ts';
import type { LabelledLine, Line, View } from './view-model.ts';

/** Days before its end that a waiver is announced. */
const ENDING_DAYS = 14;

/** When the report's facts were gathered: the end of the run, or its start where it has none. */
export function reportTime(report: Report): string {
  return report.run.finishedAt ?? report.run.startedAt;
}

/** Waivers that somebody should look at: those that end soon, soonest first, then those that waive nothing any more. */
export function toEndingWaivers(report: Report, moments: Moments, privacy: Privacy): readonly Line[] {
  const today = toDay(reportTime(report));
  const soon = (waiver: Waiver) => daysBetween(today, waiver.expires) <= ENDING_DAYS;
  const ending = report.waivers.inForce
    .filter(soon)
    .toSorted((one, other) => (one.endsAt < other.endsAt ? -1 : 1))
    .map((waiver) => {
      const about = privacy.detail === 'counts' ? '' : ` for ${privacy.sentence(waiver.subject, 80)}`;
      const by = privacy.detail === 'counts' ? '' : `, approved by ${privacy.sentence(waiver.approvedBy, 80)}`;
      const rule = cleanText(waiver.rule, 80);
      const end = `ends with ${moments.day(waiver.expires)} (${moments.time(waiver.endsAt)})`;
      return { text: `The waiver of ${rule}${about}${by}, ${end}.` };
    });
  const unused = (report.waivers.unused ?? []).map((waiver) => {
    const about = privacy.detail === 'counts' ? '' : ` for ${privacy.sentence(waiver.subject, 80)}`;
    return { text: `The waiver of ${cleanText(waiver.rule, 80)}${about} waives nothing that is open; it can go.` };
  });
  return [...ending, ...unused];
}

/** What changed on our side since the last report: lists, options, switched-off rules, waivers, versions. */
export function toYardstick(report: Report, privacy: Privacy): View['yardstick'] {
  const hide = privacy.detail === 'counts';
  const write = (text: string) => (hide ? 'not shown in this channel' : privacy.sentence(text, 400));
  return {
    rows: report.yardstickChanges.map(({ what, from, to }) => ({
      what: privacy.sentence(what, 120),
      from: write(from === '' ? 'nothing' : from),
      to: write(to === '' ? 'nothing' : to),
    })),
    more: '',
    empty: report.yardstickChanges.length === 0 ? 'Nothing changed on our side since the last report.' : '',
  };
}

/** Messages that did not arrive or still wait. */
export function toOwed(owed: readonly OwedDelivery[], moments: Moments, privacy: Privacy): readonly Line[] {
  return owed.map(({ channel, run, state, since, lastError }) => {
    const what = state === 'failed' ? 'was not delivered' : 'is still waiting';
    const why = lastError === null ? '' : ` (${privacy.sentence(lastError, 160)})`;
    return {
      text: `The report of run ${cleanText(run, 60)} to ${cleanText(channel, 60)} ${what} since ${moments.time(since)}${why}.`,
    };
  });
}

const SECTION_NAMES: Readonly<Record<string, string>> = {
  membersWithout2fa: 'members without two-factor authentication',
  serviceAccounts: 'service accounts',
  groupUsage: 'use by day',
  peakDays: 'days that stand out',
  accountDays: 'use by account and day',
  peakAccounts: 'accounts that stand out',
  roles: 'roles',
  rights: 'proof of rights',
};

/** How much of each section was read. */
export function toPopulation(report: Report, privacy: Privacy): readonly LabelledLine[] {
  return report.sections.map(({ name, items, complete, requests, reason }) => {
    const read = items === null ? 'not read' : `${formatNumber(items)} read${complete ? '' : ', not all'}`;
    const why = reason === null ? '' : `: ${privacy.sentence(reason.text, 200)}`;
    return {
      label: capitalize(SECTION_NAMES[name] ?? name),
      value: toSentence(`${read} in ${formatCount(requests, 'request')}${why}`),
    };
  });
}

/** What proves which run this was. `digest` is the report's own. */
export function toFooter(report: Report, moments: Moments, digest: string | null): readonly LabelledLine[] {
  const { run, nextRunAt, rights } = report;
  const lines: LabelledLine[] = [
    { label: 'Run', value: cleanText(run.id, 80) },
    { label: 'When', value: `${moments.fullTime(reportTime(report))} (${reportTime(report)})` },
    {
      label: 'Requests',
      value: `${formatNumber(run.requests.planned)} planned, ${formatNumber(run.requests.made)} made`,
    },
    { label: 'Rights', value: rightsOf(rights) },
    { label: 'History', value: `since ${moments.fullTime(run.historySince)}` },
    { label: 'Version', value: `vt-auditor ${cleanText(run.version, 40)}` },
    { label: 'Next run', value: nextRunAt === null ? 'none is scheduled' : moments.fullTime(nextRunAt) },
  ];
  if (report.useWithheld === true) {
    lines.push({ label: 'Privacy', value: 'use is told by name of service accounts and administrators only' });
  }
  if (digest !== null) lines.push({ label: 'Report digest', value: cleanText(digest, 64).slice(0, 12) });
  return lines;
}

function rightsOf(rights: Report['rights']): string {
  if (rights === null) return 'not looked at';
  if (!rights.proven) return 'nothing proves that the key has administration rights';
  return `the key has administration rights: ${cleanText(rights.proofs.join('; '), 300)}`;
}
