import { type Finding, isOpen } from '../model/finding.ts';
import type { AppliedWaiver, Waiver } from '../model/waiver.ts';

/** Attaches the waiver that covers an open finding, or says whose waiver ended. A waiver never changes state or verdict. */
export function applyWaiver(
  finding: Finding,
  { group, at, waivers }: { group: string; at: Date; waivers: readonly Waiver[] | null },
): Finding {
  if (!isOpen(finding.state) || waivers === null) return finding;
  const covering = waivers.filter((waiver) => covers(waiver, group, finding));
  const inForce = covering.find((waiver) => at.getTime() < Date.parse(waiver.endsAt));
  if (inForce !== undefined) return { ...finding, waiver: toApplied(inForce, false) };
  const ended = covering.toSorted((a, b) => b.endsAt.localeCompare(a.endsAt))[0];
  if (ended !== undefined) return { ...finding, waiver: toApplied(ended, true) };
  // The entry was removed from the file: the finding is not waived any more, and remembers who had accepted it.
  return finding.waiver === null ? finding : { ...finding, waiver: { ...finding.waiver, expired: true } };
}

function covers(waiver: Waiver, group: string, finding: Finding): boolean {
  const subject = waiver.subject.toLowerCase();
  return (
    waiver.rule === finding.rule &&
    (waiver.group === null || waiver.group === group) &&
    (waiver.key === null || waiver.key === finding.key) &&
    (subject === finding.subject.id.toLowerCase() || subject === finding.subject.email?.toLowerCase())
  );
}

function toApplied(waiver: Waiver, expired: boolean): AppliedWaiver {
  return {
    reason: waiver.reason,
    approvedBy: waiver.approvedBy,
    expires: waiver.expires,
    ticket: waiver.ticket,
    expired,
  };
}
