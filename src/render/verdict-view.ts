import { isPartialKind } from '../model/reason.ts';
import type { RoutedReport } from '../model/routed.ts';
import type { RunStatus } from '../model/run.ts';
import type { Counts } from './counts.ts';
import { formatCount, formatList, formatNumber } from './figures.ts';
import { writeSeverities } from './finding-rows.ts';
import { TONE_TINTS } from './palette.ts';
import { toSentence } from './plain-text.ts';
import type { Privacy } from './privacy.ts';
import type { FigureView, VerdictView } from './view-model.ts';

const SHAPES = { met: '✓', open: '▲', incomplete: '◐', failed: '■' } as const;

function isWhole(status: RunStatus): boolean {
  return status === 'complete';
}

/** `2 new, 5 open, 1 resolved`; says nothing of what was not measured. */
function writeFigures(routed: RoutedReport, counts: Counts): string {
  const { status } = routed.report.run;
  const parts: string[] = [];
  if (routed.firstReport) parts.push(`${formatNumber(counts.open.length)} open, first report`);
  else if (counts.fresh.length > 0) parts.push(`${formatNumber(counts.fresh.length)} new`);
  if (!routed.firstReport && (counts.open.length > 0 || isWhole(status))) {
    parts.push(`${formatNumber(counts.open.length)} open`);
  }
  if (counts.resolved.length > 0) parts.push(`${formatNumber(counts.resolved.length)} resolved`);
  return parts.join(', ');
}

/** How the requirements stand: `13 of 15 requirements met, 1 could not be checked, 3 switched off, 2 waived`. */
function writeRequirements({ report, domains }: RoutedReport, counts: Counts): string {
  const { passed, breached, notEvaluated, disabled } = report.summary.rules;
  const total = passed + breached + notEvaluated;
  const met = passed + counts.waivedRules;
  const whose = domains === null ? '' : ' by the whole group';
  const parts = [`${formatNumber(met)} of ${formatCount(total, 'requirement')} met${whose}`];
  if (counts.unchecked > 0) parts.push(`${formatNumber(counts.unchecked)} could not be checked`);
  if (disabled > 0) parts.push(`${formatNumber(disabled)} switched off`);
  if (counts.waived.length > 0) parts.push(`${formatNumber(counts.waived.length)} waived`);
  return parts.join(', ');
}

function writeOpen(routed: RoutedReport, counts: Counts): string {
  const { fresh, open, resolved } = counts;
  const problems = formatCount(open.length, 'open problem');
  const news = fresh.length === 0 ? 'none of them new' : `${formatNumber(fresh.length)} of them new`;
  const first = routed.report.baseline ? 'the starting point' : 'the state of things in a first report';
  const repaired = resolved.length === 0 ? '' : `; ${formatNumber(resolved.length)} resolved`;
  return `${problems}, ${routed.firstReport ? first : news}${repaired}`;
}

