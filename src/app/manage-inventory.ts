import type { App } from '../app.ts';
import { collect } from '../collect/collect.ts';
import {
  type AccountRow,
  type AdministratorRow,
  filterMembers,
  type MemberRow,
  toAccountRow,
  toAdministratorRows,
  toMemberRows,
} from '../manage/inventory.ts';
import type { GroupSettings } from '../model/settings.ts';
import type { CollectedName, CollectedSections, Roles, Snapshot } from '../model/snapshot.ts';
import { UsageError } from './complaint.ts';
import { openReads } from './manage.ts';
import { peopleToShow } from './personal-use.ts';

/** Called as requests are answered. */
export type ShowProgress = (done: number, planned: number, section: CollectedName) => void;

/** What reading an inventory needs. */
export interface InventoryInput {
  readonly app: App;
  readonly group: GroupSettings;
  readonly stop: AbortSignal;
  readonly progress: ShowProgress;
}

/** Rows, and sentences about what is not in them. */
export interface Inventory<Row> {
  readonly rows: readonly Row[];
  /** What could not be read or may not be seen; empty: the rows are the whole truth. */
  readonly gaps: readonly string[];
}

/** Which members are wanted. */
export interface MembersWanted {
  readonly without2fa: boolean;
  readonly inactiveDays: number | null;
  readonly domain: string | null;
}

/** The members. @throws UsageError when they, or what is asked of them, could not be read. */
export async function listMembers(input: InventoryInput, wanted: MembersWanted): Promise<Inventory<MemberRow>> {
  const { snapshot, gaps } = await read(input, [
    'members',
    'serviceAccounts',
    'administrators',
    'roles',
    'consumption',
    ...(wanted.without2fa ? (['membersWithout2fa'] as const) : []),
  ]);
  const rows = toMemberRows(
    require(snapshot, 'members'),
    optional(snapshot, 'serviceAccounts') ?? [],
    sourcesIn(snapshot),
  );
  const filter = {
    ...wanted,
    without2fa: wanted.without2fa ? new Set(require(snapshot, 'membersWithout2fa')) : null,
  };
  const { rows: picked, doubts } = filterMembers(rows, filter, input.app.clock.now());
  const people = peopleToShow(input.app, input.group.id, snapshot);
  return {
    rows: picked.map((row) => (people === null || people.isNamed(row.id) ? row : withoutUse(row))),
    gaps: [...gaps, ...doubts],
  };
}

const NOT_TOLD = { known: false, why: 'not_visible' } as const;

/** A member without when it signed in last and what it used. */
function withoutUse(row: MemberRow): MemberRow {
  return { ...row, lastSignInAt: NOT_TOLD, quotas: NOT_TOLD, consumed: NOT_TOLD };
}

/** The administrators. @throws UsageError when they could not be read. */
export async function listAdministrators(input: InventoryInput): Promise<Inventory<AdministratorRow>> {
  const { snapshot, gaps } = await read(input, [
    'administrators',
    'members',
    'serviceAccounts',
    'roles',
    'consumption',
  ]);
  const roles = optional(snapshot, 'roles');
  const { approved } = input.group;
  const rows = toAdministratorRows({
    administrators: require(snapshot, 'administrators'),
    members: optional(snapshot, 'members') ?? [],
    serviceAccounts: optional(snapshot, 'serviceAccounts') ?? [],
    roles,
    consumption: optional(snapshot, 'consumption'),
    approved: approved.administrators,
    breakGlass: approved.breakGlass,
  });
  return { rows, gaps: [...gaps, ...rolesGap(roles)] };
}

/** The service accounts, never with their keys. @throws UsageError when they could not be read. */
export async function listServiceAccounts(input: InventoryInput): Promise<Inventory<AccountRow>> {
  const { snapshot, gaps } = await read(input, ['serviceAccounts', 'administrators', 'roles', 'consumption']);
  const sources = sourcesIn(snapshot);
  return { rows: require(snapshot, 'serviceAccounts').map((account) => toAccountRow(account, sources)), gaps };
}

/** Ids of the groups that a service account is in. */
export async function listGroupsOf({ app, group, stop }: Omit<InventoryInput, 'progress'>, id: string) {
  const client = openReads(app, group, stop);
  try {
    return (await client.accountRelationship(id, 'groups')).map((found) => found.id);
  } finally {
    client.close();
  }
}

/** Addresses and patterns whose owners join by signing up. @throws UsageError when the key may not see them. */
export async function readAutoJoin({ app, group, stop }: Omit<InventoryInput, 'progress'>): Promise<readonly string[]> {
  const client = openReads(app, group, stop);
  try {
    const { autoAddUsers } = await client.group();
    if (autoAddUsers === null) throw new UsageError('the key may not see who joins by signing up');
    return autoAddUsers;
  } finally {
    client.close();
  }
}

interface ReadSections {
  readonly snapshot: Snapshot;
  readonly gaps: readonly string[];
}

async function read(
  { app, group, stop, progress }: InventoryInput,
  sections: readonly CollectedName[],
): Promise<ReadSections> {
  const client = openReads(app, group, stop);
  try {
    const { snapshot } = await collect({
      client,
      groupId: group.id,
      identity: group.identity,
      sections,
      at: app.clock.now(),
      clock: app.clock,
      log: app.log,
      budget: app.config.api.budget.run,
      progress,
      signal: stop,
    });
    return { snapshot, gaps: [...missingIn(snapshot, sections), ...rightsGap(snapshot)] };
  } finally {
    client.close();
  }
}

function missingIn(snapshot: Snapshot, sections: readonly CollectedName[]): readonly string[] {
  return sections.flatMap((name) => {
    const section = snapshot[name];
    return section === undefined || section.present ? [] : [section.missing.text];
  });
}

function rightsGap({ rights }: Snapshot): readonly string[] {
  if (rights?.present === true && rights.value.proven) return [];
  return ['The key is not proven to be an administrator’s: what only administrators may see reads "not visible".'];
}

function rolesGap(roles: Roles | null): readonly string[] {
  return roles?.visible === false
    ? ['Roles were not returned, so an administrator by role only would not be listed.']
    : [];
}

/** @throws UsageError with the reason when it is missing: a list that could not be read is not an empty one. */
function require<Name extends CollectedName>(snapshot: Snapshot, name: Name): CollectedSections[Name] {
  const section: Snapshot[Name] = snapshot[name];
  if (section?.present === true) return section.value;
  throw new UsageError(section?.missing.text ?? `${name} could not be read`);
}

function optional<Name extends CollectedName>(snapshot: Snapshot, name: Name): CollectedSections[Name] | null {
  const section: Snapshot[Name] = snapshot[name];
  return section?.present === true ? section.value : null;
}

function sourcesIn(snapshot: Snapshot) {
  return {
    administrators: optional(snapshot, 'administrators'),
    roles: optional(snapshot, 'roles'),
    consumption: optional(snapshot, 'consumption'),
  };
}
