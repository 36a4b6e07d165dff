import type { SectionSummary } from '../model/run.ts';
import { type CollectedName, type CollectedSections, missing, present, type Section } from '../model/snapshot.ts';
import { toAdministrators, toMembers, toRoles, toServiceAccounts } from './accounts.ts';
import { withoutContradictions } from './contradictions.ts';
import type { Gathered } from './gather.ts';
import { toGroup } from './group.ts';
import { notCollected, type Outcome } from './outcome.ts';

/** Collected sections, each present or missing. */
export type CollectedSnapshot = { readonly [Name in CollectedName]?: Section<CollectedSections[Name]> };

/** A snapshot and how much of each section there is. */
export interface SummedSections {
  readonly snapshot: CollectedSnapshot;
  readonly summaries: readonly SectionSummary[];
}

/** Decides what the answers show, which depends on the proof of rights, and sums up each section. */
export function toSections(
  wanted: readonly CollectedName[],
  gathered: Gathered,
  requests: ReadonlyMap<CollectedName, number>,
): SummedSections {
  const all = toAllSections(withoutContradictions(gathered));
  const snapshot: CollectedSnapshot = Object.fromEntries(wanted.map((name) => [name, all[name]]));
  const summaries = wanted.map((name) => toSummary(name, all[name], requests.get(name) ?? 0));
  return { snapshot, summaries };
}

function toAllSections(gathered: Gathered): Required<CollectedSnapshot> {
  const { rights } = gathered;
  const proven = rights.ok && rights.value.proven;
  return {
    group: toSection('group', gathered.group, (group) => toGroup(group, proven)),
    members: toSection('members', withReconciled(gathered), (accounts) => toMembers(accounts, proven)),
    membersWithout2fa: proven
      ? toSection('membersWithout2fa', gathered.membersWithout2fa, ({ without }) => without)
      : hideTwoFactor(gathered),
    administrators: toSection('administrators', gathered.administrators, (list) => toAdministrators(list, proven)),
    roles: toSection('roles', gathered.roles, (lists) => toRoles([...lists.members, ...lists.serviceAccounts])),
    serviceAccounts: toSection('serviceAccounts', gathered.serviceAccounts, (list) => toServiceAccounts(list, proven)),
    groupUsage: toSection('groupUsage', gathered.groupUsage, (usage) => usage),
    consumption: toSection('consumption', gathered.consumption, (consumption) => consumption),
    peakDays: toSection('peakDays', gathered.peakDays, (consumption) => consumption),
    rights: toSection('rights', rights, (value) => value),
    accountActivity: toSection('accountActivity', gathered.accountActivity, (uses) => uses),
    activityLog: toSection('activityLog', gathered.activityLog, (log) => log),
    identityUsage: toSection('identityUsage', gathered.identityUsage, (usage) => usage),
    quotaPools: toSection('quotaPools', gathered.quotaPools, (pools) => pools),
    recentDays: toSection('recentDays', gathered.recentDays, (consumption) => consumption),
    accountDays: toSection('accountDays', gathered.accountDays, (days) => days),
    peakAccounts: toSection('peakAccounts', gathered.peakAccounts, (accounts) => accounts),
  };
}

/** The members that the two-factor lists were reconciled with, which may be a later reading. */
function withReconciled({ members, membersWithout2fa }: Gathered): Gathered['members'] {
  return membersWithout2fa?.ok === true ? { ok: true, value: membersWithout2fa.value.members } : members;
}

/**
 * A member's second factor is shown to its owner only, and the filter is documented for administrators: what it answers to a key
 * without their rights says nothing about the others.
 */
function hideTwoFactor({ membersWithout2fa }: Gathered): Section<readonly string[]> {
  if (membersWithout2fa?.ok === false) return { present: false, missing: membersWithout2fa.missing };
  return missing(
    'not_visible',
    "Who uses two-factor authentication is shown to administrators only, and the key's administrator rights are not proven.",
  );
}

function toSection<Raw, Value>(
  name: CollectedName,
  outcome: Outcome<Raw> | null,
  convert: (raw: Raw) => Value,
): Section<Value> {
  if (outcome === null) return { present: false, missing: notCollected(name, 'It was not asked for.') };
  return outcome.ok ? present(convert(outcome.value)) : { present: false, missing: outcome.missing };
}

function toSummary(
  name: CollectedName,
  section: Section<CollectedSections[CollectedName]>,
  requests: number,
): SectionSummary {
  if (!section.present) return { name, items: null, complete: false, requests, reason: section.missing };
  const items = Array.isArray(section.value) ? section.value.length : 1;
  return { name, items, complete: true, requests, reason: null };
}
