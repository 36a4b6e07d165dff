import {
  type AuditorHealth,
  addDays,
  type Breach,
  type Day,
  daysBetween,
  defineRule,
  type FailingRule,
  type Judgement,
  type LateSlot,
  type ProgramHealth,
  type Rights,
  type Section,
  type Severity,
  type Subject,
  toDay,
  type Undelivered,
  type UsageDay,
  type WaiverInUse,
  z,
} from '../src/rule.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A receiver that was down for a night is no news; one that has not got a report after a day is. */
const UNDELIVERED_MS = DAY_MS;

/** Rows that fail so often are not an accident. */
const FAILURES = 3;

/** Days before its end at which a waiver is told of, and at which it presses. */
const WAIVER_DAYS = 14;
const WAIVER_PRESSING_DAYS = 3;

/** Finished days of the key's use that are judged. */
const KEY_DAYS = 14;

/** Ids that evidence lists, at most. */
const LISTED = 20;

const Options = z.strictObject({
  /** Minutes after its time at which a run that has not begun is a missed one. */
  lateMinutes: z.number().int().min(15).max(10_080).default(60),
  /** Days after which the auditor's API key should be renewed. */
  maxKeyAgeDays: z.number().int().min(1).max(3650).default(365),
  /** Calls a day with the auditor's key that are not its own and are let pass: those made by hand, and calls around midnight. */
  foreignCalls: z.number().int().min(0).max(1_000_000).default(10),
});
type Options = z.infer<typeof Options>;

const AUDITOR: Subject = { kind: 'auditor', id: 'vt-auditor' };

export default defineRule({
  id: 'auditor-is-healthy',
  title: 'The auditor itself looks, reports and is used by nobody else',
  severity: 'high',
  tags: ['auditor'],
  why: 'An audit that did not run and a report that did not arrive look exactly like a group in which all is well. And the auditor’s key opens every door of the group.',
  fix: {
    text: 'See the message: let the daemon run, mend the channel or the rule, renew the key or the waiver.',
    effort: 'medium',
  },
  controls: {
    'ISO/IEC 27001:2022': ['A.5.36', 'A.8.16'],
    'NIST SP 800-53 r5': ['CA-7', 'SI-6'],
    'SOC 2 TSC 2017': ['CC4.1', 'CC4.2'],
  },
  version: 1,
  needs: ['auditorHealth'],
  // Each concerns one question about the key; the others are answered without it.
  consults: ['rights', 'identityUsage', 'identity'],
  options: Options,

  evaluate({ auditorHealth, rights, identityUsage, identity }, options, { at }) {
    const { program } = auditorHealth;
    const name = identity.present ? identity.value.id : null;
    return {
      judgements: [
        ...(program === null ? [] : judgeProgram(program, options, at)),
        ...judgeQuota(auditorHealth),
        ...judgeRights(rights, name),
        ...judgeKeyAge(auditorHealth, options, at),
        ...judgeForeignUse(auditorHealth, identityUsage, { ...options, identity: name, today: toDay(at) }),
      ],
      limits: [
        ...(program === null
          ? ['Missed runs, deliveries, failing rules and waivers are told with the first group that is audited']
          : []),
        'How the auditor does is what its own database says: an auditor that does not run at all is noticed by the heartbeat only',
      ],
    };
  },
});

function judgeProgram(program: ProgramHealth, { lateMinutes }: Options, at: Date): readonly Judgement[] {
  const { waivers } = program;
  return [
    ...missedRuns(program.lateSlots, lateMinutes, at),
    ...undelivered(program.undelivered, at),
    ...program.failingRules.filter(({ runs }) => runs >= FAILURES).map(failingRule),
    ...waivers.inForce.flatMap((waiver) => judgeWaiver(waiver, at)),
    ...waivers.bad.map(({ place, problem }) => badWaiver(place, problem, waivers.readable)),
  ];
}

function breach(key: string, severity: Severity, message: string, evidence: Breach['evidence']): Breach {
  return { subject: AUDITOR, key, severity, message, evidence };
}

