import { type Finding, isOpen } from '../model/finding.ts';
import { daysBetween, type Instant } from '../model/instant.ts';
import { type Severity, severityRank } from '../model/severity.ts';
import type { AppliedWaiver, BadWaiver, Waiver, WaiverEnd } from '../model/waiver.ts';

/** What decides whether a waiver covers a finding. */
export interface WaiverInput {
  readonly group: string;
  readonly at: Date;
  /** Null: nothing is known of the waivers, so what was waived stays waived. */
  readonly waivers: readonly Waiver[] | null;
  /** How long a waiver may last, by the severity of what it covers. */
  readonly maxWaiverDays: Readonly<Record<Severity, number>>;
}

const DAY_MS = 86_400_000;

/** A day with a change of the clocks has an hour more. */
const CLOCK_CHANGE_MS = 3_600_000;

/**
 * Attaches the waiver that covers an open finding, or says whose waiver ended and why. A waiver never changes state or verdict, and
 * covers a finding only up to the severity at which it was approved.
 */
export function applyWaiver(finding: Finding, input: WaiverInput): Finding {
  if (!isOpen(finding.state) || input.waivers === null) return finding;
  const covering = input.waivers.filter(
    (waiver) => covers(waiver, input.group, finding) && whyRefused(waiver, finding, input) === null,
  );
  const applied = covering.map((waiver) => apply(waiver, finding, input.at)).toSorted(byStrength);
  const best = applied[0];
  if (best !== undefined) return { ...finding, waiver: best };
  // A finding that opened again only remembers up to what severity it was accepted.
  if (finding.waiver === null || finding.state === 'new') return { ...finding, waiver: null };
  const { ended = 'removed', endedAt = input.at.toISOString() } = finding.waiver;
  return { ...finding, waiver: { ...finding.waiver, expired: true, ended, endedAt } };
}

/** Waivers in force that would cover an open finding, and yet do not count: they last too long for it, or approve themselves. */
export function refusedWaivers(findings: readonly Finding[], input: WaiverInput): readonly BadWaiver[] {
  const open = findings.filter((finding) => isOpen(finding.state));
  return (input.waivers ?? []).flatMap((waiver) => {
    const problem = open
      .filter((finding) => covers(waiver, input.group, finding))
      .map((finding) => whyRefused(waiver, finding, input))
      .find((why) => why !== null);
    return problem === undefined || problem === null
      ? []
      : [{ place: `${waiver.rule} for ${waiver.subject}, until ${waiver.expires}`, problem }];
  });
}

/**
 * Waivers in force that cover nothing that is open, of rules that were judged: somebody should take them out of the file.
 * @param judged Ids of rules that said of every subject whether it is in breach.
 */
export function unusedWaivers(
  findings: readonly Finding[],
  judged: ReadonlySet<string>,
  { group, at, waivers }: WaiverInput,
): readonly Waiver[] {
  const open = findings.filter((finding) => isOpen(finding.state));
  return (waivers ?? []).filter(
    (waiver) =>
      isInForce(waiver, at) &&
      judged.has(waiver.rule) &&
      (waiver.group === null || waiver.group === group) &&
      !open.some((finding) => covers(waiver, group, finding)),
  );
}

/** Whether a waiver is about a finding, whatever the time. */
export function covers(waiver: Waiver, group: string, finding: Finding): boolean {
  return (
    waiver.rule === finding.rule &&
    (waiver.group === null || waiver.group === group) &&
    (waiver.key === null || waiver.key === finding.key) &&
    isSubject(waiver.subject, finding)
  );
}

function isSubject(written: string, { subject }: Finding): boolean {
  const name = written.toLowerCase();
  return name === subject.id.toLowerCase() || name === subject.email?.toLowerCase();
}

function isInForce(waiver: Waiver, at: Date): boolean {
  return at.getTime() < Date.parse(waiver.endsAt);
}

/** Why a waiver in force does not count for this finding, as a sentence; null: it does. One that has ended is not asked. */
function whyRefused(waiver: Waiver, finding: Finding, { at, maxWaiverDays }: WaiverInput): string | null {
  if (!isInForce(waiver, at)) return null;
  if (isSubject(waiver.approvedBy, finding)) return 'nobody approves a waiver for himself';
  const severity = coveredSeverity(waiver, finding);
  const most = maxWaiverDays[severity];
  return lastsLongerThan(waiver, most, at)
    ? `it lasts more than the ${most} days that a finding of severity ${severity} may be waived for`
    : null;
}

function lastsLongerThan({ approvedOn, expires, endsAt }: Waiver, days: number, at: Date): boolean {
  if (approvedOn !== undefined && approvedOn !== null) return daysBetween(approvedOn, expires) > days;
  return Date.parse(endsAt) - at.getTime() > (days + 1) * DAY_MS + CLOCK_CHANGE_MS;
}

/** The severity that was approved: as written, else as bad as the finding was when this waiver first covered it. */
function coveredSeverity(waiver: Waiver, finding: Finding): Severity {
  const before = finding.waiver;
  const remembered = before !== null && isSame(before, waiver) ? before.upTo : undefined;
  return waiver.severity ?? remembered ?? finding.severity;
}

function isSame(applied: AppliedWaiver, waiver: Waiver): boolean {
  return (
    applied.expires === waiver.expires &&
    applied.approvedBy === waiver.approvedBy &&
    applied.reason === waiver.reason &&
    applied.ticket === waiver.ticket
  );
}

function apply(waiver: Waiver, finding: Finding, at: Date): AppliedWaiver {
  const { reason, approvedBy, expires, ticket } = waiver;
  const upTo = coveredSeverity(waiver, finding);
  const ended = whyEnded(waiver, at, severityRank(finding.severity) > severityRank(upTo));
  const end = ended === null ? {} : { ended, endedAt: endOf(waiver, finding, { ended, at }) };
  return { reason, approvedBy, expires, ticket, expired: ended !== null, ...end, upTo };
}

/** Its own end, or the run that first saw that the finding had got worse. */
function endOf(
  waiver: Waiver,
  finding: Finding,
  { ended, at }: { readonly ended: WaiverEnd; readonly at: Date },
): Instant {
  if (ended === 'expired') return waiver.endsAt;
  const before = finding.waiver;
  const known = before !== null && before.ended === ended && isSame(before, waiver) ? before.endedAt : undefined;
  return known ?? at.toISOString();
}

function whyEnded(waiver: Waiver, at: Date, isWorse: boolean): WaiverEnd | null {
  if (!isInForce(waiver, at)) return 'expired';
  return isWorse ? 'outgrown' : null;
}

/** One that holds before one that does not, then the one that ends last. */
function byStrength(one: AppliedWaiver, other: AppliedWaiver): number {
  return (
    Number(one.expired) - Number(other.expired) ||
    Number(one.ended === 'expired') - Number(other.ended === 'expired') ||
    other.expires.localeCompare(one.expires)
  );
}
