import {
  type ActivityEntry,
  type ActivityLog,
  ADMINISTRATOR_ROLE,
  type ApprovedEntry,
  accountSubject,
  type Breach,
  type Day,
  defineRule,
  type EarlierAccounts,
  type EarlierAdministrators,
  type Fact,
  type Judgement,
  type Member,
  type Reason,
  type Roles,
  type Section,
  type ServiceAccount,
  toDay,
  z,
} from '../src/rule.ts';

const Options = z.strictObject({
  /** More members than this share of the earlier ones, in percent, joining or leaving at once is a mass change. */
  massChangePercent: z.number().min(1).max(100).default(10),
  /** Fewer than so many joining or leaving are no mass change, however small the group. */
  massChangeMinimum: z.number().int().min(2).max(10_000).default(5),
});
type Options = z.infer<typeof Options>;

export default defineRule({
  id: 'membership-changes-are-approved',
  title: 'Changes of who belongs to the group are approved',
  severity: 'medium',
  tags: ['access', 'accounts'],
  why: 'Rights that were given without approval are how an intruder stays. Many members gone or come at once is a mistake in an import, or somebody emptying the group.',
  fix: {
    text: 'Ask whoever made the change. Undo it, or have it approved; then acknowledge the finding with what you learned.',
    effort: 'medium',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.1', '6.1', '6.2'],
    'ISO/IEC 27001:2022': ['A.5.18'],
    'NIST SP 800-53 r5': ['AC-2(4)'],
    'SOC 2 TSC 2017': ['CC6.2', 'CC6.3'],
  },
  event: { agesOutAfterDays: 30 },
  version: 1,
  needs: [
    'group',
    'members',
    'administrators',
    'serviceAccounts',
    'breakGlass',
    'previousMembers',
    'previousAdministrators',
    'previousServiceAccounts',
  ],
  // Lists matter only for what came new; roles and the log only add to what is seen anyway.
  consults: ['approvedAdministrators', 'approvedServiceAccounts', 'roles', 'activityLog'],
  options: Options,

  evaluate(sections, options, { at }) {
    const { group, members, serviceAccounts, breakGlass } = sections;
    const machines = new Set([...serviceAccounts.map(({ id }) => id), ...sections.previousServiceAccounts.ids]);
    const administrators = newAdministrators(sections);
    const services = added(serviceAccounts, sections.previousServiceAccounts);
    const accounts = accountsIn(sections, new Set([...administrators, ...services]));
    const changes: Changes = { log: sections.activityLog, machines, accounts, today: toDay(at) };
    const emergency = present(breakGlass);
    return {
      judgements: [
        ...administrators.flatMap((id) =>
          judgeNew(
            {
              id,
              right: 'administrator',
              lists: [sections.approvedAdministrators, emergency],
              since: sections.previousAdministrators.at,
            },
            changes,
          ),
        ),
        ...services.flatMap((id) =>
          judgeNew(
            {
              id,
              right: 'service account',
              lists: [sections.approvedServiceAccounts],
              since: sections.previousServiceAccounts.at,
            },
            changes,
          ),
        ),
        ...massChanges({ members, machines, before: sections.previousMembers, groupId: group.id }, options, changes),
      ],
      checked: members.length + serviceAccounts.length,
      limits: [
        `Compared with the audit of ${toDay(sections.previousMembers.at)} (UTC)`,
        ...logLimit(sections.activityLog),
      ],
    };
  },
});

function present<T>(value: T): Section<T> {
  return { present: true, value };
}

interface Account {
  readonly id: string;
  readonly name: string | null;
  readonly email: Fact<string>;
}

/** What everybody judged needs: who is who, and who did what. */
interface Changes {
  readonly log: Section<ActivityLog>;
  readonly machines: ReadonlySet<string>;
  /** Those that are judged one by one, by id. */
  readonly accounts: ReadonlyMap<string, Account>;
  /** The day of this audit (UTC): changes that it sees are events of this day. */
  readonly today: Day;
}

function accountsIn(
  sections: {
    readonly members: readonly Member[];
    readonly serviceAccounts: readonly ServiceAccount[];
    readonly administrators: readonly Account[];
  },
  ids: ReadonlySet<string>,
): ReadonlyMap<string, Account> {
  const lists: readonly (readonly Account[])[] = [sections.administrators, sections.members, sections.serviceAccounts];
  const wanted = lists.flatMap((accounts) => accounts.filter(({ id }) => ids.has(id)));
  return new Map(wanted.map((account) => [account.id, account]));
}

function added(accounts: readonly { readonly id: string }[], before: EarlierAccounts): readonly string[] {
  const known = new Set(before.ids);
  return [...new Set(accounts.map(({ id }) => id))].filter((id) => !known.has(id)).sort();
}

/** By role only where roles were shown both times: else everybody with the role would look new. */
function newAdministrators(sections: {
  readonly administrators: readonly Account[];
  readonly roles: Section<Roles>;
  readonly previousAdministrators: EarlierAdministrators;
}): readonly string[] {
  const { administrators, roles, previousAdministrators } = sections;
  const before = new Set([...previousAdministrators.ids, ...(previousAdministrators.byRole ?? [])]);
  const shown = roles.present && roles.value.visible && previousAdministrators.byRole !== null;
  const byRole = Object.entries(shown ? roles.value.byAccount : {})
    .filter(([, held]) => held.includes(ADMINISTRATOR_ROLE))
    .map(([id]) => id);
  const now = new Set([...administrators.map(({ id }) => id), ...byRole]);
  return [...now].filter((id) => !before.has(id)).sort();
}

