import { COLLECTED_SECTIONS, type CollectedName } from '../model/snapshot.ts';

/** Sections that another cannot be made without. */
const DEPENDS_ON: Partial<Record<CollectedName, CollectedName>> = {
  // The two halves of the filter are compared with the whole list.
  membersWithout2fa: 'members',
  // Which quotas there are pools of.
  consumption: 'group',
  accountActivity: 'group',
  // Which days stand out, and which accounts.
  peakDays: 'groupUsage',
  peakAccounts: 'accountDays',
};

/** The sections wanted and those they depend on, in the model's order. The key's rights are always among them. */
export function closeSections(wanted: readonly CollectedName[]): readonly CollectedName[] {
  const closed = new Set<CollectedName>([...wanted, 'rights']);
  for (const name of wanted) {
    const needed = DEPENDS_ON[name];
    if (needed !== undefined) closed.add(needed);
  }
  return COLLECTED_SECTIONS.filter((name) => closed.has(name));
}
