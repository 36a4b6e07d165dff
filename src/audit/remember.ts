import { addDays, type Day, type Instant, toDay, toMonth } from '../model/instant.ts';
import type { GroupSettings } from '../model/settings.ts';
import {
  type AccountDay,
  ADMINISTRATOR_ROLE,
  type ApprovedEntry,
  type ApprovedSince,
  missing,
  present,
  type RememberedName,
  type RememberedSections,
  type Section,
  type SectionName,
  type Sections,
  type UsageDay,
  type UseOfMonth,
} from '../model/snapshot.ts';
import { monthBefore } from '../model/use-history.ts';
import { decodeItems, decodeSection } from '../sections.ts';
import { auditorHealth, type HealthContext, type Incidents } from './auditor-health.ts';

/** Days of use that the vendor shows; older ones come from the store. */
const VENDOR_DAYS = 60;

/** Months of use by account that are kept, and those among them that every audit reads again. */
const KEPT_MONTHS = 13;
const READ_MONTHS = 3;

/** Days of use by account that rules look back. */
const ACCOUNT_DAYS = 90;

/**
 * Rules that compare with an earlier audit compare with the one that judged them last. Another audit may have read the same sections
 * in between without judging, and what changed before it must not be lost.
 */
const MEMBERSHIP_RULE = 'membership-changes-are-approved';
const BREAK_GLASS_RULE = 'break-glass-accounts-are-idle';

/** Whose memory is asked for, and what only the present run knows. */
export interface Remembering extends Incidents {
  readonly group: GroupSettings;
  /** Names of all sections that the rules of the job read; no other is loaded. */
  readonly wanted: ReadonlySet<SectionName>;
  readonly at: Date;
}

/** Remembered sections, as a snapshot holds them. */
export type RememberedSnapshot = { readonly [Name in RememberedName]?: Section<RememberedSections[Name]> };

/** Sections from the store. */
export function remember(context: HealthContext, asked: Remembering): RememberedSnapshot {
  const { group, wanted, at } = asked;
  const { store } = context;
  return {
    storedUsage: present(store.storedUsage(group.id)),
    // Finished days only, so that all runs of a day store the same.
    quotaReadings: present(store.quotaReadings(group.id).filter((reading) => toDay(reading.at) < toDay(at))),
    lastJudged: present(store.lastJudged(group.id)),
    ...(wanted.has('previousMembers') ? { previousMembers: earlierAccounts(context, group.id, 'members') } : {}),
    ...(wanted.has('previousServiceAccounts')
      ? { previousServiceAccounts: earlierAccounts(context, group.id, 'serviceAccounts') }
      : {}),
    ...(wanted.has('previousAdministrators')
      ? { previousAdministrators: earlierAdministrators(context, group.id) }
      : {}),
    ...(wanted.has('previousActivity') ? { previousActivity: present(earlierActivity(context, group.id, at)) } : {}),
    ...(wanted.has('storedAccountDays')
      ? { storedAccountDays: present(storedAccountDays(context, group.id, at)) }
      : {}),
    ...(wanted.has('approvedSince') ? { approvedSince: present(approvedSince(context, group, toDay(at))) } : {}),
    ...(wanted.has('auditorHealth') ? { auditorHealth: present(auditorHealth(context, group, asked)) } : {}),
  };
}

/** Stored days of use before those that the vendor shows now. Without those, before what the vendor usually shows. */
export function usageBefore(
  remembered: RememberedSnapshot,
  shown: Section<readonly UsageDay[]> | undefined,
  at: Date,
): RememberedSnapshot {
  const first = shown?.present === true ? shown.value[0]?.day : undefined;
  const oldest = first ?? addDays(toDay(at), 1 - VENDOR_DAYS);
  const stored = remembered.storedUsage?.present === true ? remembered.storedUsage.value : [];
  return { storedUsage: present(stored.filter(({ day }) => day < oldest)) };
}