/** One finding an audit, however many of its times were missed. */
function missedRuns(slots: readonly LateSlot[], lateMinutes: number, at: Date): readonly Breach[] {
  const missed = slots.filter(
    ({ dueAt, startedAt }) => Date.parse(startedAt ?? at.toISOString()) - Date.parse(dueAt) > lateMinutes * 60_000,
  );
  return [...Map.groupBy(missed, ({ audit }) => audit)].sort(byKey).map(([audit, ofAudit]) => {
    const first = ofAudit[0]?.dueAt ?? '';
    const none = ofAudit.filter(({ startedAt }) => startedAt === null).length;
    const times = ofAudit.length === 1 ? 'a time' : `${ofAudit.length} times`;
    return breach(
      `missed-run:${audit}`,
      'high',
      `${audit} missed ${times} in the last seven days: no run began within ${lateMinutes} minutes${none === 0 ? '; later runs stand for them' : ''}`,
      {
        audit,
        firstDueAt: first,
        missed: ofAudit.length,
        neverRun: none,
        slots: ofAudit.map(({ slot }) => slot).slice(0, LISTED),
      },
    );
  });
}

/** One finding a channel. What is still being tried counts after a day. */
function undelivered(messages: readonly Undelivered[], at: Date): readonly Breach[] {
  const late = messages.filter(
    ({ state, since }) => state === 'failed' || at.getTime() - Date.parse(since) > UNDELIVERED_MS,
  );
  return [...Map.groupBy(late, ({ channel }) => channel)].sort(byKey).map(([channel, ofChannel]) => {
    const failed = ofChannel.filter(({ state }) => state === 'failed').length;
    const waiting = ofChannel.length - failed;
    const counts = [
      ...(failed === 0 ? [] : [`${failed} could not be delivered`]),
      ...(waiting === 0 ? [] : [`${waiting} ${waiting === 1 ? 'is' : 'are'} still being tried after a day`]),
    ];
    const oldest = ofChannel.toSorted((a, b) => (a.since < b.since ? -1 : 1))[0];
    return breach(`undelivered:${channel}`, 'high', `Messages for ${channel}: ${counts.join(', ')}`, {
      channel,
      failed,
      waiting,
      since: oldest?.since ?? null,
      lastError: ofChannel.find(({ lastError }) => lastError !== null)?.lastError ?? null,
    });
  });
}

function failingRule({ rule, runs, since, reason }: FailingRule): Breach {
  return breach(
    `failing-rule:${rule}`,
    'medium',
    `The rule ${rule} failed in ${runs} runs in a row and judges nothing: ${reason}`,
    { rule, runs, since, reason },
  );
}

function judgeWaiver(waiver: WaiverInUse, at: Date): readonly Breach[] {
  const { rule, group, subject, key, approvedBy, expires, endsAt, used } = waiver;
  const about = `${rule} for ${subject}${key === null ? '' : ` (${key})`}${group === null ? '' : ` in ${group}`}`;
  const evidence = { approvedBy, expires, group, key, rule, subject };
  if (used === false) {
    const text = `The waiver of ${about} covers nothing that is open, and would cover what opens again`;
    return [breach(`waiver-unused:${about}`, 'low', text, evidence)];
  }
  const days = (Date.parse(endsAt) - at.getTime()) / DAY_MS;
  if (days > WAIVER_DAYS) return [];
  const severity = days > WAIVER_PRESSING_DAYS ? 'low' : 'medium';
  const text = `The waiver of ${about}, approved by ${approvedBy}, ends after ${expires}`;
  return [breach(`waiver-ending:${about}`, severity, text, evidence)];
}

function badWaiver(place: string, problem: string, isReadable: boolean): Breach {
  return isReadable
    ? breach(`waiver-bad:${place}`, 'low', `A waiver does not count (${place}): ${problem}`, { place, problem })
    : breach('waivers-unreadable', 'medium', `The waivers could not be read, so that none ends: ${problem}`, {
        place,
        problem,
      });
}

