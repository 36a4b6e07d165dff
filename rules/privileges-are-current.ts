import {
  defineRule,
  type Group,
  type Judgement,
  notEvaluated,
  type Privilege,
  type Severity,
  toDay,
  z,
} from '../src/rule.ts';

const DAY_MS = 86_400_000;

export default defineRule({
  id: 'privileges-are-current',
  title: 'No privilege of the group is about to end unnoticed',
  severity: 'medium',
  tags: ['licence'],
  why: 'When a licensed privilege ends, searches, feeds and integrations that rest on it stop on that day. A privilege that is still granted after its end may be withdrawn at any time.',
  fix: {
    text: 'Renew the privilege with the vendor before its date, or prepare what uses it for its end.',
    effort: 'medium',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'ISO/IEC 27001:2022': ['A.5.23'],
    'SOC 2 TSC 2017': ['CC9.2'],
  },
  version: 1,
  needs: ['group'],
  options: z
    .strictObject({
      daysAhead: z.number().int().min(1).max(730).default(90),
      urgentDays: z.number().int().min(0).max(730).default(14),
    })
    .refine(({ daysAhead, urgentDays }) => urgentDays <= daysAhead, {
      path: ['urgentDays'],
      message: 'must not be more than daysAhead',
    }),

  evaluate({ group }, options, { at }) {
    if (!group.privileges.known) {
      return notEvaluated(group.privileges.why, 'The privileges of the group were not shown');
    }
    const unread = group.unreadable?.privileges ?? [];
    const granted = group.privileges.value.filter((privilege) => privilege.granted);
    const byName = new Map(granted.map((privilege) => [privilege.name, privilege]));
    const own = granted.filter((privilege) => carrierOf(privilege, byName) === privilege);
    return {
      judgements: [
        ...own.flatMap((privilege) => {
          const children = granted.filter((other) => other !== privilege && carrierOf(other, byName) === privilege);
          return judge({ group, privilege, children }, options, at);
        }),
        ...unread.map((name) => unreadable(group.id, name)),
      ],
      checked: granted.length + unread.length,
    };
  },
});

/** Nothing is known of it, neither whether it is granted nor when it ends. */
function unreadable(groupId: string, name: string): Judgement {
  const text = `The API sent the privilege ${name} in a form that cannot be read`;
  return { subject: { kind: 'group', id: groupId }, key: name, unknown: { kind: 'not_collected', text } };
}

/**
 * The privilege whose date counts: itself, or the one it inherits from where it adds no date of its own. A chain that leads back to
 * itself, or to a privilege that is not granted, ends where it is.
 */
function carrierOf(privilege: Privilege, byName: ReadonlyMap<string, Privilege>): Privilege {
  const seen = new Set([privilege.name]);
  let carrier = privilege;
  for (;;) {
    const parent = carrier.inheritedVia === 'privilege' ? byName.get(carrier.inheritedFrom ?? '') : undefined;
    if (parent === undefined) return carrier;
    if (seen.has(parent.name)) return privilege;
    const end = endOf(carrier);
    if (end !== null && end !== endOf(parent)) return carrier;
    seen.add(parent.name);
    carrier = parent;
  }
}

/** Milliseconds since 1970; null when it does not end. The vendor's own tool writes 0 for "no end". */
function endOf({ expiresAt }: Privilege): number | null {
  const end = expiresAt === null ? 0 : Date.parse(expiresAt);
  return end === 0 ? null : end;
}

interface Dated {
  readonly group: Group;
  readonly privilege: Privilege;
  readonly children: readonly Privilege[];
}

function judge(
  { group, privilege, children }: Dated,
  options: { readonly daysAhead: number; readonly urgentDays: number },
  at: Date,
): readonly Judgement[] {
  const end = endOf(privilege);
  if (end === null || end - at.getTime() > options.daysAhead * DAY_MS) return [];
  const leftMs = end - at.getTime();
  const inherits = children.map(({ name }) => name).sort();
  return [
    {
      subject: { kind: 'group', id: group.id },
      key: privilege.name,
      severity: severityOf(leftMs, options.urgentDays),
      message: describe(privilege.name, inherits.length, toDay(new Date(end)), leftMs),
      evidence: {
        expiresAt: new Date(end).toISOString(),
        daysLeft: Math.floor(leftMs / DAY_MS),
        inheritedBy: inherits,
        privilege: privilege.name,
      },
    },
  ];
}

function severityOf(leftMs: number, urgentDays: number): Severity {
  if (leftMs <= 0) return 'low';
  return leftMs < urgentDays * DAY_MS ? 'high' : 'medium';
}

function describe(name: string, inheritors: number, day: string, leftMs: number): string {
  const others =
    inheritors === 0
      ? ''
      : `, with ${inheritors} ${inheritors === 1 ? 'other' : 'others'} that ${inheritors === 1 ? 'rests' : 'rest'} on it`;
  if (leftMs <= 0) return `The privilege ${name} ended on ${day} and is still granted${others}`;
  const days = Math.floor(leftMs / DAY_MS);
  const when = days === 0 ? 'in less than a day' : days === 1 ? 'in 1 day' : `in ${days} days`;
  return `The privilege ${name} ends on ${day}, ${when}${others}`;
}
