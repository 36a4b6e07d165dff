import { toDay } from '../model/instant.ts';
import type { Log } from '../model/log.ts';
import type {
  AccountDay,
  AccountUsage,
  ActivityLog,
  CollectedName,
  Consumption,
  Rights,
  UsageDay,
  UseOfMonth,
} from '../model/snapshot.ts';
import { ApiError } from '../virustotal/api-error.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import type { WireAccount, WireDescriptor } from '../virustotal/wire/account.ts';
import type { WireGroup } from '../virustotal/wire/group.ts';
import type { WireQuotas } from '../virustotal/wire/quotas.ts';
import { readAccountActivity, readRecentDays, recentDays } from './account-activity.ts';
import { type AccountReading, readAccountDays, readPeakAccounts } from './account-days.ts';
import { readActivityLog } from './activity-log.ts';
import { createConsumptionReader } from './consumption.ts';
import { needsWitness } from './contradictions.ts';
import { probeGroupUsage, readGroupUsage } from './group-usage.ts';
import { readIdentityUsage, readQuotaPools } from './identity.ts';
import { MissingSection } from './missing-section.ts';
import { notCollected, type Outcome, requireOutcome, tryToRead } from './outcome.ts';
import { selectPeakDays } from './peak-days.ts';
import { readAll, readEach } from './read-all.ts';
import { findIdentity, findProofs, isDisproved, type RightsEvidence, toRights } from './rights.ts';
import { settleAll } from './settle-all.ts';
import { quotaSharing } from './share-quotas.ts';
import { readTwoFactorSplit, type TwoFactorSplit } from './two-factor.ts';

/** What is gathered, and with what. */
export interface GatherInput {
  readonly wanted: readonly CollectedName[];
  /** A client that counts for a section. */
  readonly clientFor: (section: CollectedName) => AuditClient;
  readonly at: Date;
  readonly log: Log;
  readonly groupId: string;
  readonly identity: string | null;
  /** Which use by account and day is read. */
  readonly accountReading: AccountReading;
}

/** Accounts with their roles, from the two relationships that show them. */
export interface RoleLists {
  readonly members: readonly WireDescriptor[];
  readonly serviceAccounts: readonly WireDescriptor[];
}

/** The answers of the API, section by section, before visibility is decided. Null: not wanted. */
export interface Gathered {
  readonly group: Outcome<WireGroup> | null;
  readonly members: Outcome<readonly WireAccount[]> | null;
  readonly membersWithout2fa: Outcome<TwoFactorSplit> | null;
  readonly administrators: Outcome<readonly WireAccount[]> | null;
  readonly roles: Outcome<RoleLists> | null;
  readonly serviceAccounts: Outcome<readonly WireAccount[]> | null;
  readonly groupUsage: Outcome<readonly UsageDay[]> | null;
  readonly consumption: Outcome<readonly Consumption[]> | null;
  readonly peakDays: Outcome<readonly Consumption[]> | null;
  readonly accountActivity: Outcome<readonly UseOfMonth[]> | null;
  readonly activityLog: Outcome<ActivityLog> | null;
  readonly identityUsage: Outcome<readonly UsageDay[]> | null;
  readonly quotaPools: Outcome<Readonly<Record<string, string>>> | null;
  readonly recentDays: Outcome<readonly Consumption[]> | null;
  readonly accountDays: Outcome<readonly AccountDay[]> | null;
  readonly peakAccounts: Outcome<readonly AccountUsage[]> | null;
  readonly rights: Outcome<Rights>;
}

/**
 * Reads all wanted sections at once; those that depend on another wait for it. What the key's rights are follows from the answers, so
 * it comes last.
 * @throws ApiError of kind `aborted`, and nothing else of the API's.
 */
export async function gather(input: GatherInput): Promise<Gathered> {
  const reading = startReading(input);
  // All of them are waited for, also when the program is being stopped: nothing may go on behind the caller's back.
  await Promise.allSettled(Object.values(reading));
  const answers = {
    group: await reading.group,
    members: await reading.members,
    membersWithout2fa: await reading.membersWithout2fa,
    administrators: await reading.administrators,
    roles: await reading.roles,
    serviceAccounts: await reading.serviceAccounts,
    groupUsage: await reading.groupUsage,
    consumption: await reading.consumption,
    peakDays: await reading.peakDays,
    accountActivity: await reading.accountActivity,
    activityLog: await reading.activityLog,
    identityUsage: await reading.identityUsage,
    quotaPools: await reading.quotaPools,
    recentDays: await reading.recentDays,
    accountDays: await reading.accountDays,
    peakAccounts: await reading.peakAccounts,
  };
  const witnessed = await withWitness(answers, input);
  return { ...witnessed, rights: await readRights(witnessed, input) };
}

/** The answers with the group's own use of the API where a list of its users must be held against it: two requests, and seldom. */
async function withWitness(answers: Answers, { clientFor, at, log }: GatherInput): Promise<Answers> {
  if (answers.groupUsage !== null || !needsWitness(answers, toDay(at))) return answers;
  const read = (): Promise<readonly UsageDay[]> => readGroupUsage(clientFor('groupUsage'), at);
  return { ...answers, groupUsage: await tryToRead('groupUsage', log, read) };
}

type Answers = Omit<Gathered, 'rights'>;
type Reading = { readonly [Name in keyof Answers]: Promise<Answers[Name]> };

