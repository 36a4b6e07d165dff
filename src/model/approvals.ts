import { type Day, toDay } from './instant.ts';
import type { Breach, Subject } from './judgement.ts';
import type { AccountFacts, ApprovedEntry } from './snapshot.ts';

/** An account as an approved list can name it. */
export type Nameable = Pick<AccountFacts, 'id' | 'email'>;

/** What an approved list says about accounts, read by `readApprovals`. */
export interface Approvals {
  /** By account id: the entries that mean this account and no other. */
  readonly approvedBy: ReadonlyMap<string, readonly ApprovedEntry[]>;
  /** Accounts that share an entry with another account, so that it approves neither. */
  readonly ambiguous: ReadonlySet<string>;
  /** Whether some address in the list belongs to no account whose address is known. */
  readonly hasUnmatchedAddress: boolean;
}

/** `unseen`: the account's address was not shown, and an approved address that matches nobody may be its. */
export type Approval = 'approved' | 'ambiguous' | 'unseen' | 'missing';

/**
 * Reads an approved list for some accounts. Entries name an account by its id or its address, in any case.
 * @param everybody all accounts of the group whose address may be meant; default: `accounts` alone
 */
export function readApprovals(
  entries: readonly ApprovedEntry[],
  accounts: readonly Nameable[],
  everybody: readonly (readonly Nameable[])[] = [accounts],
): Approvals {
  const idsByName = indexByName(accounts);
  const approvedBy = new Map<string, ApprovedEntry[]>();
  const ambiguous = new Set<string>();
  for (const entry of entries) {
    const ids = idsByName.get(entry.id.toLowerCase()) ?? new Set();
    for (const id of ids) {
      if (ids.size > 1) ambiguous.add(id);
      else approvedBy.set(id, [...(approvedBy.get(id) ?? []), entry]);
    }
  }
  const addresses = new Set(entries.flatMap(({ id }) => (id.includes('@') ? [id.toLowerCase()] : [])));
  return { approvedBy, ambiguous, hasUnmatchedAddress: isAnyLeft(addresses, everybody) };
}

/** Whether the list approves an account. */
export function approvalOf(
  { id, email }: Nameable,
  { approvedBy, ambiguous, hasUnmatchedAddress }: Approvals,
): Approval {
  if (approvedBy.has(id)) return 'approved';
  if (ambiguous.has(id)) return 'ambiguous';
  return !email.known && hasUnmatchedAddress ? 'unseen' : 'missing';
}

/**
 * A mild breach for an approved account whose approval was to be reviewed before today (UTC); else none.
 * @param role what the account is approved as: `an administrator`
 */
export function reviewDue(subject: Subject, role: string, { approvedBy }: Approvals, at: Date): readonly Breach[] {
  const entries = (approvedBy.get(subject.id) ?? [])
    .flatMap((entry) => (entry.reviewBy !== null && toDay(at) > entry.reviewBy ? toDue(entry, subject.id) : []))
    .sort((a, b) => (`${a.reviewBy} ${a.entry}` < `${b.reviewBy} ${b.entry}` ? -1 : 1));
  const [first] = entries;
  if (first === undefined) return [];
  return [
    {
      subject,
      key: 'review-due',
      severity: 'low',
      message: `The approval of ${subject.id} as ${role} was to be reviewed by ${first.reviewBy}`,
      evidence: { entries, id: subject.id },
    },
  ];
}

interface DueReview {
  readonly entry: string;
  readonly matched: 'id' | 'address';
  readonly owner: string | null;
  readonly reviewBy: Day | null;
  readonly ticket: string | null;
}

function toDue({ id, owner, reviewBy, ticket }: ApprovedEntry, account: string): DueReview {
  return { entry: id, matched: id.toLowerCase() === account.toLowerCase() ? 'id' : 'address', owner, reviewBy, ticket };
}

/** Whether some of the names are nobody's, by id or by an address that is known. */
function isAnyLeft(names: ReadonlySet<string>, everybody: readonly (readonly Nameable[])[]): boolean {
  const left = new Set(names);
  for (const accounts of everybody) {
    if (left.size === 0) return false;
    for (const { id, email } of accounts) {
      left.delete(id.toLowerCase());
      if (email.known) left.delete(email.value.toLowerCase());
    }
  }
  return left.size > 0;
}

/** Ids of accounts by each name that an approved entry may use for them: the id or the address, in lower case. */
function indexByName(accounts: readonly Nameable[]): ReadonlyMap<string, ReadonlySet<string>> {
  const index = new Map<string, Set<string>>();
  for (const { id, email } of accounts) {
    for (const name of email.known ? [id, email.value] : [id]) {
      const key = name.toLowerCase();
      index.set(key, (index.get(key) ?? new Set()).add(id));
    }
  }
  return index;
}
