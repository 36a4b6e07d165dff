import type { RecordedChange, Target } from '../model/change.ts';
import { toAct } from '../model/change.ts';
import type { Finding, ResolvingChange } from '../model/finding.ts';
import type { Requirement } from '../model/requirement.ts';

type Kind = Target['kind'];

const REVOKING: readonly Kind[] = ['revoke_administrator', 'set_service_account_roles'];

/**
 * Which changes can answer a finding of which built-in rule. A change touches much that has nothing to do with a finding: a cap does not
 * enrol a second factor. Who was removed breaches nothing any more, so that answers every finding about the member.
 */
const ANSWERS: Readonly<Record<string, readonly Kind[]>> = {
  'administrators-are-approved': REVOKING,
  'administrators-are-few': [...REVOKING, 'grant_administrator', 'remove_member'],
  'auto-join-is-restricted': ['set_auto_join'],
  'expected-accounts-exist': ['add_member', 'grant_administrator', 'create_service_account', ...REVOKING],
  'service-accounts-are-capped': ['cap_account'],
  'personal-caps-have-room': ['cap_account'],
};

/**
 * The newest change by hand that a finding goes back to which the group's doing closed: made since a run last saw the breach, not
 * refused, not taken back. Null: none, so it was mended elsewhere.
 */
export function findResolvingChange(
  finding: Finding,
  changes: readonly RecordedChange[],
  requirement: Requirement | undefined,
): ResolvingChange | null {
  const undone = new Set(changes.flatMap(({ undoes, outcome }) => (outcome === 'refused' ? [] : [undoes])));
  const [newest] = changes
    .filter(
      (change) =>
        change.outcome !== 'refused' &&
        change.intendedAt >= finding.lastSeenAt &&
        !undone.has(change.id) &&
        answers(change, finding, requirement),
    )
    .sort((a, b) => (a.intendedAt > b.intendedAt ? -1 : 1));
  if (newest === undefined) return null;
  const { id, by, reason, intendedAt, finishedAt, target } = newest;
  return { change: id, by, reason, at: finishedAt ?? intendedAt, what: toAct(target) };
}

function answers(change: RecordedChange, finding: Finding, requirement: Requirement | undefined): boolean {
  if (change.findings.includes(finding.id)) return true;
  const { kind } = change.target;
  const canAnswer = ANSWERS[finding.rule]?.includes(kind) === true;
  if (finding.subject.kind === 'group') return canAnswer;
  if (!isAbout(change, finding)) return false;
  return canAnswer || kind === 'remove_member' || requirement?.source === 'custom';
}

/** Whether the change is of the finding's account. Some changes name it by address, and the account behind that was read before. */
function isAbout({ target, before, group }: RecordedChange, { subject }: Finding): boolean {
  if (subject.kind !== 'member' && subject.kind !== 'service_account') return false;
  const exact = ['id' in target ? target.id : null, before['account']];
  if (target.kind === 'create_service_account') exact.push(`${group}_${target.name}`);
  if (exact.includes(subject.id)) return true;
  if (!('address' in target)) return false;
  const address = target.address.toLowerCase();
  return subject.email?.toLowerCase() === address || subject.id.toLowerCase() === address;
}