function startReading({ wanted, clientFor, at, log, groupId, identity, accountReading }: GatherInput): Reading {
  const consumers = createConsumptionReader(at, {
    useToTheEnd: wanted.includes('accountActivity'),
    wholeDays: wanted.includes('recentDays') ? recentDays(at) : [],
  });

  const start = async <T>(
    name: CollectedName,
    read: (client: AuditClient) => Promise<T>,
  ): Promise<Outcome<T> | null> => (wanted.includes(name) ? tryToRead(name, log, () => read(clientFor(name))) : null);

  // The long lists first: everything else fits beside them.
  const members = start('members', (client) => readEach(() => client.members(), quotaSharing()));
  const membersWithout2fa = start('membersWithout2fa', (client) =>
    readTwoFactorSplit({
      client,
      members: async () => requireOutcome(await members),
      serviceAccountIds: async () => idsOf(await serviceAccounts),
    }),
  );
  const roles = start('roles', readRoles);
  const group = start('group', (client) => readGroup(client, groupId));
  const groupUsage = start('groupUsage', (client) => readGroupUsage(client, at));
  const serviceAccounts = start('serviceAccounts', (client) => readAll(() => client.serviceAccounts()));
  const accountDays = start('accountDays', (client) =>
    readAccountDays(client, { consumers, days: accountReading.days, at }),
  );
  return {
    group,
    members,
    membersWithout2fa,
    roles,
    serviceAccounts,
    groupUsage,
    administrators: start('administrators', (client) => readAll(() => client.administrators())),
    consumption: start('consumption', async (client) => consumers.readCurrent(client, await requireQuotas(group))),
    peakDays: start('peakDays', async (client) =>
      consumers.readDays(client, selectPeakDays(requireOutcome(await groupUsage))),
    ),
    accountActivity: start('accountActivity', async (client) =>
      readAccountActivity(client, { consumers, quotas: await requireQuotas(group), at }),
    ),
    activityLog: start('activityLog', (client) => readActivityLog(client, at)),
    identityUsage: start('identityUsage', (client) => readIdentityUsage(client, identity, at)),
    quotaPools: start('quotaPools', (client) => readQuotaPools(client, identity)),
    recentDays: start('recentDays', (client) => readRecentDays(client, consumers, at)),
    accountDays,
    peakAccounts: start('peakAccounts', async (client) =>
      readPeakAccounts(client, { read: requireOutcome(await accountDays), reading: accountReading, at }),
    ),
  };
}

async function requireQuotas(group: Promise<Outcome<WireGroup> | null>): Promise<WireQuotas> {
  const { quotas, unreadable } = requireOutcome(await group);
  if (quotas === null) throw new MissingSection("The API did not show the group's quotas.", null);
  // Who used them is asked for all the same: that the figure cannot be read does not mean that there is none.
  return { ...quotas, ...Object.fromEntries(unreadable.quotas.map((name) => [name, { allowed: 1, used: 0 }])) };
}

async function readGroup(client: AuditClient, groupId: string): Promise<WireGroup> {
  const group = await client.group();
  if (group.id.toLowerCase() !== groupId.toLowerCase()) {
    throw new ApiError({
      kind: 'malformed',
      operation: "read the group's quotas and privileges",
      because: 'the API answered for another group than it was asked for',
    });
  }
  const hourly = group.quotas?.['api_requests_hourly']?.allowed ?? 0;
  if (hourly > 0) client.limitHourly(hourly);
  return group;
}

async function readRoles(client: AuditClient): Promise<RoleLists> {
  const [members, serviceAccounts] = await settleAll([
    readAll(() => client.memberRoles()),
    readAll(() => client.serviceAccountRoles()),
  ]);
  return { members: members ?? [], serviceAccounts: serviceAccounts ?? [] };
}

async function readRights(answers: Answers, { clientFor, at, log, identity }: GatherInput): Promise<Outcome<Rights>> {
  const client = clientFor('rights');
  const asked: RightsEvidence = {
    group: valueOf(answers.group),
    members: valueOf(answers.members),
    usage: answers.groupUsage,
  };
  // Nothing else that was asked for may have shown what only administrators see; then one free request settles it.
  const evidence =
    findProofs(asked).length === 0 && asked.usage === null
      ? { ...asked, usage: await tryToRead('rights', log, () => probeGroupUsage(client, at)) }
      : asked;
  const proofs = findProofs(evidence);
  if (proofs.length === 0 && !isDisproved(evidence)) {
    const text = evidence.usage?.ok === false ? evidence.usage.missing.text : '';
    return { ok: false, missing: notCollected('rights', `No answer came that could prove them. ${text}`), error: null };
  }
  return tryToRead('rights', log, async () => toRights(proofs, await readIdentity(client, identity, answers)));
}

/** Whether the configured identity is an administrator; null where that cannot be read, which is no reason to lose the proofs. */
async function readIdentity(client: AuditClient, identity: string | null, answers: Answers): Promise<boolean | null> {
  if (identity === null) return null;
  const roles = valueOf(answers.roles);
  const listed = findIdentity(identity, {
    administrators: unlessEmpty(valueOf(answers.administrators)),
    roles: roles === null ? null : [...roles.members, ...roles.serviceAccounts],
  });
  if (listed !== null) return listed;
  try {
    return await client.isAdministrator(identity);
  } catch (error) {
    if (error instanceof ApiError && error.kind !== 'aborted') return null;
    throw error;
  }
}

/** No group is without administrators: an empty list tells nothing of anybody. */
function unlessEmpty<T>(list: readonly T[] | null): readonly T[] | null {
  return list?.length === 0 ? null : list;
}

function valueOf<T>(outcome: Outcome<T> | null): T | null {
  return outcome?.ok === true ? outcome.value : null;
}

function idsOf(outcome: Outcome<readonly WireAccount[]> | null): ReadonlySet<string> {
  return new Set((valueOf(outcome) ?? []).map(({ id }) => id));
}