function judgeQuota({ quotaRefused }: AuditorHealth): readonly Breach[] {
  if (!quotaRefused) return [];
  const text = 'The API refused the auditor for its quota: the group’s API requests are probably used up';
  return [breach('quota-refused', 'high', text, { quotaRefused: true })];
}

function judgeRights(rights: Section<Rights>, identity: string | null): readonly Judgement[] {
  if (!rights.present) {
    const text = `Whether the key is an administrator’s could not be read: ${rights.missing.text}`;
    return [{ subject: AUDITOR, key: 'rights', unknown: { kind: rights.missing.kind, text } }];
  }
  const { proven, identityIsAdministrator, proofs } = rights.value;
  if (!proven) {
    const text =
      'Nothing proves that the auditor’s key is an administrator’s: what only administrators see was not audited';
    return [breach('rights', 'high', text, { identityIsAdministrator, proofs, proven })];
  }
  if (identityIsAdministrator !== false) return [];
  const text = `The key has administrator rights, but ${identity ?? 'the configured identity'} is no administrator: it is somebody else’s key`;
  return [breach('identity', 'medium', text, { identity, identityIsAdministrator, proofs })];
}

function judgeKeyAge({ keyFirstSeenAt }: AuditorHealth, { maxKeyAgeDays }: Options, at: Date): readonly Breach[] {
  const age = daysBetween(toDay(keyFirstSeenAt), toDay(at));
  if (age <= maxKeyAgeDays) return [];
  const text = `The auditor’s API key has been in use for at least ${age} days; at most ${maxKeyAgeDays} are expected`;
  return [breach('key-age', 'medium', text, { ageDays: age, firstSeenAt: keyFirstSeenAt, maxKeyAgeDays })];
}

interface KeyUse {
  readonly foreignCalls: number;
  readonly identity: string | null;
  readonly today: Day;
}

/** Every finished day on which this program counted its own requests from the beginning is compared with what the API counted. */
function judgeForeignUse(
  { ownRequests }: AuditorHealth,
  usage: Section<readonly UsageDay[]>,
  { foreignCalls, identity, today }: KeyUse,
): readonly Judgement[] {
  const unknown = (
    kind: 'not_enough_history' | 'not_configured' | 'not_on_record' | 'not_collected' | 'not_visible',
    text: string,
  ) => [
    {
      subject: AUDITOR,
      key: 'foreign-use',
      unknown: { kind, text: `Whether somebody else uses the auditor’s key is not known: ${text}` },
    },
  ];
  if (!usage.present) {
    const { kind, text } = usage.missing;
    return kind === 'rule_failed' || kind === 'timed_out' ? unknown('not_collected', text) : unknown(kind, text);
  }
  const first = ownRequests.since === null ? today : addDays(ownRequests.since, 1);
  const oldest = addDays(today, -KEY_DAYS);
  const days = usage.value.filter(({ day }) => day >= first && day >= oldest && day < today);
  if (days.length === 0)
    return unknown('not_enough_history', 'no day has passed in which the auditor counted its own requests');
  const foreign = days.flatMap((use) => {
    const own = Object.hasOwn(ownRequests.byDay, use.day) ? (ownRequests.byDay[use.day] ?? 0) : 0;
    const counted = sum(use.calls) + sum(use.freeCalls);
    return counted > own + foreignCalls ? [{ day: use.day, counted, own }] : [];
  });
  const last = foreign.at(-1);
  if (last === undefined) return [];
  const text = `The key of ${identity ?? 'the auditor'} is used by others than the auditor: on ${last.day} (UTC) the API counted ${last.counted} calls with it, and the auditor made ${last.own}`;
  return [breach('foreign-use', 'high', text, { days: foreign, identity })];
}

function sum(calls: Readonly<Record<string, number>>): number {
  return Object.values(calls).reduce((total, count) => total + count, 0);
}

function byKey(one: readonly [string, unknown], other: readonly [string, unknown]): number {
  return one[0] < other[0] ? -1 : 1;
}