type Store = Pick<HealthContext, 'store'>;

/** A section of an earlier run, unpacked, and when that run began. */
function earlier<Name extends SectionName>(
  { store }: Store,
  group: string,
  name: Name,
  rule: string,
): { readonly value: Sections[Name]; readonly at: Instant } | null {
  const found = store.earlierSection(group, name, rule);
  return found === null ? null : { value: decodeSection({ ...found.section, name }), at: found.at };
}

function earlierAccounts(
  context: Store,
  group: string,
  name: 'members' | 'serviceAccounts',
): Section<RememberedSections['previousMembers']> {
  const found = context.store.earlierSection(group, name, MEMBERSHIP_RULE);
  if (found === null) return FIRST_AUDIT;
  return present({ at: found.at, ids: Array.from(decodeItems({ ...found.section, name }), ({ id }) => id) });
}

const FIRST_AUDIT = missing('not_enough_history', 'no earlier audit has read it, so there is nothing to compare with');

function earlierAdministrators(context: Store, group: string): Section<RememberedSections['previousAdministrators']> {
  const found = earlier(context, group, 'administrators', MEMBERSHIP_RULE);
  if (found === null) return FIRST_AUDIT;
  const roles = earlier(context, group, 'roles', MEMBERSHIP_RULE);
  // Roles of another run than the list's would mix two states of the group.
  const shown = roles !== null && roles.at === found.at && roles.value.visible ? roles.value.byAccount : null;
  const byRole =
    shown === null
      ? null
      : Object.entries(shown)
          .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
          .map(([id]) => id);
  return present({ at: found.at, ids: found.value.map(({ id }) => id), byRole });
}

/** What is known of each month from the newest audit that read it; of months that can still change, from the audit that judged them. */
function earlierActivity(context: Store, group: string, at: Date): readonly UseOfMonth[] {
  const { store } = context;
  const newest = (name: 'accountActivity' | 'previousActivity'): readonly UseOfMonth[] => {
    const section = store.latestSection(group, name);
    return section === null ? [] : decodeSection({ ...section, name });
  };
  const judged = earlier(context, group, 'accountActivity', BREAK_GLASS_RULE)?.value ?? [];
  const stillRead = monthsBack(toMonth(at), READ_MONTHS - 1);
  const kept = monthsBack(toMonth(at), KEPT_MONTHS);
  const months = new Map(
    [
      ...newest('previousActivity'),
      ...newest('accountActivity'),
      ...judged.filter(({ month }) => month >= stillRead),
    ].map((use) => [`${use.month} ${use.quota}`, use]),
  );
  return [...months]
    .filter(([, { month }]) => month >= kept)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, use]) => use);
}

/** No older than the history that spikes are judged by. */
function storedAccountDays({ store }: Store, group: string, at: Date): readonly AccountDay[] {
  const oldest = addDays(toDay(at), -ACCOUNT_DAYS);
  return store.accountDays(group).filter(({ day }) => day >= oldest);
}

function monthsBack(month: string, count: number): string {
  return count === 0 ? month : monthsBack(monthBefore(month), count - 1);
}

/** What is in the lists now has been so since it was first seen there. What left them is kept: the lists of before are judged, too. */
function approvedSince({ store }: Store, { id, approved }: GroupSettings, today: Day): ApprovedSince {
  const section = store.latestSection(id, 'approvedSince');
  const before = section === null ? null : decodeSection({ ...section, name: 'approvedSince' });
  const since = (entries: readonly ApprovedEntry[] | null, known: Readonly<Record<string, Day>> | undefined) => ({
    ...Object.fromEntries((entries ?? []).map((entry) => [entry.id.toLowerCase(), today])),
    ...known,
  });
  return {
    administrators: since(approved.administrators, before?.administrators),
    serviceAccounts: since(approved.serviceAccounts, before?.serviceAccounts),
    breakGlass: since(approved.breakGlass, before?.breakGlass),
  };
}