interface NewRight {
  readonly id: string;
  readonly right: 'administrator' | 'service account';
  readonly lists: readonly Section<readonly ApprovedEntry[]>[];
  /** When the audit began that it is compared with. */
  readonly since: string;
}

function judgeNew({ id, right, lists, since }: NewRight, changes: Changes): readonly Judgement[] {
  const account = changes.accounts.get(id) ?? { id, name: null, email: { known: false, why: 'not_on_record' } };
  const subject = accountSubject(changes.machines.has(id) ? 'service_account' : 'member', account);
  const key = `${right.replace(' ', '-')}-added-${changes.today}`;
  const doubt = whyUnclear(account, lists);
  if (doubt === 'approved') return [];
  if (doubt !== null) return [{ subject, key, unknown: doubt }];
  const made = whoMade(id, right === 'administrator' ? /admin/i : /service/i, { since, log: changes.log });
  const by = made === null ? '' : ` by ${made.actor ?? 'somebody the log does not name'}`;
  return [
    {
      subject,
      key,
      message: `${id} was made ${right === 'administrator' ? 'an administrator' : 'a service account'}${by} and is not among the approved ones`,
      evidence: {
        address: account.email.known ? account.email.value : null,
        comparedWith: since,
        id,
        madeAt: made?.at ?? null,
        madeBy: made?.actor ?? null,
      },
    },
  ];
}

/** Null: it is in no list. */
function whyUnclear(account: Account, lists: readonly Section<readonly ApprovedEntry[]>[]): 'approved' | Reason | null {
  const { id, email } = account;
  const names = new Set([id, ...(email.known ? [email.value] : [])].map((name) => name.toLowerCase()));
  const entries = lists.flatMap((list) => (list.present ? list.value : []));
  if (entries.some((entry) => names.has(entry.id.toLowerCase()))) return 'approved';
  const absent = lists.find((list) => !list.present);
  if (absent?.present === false)
    return { kind: absent.missing.kind, text: `Whether it is approved is not known: ${absent.missing.text}` };
  if (!email.known && entries.some((entry) => entry.id.includes('@'))) {
    return {
      kind: email.why,
      text: 'Its address was not shown, and an approved address may be it; write the id instead',
    };
  }
  return null;
}

/** The newest entry of the log about this account and kind of change since the earlier audit. */
function whoMade(
  id: string,
  action: RegExp,
  { since, log }: { readonly since: string; readonly log: Section<ActivityLog> },
): ActivityEntry | null {
  if (!log.present) return null;
  const wanted = id.toLowerCase();
  return (
    log.value.entries.find(
      (entry) =>
        entry.at >= since &&
        /add/i.test(entry.action) &&
        action.test(entry.action) &&
        entry.affected?.toLowerCase() === wanted,
    ) ?? null
  );
}

interface Membership {
  readonly members: readonly Member[];
  readonly machines: ReadonlySet<string>;
  readonly before: EarlierAccounts;
  readonly groupId: string;
}

function massChanges(
  { members, machines, before, groupId }: Membership,
  { massChangePercent, massChangeMinimum }: Options,
  { log, today }: Changes,
): readonly Breach[] {
  const earlier = new Set(before.ids.filter((id) => !machines.has(id)));
  const now = new Set(members.map(({ id }) => id).filter((id) => !machines.has(id)));
  const moves = [
    {
      key: 'members-joined',
      verb: 'joined',
      ids: now
        .values()
        .filter((id) => !earlier.has(id))
        .toArray(),
      action: /add user/i,
    },
    {
      key: 'members-left',
      verb: 'left',
      ids: earlier
        .values()
        .filter((id) => !now.has(id))
        .toArray(),
      action: /(?:remove|delete) user/i,
    },
  ];
  return moves.flatMap(({ key, verb, ids, action }) => {
    const isMass = ids.length >= massChangeMinimum && ids.length > (massChangePercent / 100) * earlier.size;
    if (!isMass) return [];
    const entries = log.present
      ? log.value.entries.filter((entry) => entry.at >= before.at && action.test(entry.action))
      : [];
    const actors = [...new Set(entries.flatMap(({ actor }) => (actor === null ? [] : [actor])))].sort();
    return [
      {
        subject: { kind: 'group', id: groupId } as const,
        key: `${key}-${today}`,
        severity: 'high' as const,
        message: `${ids.length} members ${verb} at once, of ${earlier.size} before${actors.length === 0 ? '' : `; the log names ${actors.join(', ')}`}`,
        evidence: {
          before: earlier.size,
          comparedWith: before.at,
          count: ids.length,
          ids: ids.sort(),
          loggedActors: actors,
        },
      },
    ];
  });
}

function logLimit(log: Section<ActivityLog>): readonly string[] {
  if (log.present && log.value.available) return [];
  return ['The activity log was not shown, so the report cannot say who made a change'];
}
