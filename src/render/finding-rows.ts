import type { Because, Finding } from '../model/finding.ts';
import type { RuleReport } from '../model/report.ts';
import type { Detail } from '../model/settings.ts';
import { severityRank } from '../model/severity.ts';
import type { WaiverEnd } from '../model/waiver.ts';
import { toEvidenceView, type ValueWriter } from './evidence.ts';
import { formatCount, formatList } from './figures.ts';
import { labelOf } from './palette.ts';
import { capitalize, cleanText, toSentence } from './plain-text.ts';
import { withholdAddresses } from './privacy.ts';
import type { ClosedRow, FindingGroup, FindingRow, WaivedRow } from './view-model.ts';

/** What is needed to write findings: the rules they belong to, and how to write. */
export interface FindingWriter extends ValueWriter {
  readonly rules: ReadonlyMap<string, RuleReport>;
}

const STATE_WORDS = {
  new: 'new',
  persisting: 'still open',
  unverified: 'not verified',
  resolved: 'resolved',
  withdrawn: 'withdrawn',
} as const satisfies Readonly<Record<Finding['state'], string>>;

const WAIVER_ENDS: Readonly<Record<WaiverEnd, (day: string) => string>> = {
  expired: (day) => `The waiver ended on ${day}.`,
  outgrown: () => 'It is worse now than what was approved, so the waiver does not cover it.',
  removed: () => 'The entry is no longer in the waiver file.',
};

function writeNote(finding: Finding, { moments, privacy }: FindingWriter): string {
  const notes: string[] = [];
  if (finding.lastOpenAt !== null) notes.push(`It was open before, until ${moments.date(finding.lastOpenAt)}.`);
  if (finding.state === 'unverified') {
    notes.push(`Not verified this time; last seen ${moments.date(finding.lastSeenAt)}.`);
  }
  if (finding.waiver?.expired === true) {
    const { approvedBy, reason, ended = 'expired', expires } = finding.waiver;
    const [who, why] = [privacy.sentence(approvedBy, 80), privacy.sentence(reason, 160)];
    notes.push(
      `Was waived by ${who}, because: ${why.replace(/\.$/u, '')}. ${WAIVER_ENDS[ended](moments.day(expires))}`,
    );
  }
  if (finding.acknowledged !== null) {
    notes.push(`Acknowledged by ${privacy.sentence(finding.acknowledged.by, 80)}.`);
  }
  return notes.join(' ');
}

function withholdAt(text: string, detail: Detail): string {
  return detail === 'full' ? text : withholdAddresses(text);
}

/** The message without the quota's name before it, which stands above it already. */
function withoutSubject({ subject, message }: Finding): string {
  const prefix = `${subject.id}: `;
  return subject.kind === 'quota' && message.startsWith(prefix) ? message.slice(prefix.length) : message;
}

/** What a row says besides its evidence. */
function saidOf({ group, subject: { id, name, email }, key, message }: Finding): string {
  return [group, id, name, email, key, message].join(' ');
}

function toRow(finding: Finding, writer: FindingWriter): FindingRow {
  const { moments, privacy } = writer;
  return {
    severity: labelOf(finding.severity),
    ownSeverity: '',
    state: finding.state,
    stateWord: STATE_WORDS[finding.state],
    rule: cleanText(finding.rule, 80),
    who: privacy.name(finding.subject),
    copy: cleanText(withholdAt(finding.subject.id, privacy.detail), 500),
    contact: privacy.contact(finding.subject),
    message: moments.days(toSentence(privacy.sentence(withoutSubject(finding)))),
    age: capitalize(moments.age(finding.openedAt)),
    note: writeNote(finding, writer),
    ...toEvidenceView(finding.evidence, writer, saidOf(finding)),
    findingId: finding.id,
  };
}

const NOUNS: Readonly<Record<Finding['subject']['kind'], readonly [string, string]>> = {
  member: ['member', 'members'],
  service_account: ['service account', 'service accounts'],
  group: ['finding', 'findings'],
  quota: ['quota', 'quotas'],
  auditor: ['finding', 'findings'],
};

/** `2 members`, or `3 members: 1 critical and 2 high`. */
function countSubjects(findings: readonly Finding[]): string {
  const subjects = countKinds(findings);
  return isMixed(findings) ? `${subjects}: ${writeSeverities(findings)}` : subjects;
}

function isMixed(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity !== findings[0]?.severity);
}

function countKinds(findings: readonly Finding[]): string {
  const kinds = new Set(findings.map((finding) => finding.subject.kind));
  const [only] = kinds;
  const distinct = new Set(findings.map((finding) => finding.subject.id)).size === findings.length;
  const [one, many] =
    only !== undefined && kinds.size === 1 && distinct ? NOUNS[only] : (['finding', 'findings'] as const);
  return formatCount(findings.length, one, many);
}

function writeControls(rule: RuleReport | undefined): string {
  const entries = Object.entries(rule?.requirement.controls ?? {}).filter(([, ids]) => ids.length > 0);
  return cleanText(entries.map(([framework, ids]) => `${framework} ${ids.join(', ')}`).join(' · '), 300);
}

/** An address that may stand behind a link: only the web's own schemes. */
function toLink(url: string | undefined): string {
  return url !== undefined && /^https?:\/\/[^\s]+$/i.test(url) ? cleanText(url, 500) : '';
}

function toRows(findings: readonly Finding[], writer: FindingWriter): readonly FindingRow[] {
  const rows = findings.map((finding) => toRow(finding, writer));
  return isMixed(findings) ? rows.map((row) => ({ ...row, ownSeverity: row.severity.word })) : rows;
}

