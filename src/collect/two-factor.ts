import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import type { WireAccount } from '../virustotal/wire/account.ts';
import { compareText } from './order.ts';
import { readEach } from './read-all.ts';
import { settleAll } from './settle-all.ts';
import { quotaSharing } from './share-quotas.ts';

/** Members without a second factor, with the member list that they were reconciled with. */
export interface TwoFactorSplit {
  readonly members: readonly WireAccount[];
  /** Ids, sorted. */
  readonly without: readonly string[];
}

/** What the two halves of the filter are compared with. */
export interface TwoFactorInput {
  readonly client: AuditClient;
  /** The list, which is being read meanwhile. */
  readonly members: () => Promise<readonly WireAccount[]>;
  /** Accounts that may be missing from both halves: a service account has no second factor to filter by. */
  readonly serviceAccountIds: () => Promise<ReadonlySet<string>>;
}

/**
 * Reads both halves of the two-factor filter and believes them only when they divide the members between them: a filter that is
 * ignored gives everybody twice, a page that is cut short leaves somebody out. Where they do not add up, everything is read once more,
 * because somebody may have joined between two pages.
 *
 * When the API refuses the second half (no page of the vendor's names it), there is no honest way around: the first half alone shows
 * whom it contains but not whom it left out, and "the others have it" would be a guess.
 * @throws ApiError
 */
export async function readTwoFactorSplit({ client, ...input }: TwoFactorInput): Promise<TwoFactorSplit> {
  const first = await readHalves(client);
  const members = await input.members();
  const serviceAccountIds = await input.serviceAccountIds();
  if (describeMismatch(members, first, serviceAccountIds) === null) return toSplit(members, first);
  const again = await readEach(() => client.members(), quotaSharing());
  const second = await readHalves(client);
  const mismatch = describeMismatch(again, second, serviceAccountIds);
  if (mismatch !== null) {
    throw new ApiError({
      kind: 'incomplete',
      operation: 'tell members with two-factor authentication from those without',
      because: mismatch,
    });
  }
  return toSplit(again, second);
}

interface Halves {
  readonly with: ReadonlySet<string>;
  readonly without: ReadonlySet<string>;
}

async function readHalves(client: AuditClient): Promise<Halves> {
  const [withFactor, without] = await settleAll([
    readEach(() => client.membersByTwoFactor('with'), idOf),
    readEach(() => client.membersByTwoFactor('without'), idOf),
  ]);
  return { with: new Set(withFactor), without: new Set(without) };
}

/** What does not add up, in numbers; null when everything does. */
function describeMismatch(members: readonly WireAccount[], halves: Halves, exempt: ReadonlySet<string>): string | null {
  const all = idsOf(members);
  const inBoth = [...halves.with].filter((id) => halves.without.has(id)).length;
  // An account without a record has no second factor to be filtered by.
  const recordless = new Set(members.filter((member) => member.recordless).map(({ id }) => id));
  const isExempt = (id: string): boolean => exempt.has(id) || recordless.has(id);
  const inNeither = [...all].filter((id) => !halves.with.has(id) && !halves.without.has(id) && !isExempt(id)).length;
  const strangers = [...halves.with, ...halves.without].filter((id) => !all.has(id)).length;
  if (inBoth + inNeither + strangers === 0) return null;
  return (
    `of ${all.size} members the API listed ${halves.without.size} without and ${halves.with.size} with it ` +
    `(${inBoth} in both lists, ${inNeither} in neither, ${strangers} who are not members), twice in a row`
  );
}

function toSplit(members: readonly WireAccount[], halves: Halves): TwoFactorSplit {
  return { members, without: [...halves.without].sort(compareText) };
}

function idOf({ id }: WireAccount): string {
  return id;
}

function idsOf(accounts: readonly WireAccount[]): ReadonlySet<string> {
  return new Set(accounts.map(({ id }) => id));
}