/** `The list …` in the middle of a sentence; abbreviations stay. */
function inSentence(text: string): string {
  return /^\p{Lu}\p{Ll}/u.test(text) || text.startsWith('A ') ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function whatIsMissing({ report }: RoutedReport, privacy: Privacy): string {
  const reasons = [...report.sections, ...report.rules, ...report.brokenRules]
    .map(({ reason }) => reason)
    .filter((reason) => reason !== null && isPartialKind(reason.kind));
  const texts = [...new Set(reasons.map((reason) => reason?.text ?? ''))];
  const [first = 'not everything could be looked at'] = texts;
  const more = texts.length > 1 ? `, and ${formatCount(texts.length - 1, 'more cause')}` : '';
  return `${inSentence(privacy.sentence(first, 160))}${more}`;
}

function toneOf({ report, hidden, domains }: RoutedReport, counts: Counts): VerdictView['tone'] {
  if (report.run.status === 'failed') return 'failed';
  if (!isWhole(report.run.status)) return 'incomplete';
  if (counts.open.length > 0 || hidden > 0) return 'open';
  if (domains !== null) return counts.unchecked > 0 ? 'incomplete' : 'met';
  return report.summary.rules.breached - counts.waivedRules > 0 ? 'open' : metOrNot(report.summary.rules, counts);
}

// Where nothing at all was met there is nothing to be glad about, though nothing is open either.
function metOrNot(rules: RoutedReport['report']['summary']['rules'], counts: Counts): VerdictView['tone'] {
  return rules.passed + counts.waivedRules > 0 ? 'met' : 'incomplete';
}

function sentenceOf(routed: RoutedReport, counts: Counts, privacy: Privacy): string {
  const { failure } = routed.report.run;
  if (routed.report.run.status === 'failed') {
    return `Failed: ${inSentence(privacy.sentence(failure?.text ?? 'the group could not be looked at', 200))}`;
  }
  if (!isWhole(routed.report.run.status)) return `Incomplete: ${whatIsMissing(routed, privacy)}`;
  if (counts.open.length > 0) return writeOpen(routed, counts);
  if (routed.domains !== null) return `Nothing is open about accounts of ${writeDomains(routed.domains)}`;
  return writeRequirements(routed, counts);
}

/** Domains as they stand in a sentence. */
function writeDomains(domains: readonly string[]): string {
  const more = domains.length > 3 ? [`${formatNumber(domains.length - 3)} more`] : [];
  return formatList([...domains.slice(0, 3), ...more]);
}

/** The verdict of a run for one reader. */
export function toVerdict(routed: RoutedReport, counts: Counts, privacy: Privacy): VerdictView {
  const tone = toneOf(routed, counts);
  const sentence = sentenceOf(routed, counts, privacy);
  const requirements = writeRequirements(routed, counts);
  const support: string[] = [];
  if (!isWhole(routed.report.run.status) && counts.open.length > 0) {
    support.push(
      tone === 'failed'
        ? `${formatCount(counts.open.length, 'problem')} open before stay open, unverified`
        : writeOpen(routed, counts),
    );
  }
  if (tone !== 'failed' && requirements !== sentence) support.push(requirements);
  if (counts.open.length > 0) support.push(writeSeverities(counts.open));
  return { tone, shape: SHAPES[tone], ...TONE_TINTS[tone], sentence, support: support.join(' · ') };
}

/** What a reader must know before reading on. */
export function toNotices(routed: RoutedReport, time: (slot: string) => string): readonly { readonly text: string }[] {
  const { report, hidden, domains, firstReport } = routed;
  const notices: string[] = [];
  if (report.run.narrowed) notices.push('Narrowed by hand to some rules: not an official result of this audit.');
  if (report.baseline)
    notices.push('This is the baseline, the first audit of this group: what is open is a starting point, not news.');
  else if (firstReport) notices.push('This is the first report to this reader: it shows the full state.');
  if (report.run.trigger === 'catch_up') notices.push('This run catches up on one that was missed.');
  for (const { slot, startedAt } of (report.interrupted ?? []).slice(0, 3)) {
    notices.push(
      `The run ${slot === null ? `begun ${startedAt}` : `due ${time(slot)}`} was interrupted and left no report.`,
    );
  }
  if (report.missedSlots.length > 0) {
    notices.push(`Missed and covered by this run: ${formatList(report.missedSlots.slice(0, 5).map(time))}.`);
  }
  if (domains !== null)
    notices.push(
      `This report is about accounts of ${writeDomains(domains)} only, as far as their addresses are known; verdicts are those of the whole group.`,
    );
  if (hidden > 0)
    notices.push(
      `${formatCount(hidden, 'open finding')} outside this reader’s filters ${hidden === 1 ? 'is' : 'are'} not listed.`,
    );
  if (report.rights !== null && !report.rights.proven) {
    notices.push('The key’s administrator rights are not proven: what only administrators see counts as unknown.');
  }
  return notices.map((text) => ({ text: toSentence(text) }));
}

function measured(count: number, status: RunStatus): string {
  return count === 0 && !isWhole(status) ? '–' : formatNumber(count);
}

/** The strip of four numbers. A failed or partial run shows a dash where it measured nothing. */
export function toStrip(routed: RoutedReport, counts: Counts): readonly FigureView[] {
  const { status } = routed.report.run;
  const partly = status === 'partial' ? 'at least' : '';
  const note = (count: number) => (count > 0 ? partly : status === 'complete' ? '' : 'not known');
  const unverified = counts.open.filter((finding) => finding.state === 'unverified').length;
  return [
    routed.firstReport
      ? { figure: '–', label: 'new', note: 'first report' }
      : { figure: measured(counts.fresh.length, status), label: 'new', note: note(counts.fresh.length) },
    {
      figure: measured(counts.open.length, status),
      label: 'open',
      note: unverified > 0 ? `${formatNumber(unverified)} not verified` : note(counts.open.length),
    },
    { figure: measured(counts.resolved.length, status), label: 'resolved', note: note(counts.resolved.length) },
    {
      figure: formatNumber(counts.unchecked),
      label: 'not checked',
      note: counts.unchecked === 1 ? 'requirement' : 'requirements',
    },
  ];
}

/** Whether no finding is kept from the reader. */
function isAboutAll({ hidden, domains }: RoutedReport): boolean {
  return hidden === 0 && domains === null;
}

/** The subject line without its prefix: plain words and numbers, no name that somebody in the group chose. */
export function writeSubject(routed: RoutedReport, counts: Counts): string {
  const { run } = routed.report;
  const figures = writeFigures(routed, counts);
  const unchecked = counts.unchecked > 0 ? `${formatNumber(counts.unchecked)} could not be checked` : '';
  const words: string[] = [];
  if (run.status === 'failed') words.push('FAILED');
  else if (!isWhole(run.status)) words.push('INCOMPLETE');
  if (run.status === 'failed' && counts.open.length > 0) {
    words.push(`${formatNumber(counts.open.length)} open, unverified`);
  } else if (run.status !== 'failed') {
    if (isAboutAll(routed) && isWhole(run.status) && counts.open.length === 0)
      words.push(writeRequirements(routed, counts));
    if (figures !== '' && (counts.open.length > 0 || counts.resolved.length > 0 || !isWhole(run.status)))
      words.push(figures);
    if (!isWhole(run.status) && unchecked !== '') words.push(unchecked);
  }
  if (routed.hidden > 0) words.push(`${formatNumber(routed.hidden)} outside the filters`);
  if (words.length === 0) words.push(figures === '' ? 'nothing open for this reader' : figures);
  if (run.narrowed) words.push('narrowed');
  return words.join(', ');
}