function toGroup(findings: readonly Finding[], writer: FindingWriter): FindingGroup | null {
  const [first] = findings;
  if (first === undefined) return null;
  const rule = writer.rules.get(first.rule);
  const withheld = writer.privacy.detail === 'counts';
  return {
    rule: cleanText(first.rule, 80),
    title: cleanText(rule?.requirement.title ?? first.rule, 160),
    severity: labelOf(first.severity),
    count: countSubjects(findings),
    why: toSentence(cleanText(rule?.requirement.why ?? '', 400)),
    fix: toSentence(cleanText(rule?.requirement.fix.text ?? 'See the rule’s page', 400)),
    fixUrl: toLink(rule?.requirement.fix.url),
    controls: writeControls(rule),
    rows: withheld ? [] : toRows(findings, writer),
    more: withheld ? 'This channel names no accounts.' : '',
  };
}

/**
 * Findings by rule: the rule with the worst finding first, within a rule the worst and of those the oldest. One heading a rule, though
 * its findings differ in severity: a reader who mends them reads what is demanded once.
 */
export function toGroups(findings: readonly Finding[], writer: FindingWriter): readonly FindingGroup[] {
  const worstFirst = findings.toSorted(
    (one, other) =>
      severityRank(other.severity) - severityRank(one.severity) ||
      compare(one.rule, other.rule) ||
      compare(one.openedAt, other.openedAt) ||
      compare(one.subject.id, other.subject.id) ||
      compare(one.id, other.id),
  );
  const byRule = Map.groupBy(worstFirst, ({ rule }) => rule);
  return [...byRule.values()].flatMap((group) => toGroup(group, writer) ?? []);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const CLOSED: Readonly<Record<Because, readonly [string, string]>> = {
  group_changed: ['resolved', ''],
  left_group: ['resolved', 'no longer in the group'],
  yardstick_changed: ['closed', 'the yardstick was changed, not the group'],
  rule_changed: ['closed', 'the rule was changed, not the group'],
  reset: ['reset', 'its period ended; nothing was repaired'],
  aged_out: ['aged out', 'nobody looked at it'],
  acknowledged: ['acknowledged', ''],
  rule_disabled: ['withdrawn', 'the rule is not checked any more'],
};

function whyClosed(finding: Finding, writer: FindingWriter): string {
  const { moments, privacy } = writer;
  const [, reason] = CLOSED[finding.because];
  const { acknowledged, resolvedBy = null } = finding;
  const by =
    acknowledged === null
      ? ''
      : `by ${privacy.sentence(acknowledged.by, 80)}: ${privacy.sentence(acknowledged.note, 160)}`;
  const after =
    resolvedBy === null ? '' : `${writeChange(finding, writer)}, because: ${privacy.sentence(resolvedBy.reason, 160)}`;
  const opened = `open since ${moments.date(finding.openedAt)}`;
  return [reason, by, after, opened].filter((part) => part !== '').join('; ');
}

/** The change by hand that the closing goes back to; empty where there is none. */
function writeChange({ resolvedBy = null }: Finding, { moments, privacy }: FindingWriter): string {
  if (resolvedBy === null) return '';
  const { what, by, at } = resolvedBy;
  return `changed by hand (${what}) by ${privacy.sentence(by, 80)} on ${moments.date(at)}`;
}

/** A closed finding in one line. */
export function toClosedRow(finding: Finding, writer: FindingWriter): ClosedRow {
  const withheld = writer.privacy.detail === 'counts';
  const title = writer.rules.get(finding.rule)?.requirement.title ?? finding.rule;
  const [word] = finding.state === 'withdrawn' ? ['withdrawn'] : CLOSED[finding.because];
  return {
    word: capitalize(word ?? 'closed'),
    who: withheld ? '' : writer.privacy.name(finding.subject),
    title: cleanText(title, 160),
    after: withheld ? '' : writeChange(finding, writer),
    why: withheld ? CLOSED[finding.because][1] || 'the group changed' : whyClosed(finding, writer),
    rule: cleanText(finding.rule, 80),
    severity: labelOf(finding.severity),
    message: withheld ? '' : writer.moments.days(writer.privacy.sentence(finding.message)),
  };
}

/** A waived finding with the terms it was accepted on. */
export function toWaivedRow(finding: Finding, writer: FindingWriter): WaivedRow {
  const { privacy, moments, rules } = writer;
  const { waiver } = finding;
  const withheld = privacy.detail === 'counts';
  const terms =
    waiver === null
      ? []
      : [
          `until the end of ${moments.day(waiver.expires)}`,
          ...(withheld
            ? []
            : [
                `approved by ${privacy.sentence(waiver.approvedBy, 80)}`,
                privacy.sentence(waiver.reason, 200),
                ...(waiver.ticket === null ? [] : [privacy.sentence(waiver.ticket, 40)]),
              ]),
        ];
  return {
    severity: labelOf(finding.severity),
    rule: cleanText(finding.rule, 80),
    title: cleanText(rules.get(finding.rule)?.requirement.title ?? finding.rule, 160),
    who: withheld ? '' : privacy.name(finding.subject),
    message: withheld ? '' : moments.days(toSentence(privacy.sentence(finding.message))),
    terms: capitalize(terms.join('; ')),
  };
}

/** `2 critical, 1 low`. */
export function writeSeverities(findings: readonly Finding[]): string {
  const counts = (['critical', 'high', 'medium', 'low'] as const).flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [formatCount(count, severity, severity)];
  });
  return formatList(counts);
}
