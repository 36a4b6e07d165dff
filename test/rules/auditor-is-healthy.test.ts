import rule from '../../rules/auditor-is-healthy.ts';
import type { ProgramHealth, WaiverInUse } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildHealth, buildSections, usageDay, usageDays } from '../support/snapshot-builder.ts';

const auditor = { kind: 'auditor', id: 'vt-auditor' } as const;
const well: ProgramHealth = {
  lateSlots: [],
  undelivered: [],
  failingRules: [],
  waivers: { inForce: [], bad: [], readable: true },
};
const program = (over: Partial<ProgramHealth>) =>
  buildSections({ auditorHealth: buildHealth({ program: { ...well, ...over } }) });
const waiver = (over: Partial<WaiverInUse> = {}): WaiverInUse => ({
  rule: 'members-use-2fa',
  group: null,
  subject: 'zoe',
  key: null,
  approvedBy: 'ana',
  expires: '2026-12-31',
  endsAt: '2027-01-01T00:00:00.000Z',
  used: true,
  ...over,
});
const waivers = (...inForce: readonly WaiverInUse[]) => program({ waivers: { inForce, bad: [], readable: true } });
const slot = (minutes: number | null, over: { readonly audit?: string; readonly day?: string } = {}) => {
  const dueAt = `${over.day ?? '2026-11-23'}T05:00:00.000Z`;
  return {
    audit: over.audit ?? 'weekly',
    slot: `${dueAt.slice(0, 16)}[UTC]`,
    dueAt,
    startedAt: minutes === null ? null : new Date(Date.parse(dueAt) + minutes * 60_000).toISOString(),
  };
};
const keyUse = (calls: number, free = 0) =>
  usageDays('2026-11-23', 30).map(({ day }) =>
    usageDay(day, day === '2026-11-20' ? { users: calls } : {}, day === '2026-11-20' ? { groups: free } : {}),
  );
const key = (name: string) => ({ subject: auditor, key: name });

testRule(rule, {
  passing: [
    { name: 'all is well', sections: buildSections(), at: AT, limits: [/its own database/] },
    {
      name: 'a run began at the last minute, and one is not late yet',
      sections: program({ lateSlots: [slot(60), { ...slot(null), dueAt: '2026-11-23T06:00:00.000Z' }] }),
      at: AT,
    },
    {
      name: 'a message has been tried for exactly a day',
      sections: program({
        undelivered: [{ channel: 'siem', state: 'pending', since: '2026-11-22T07:00:00.000Z', lastError: 'no' }],
      }),
      at: AT,
    },
    {
      name: 'a rule failed twice',
      sections: program({
        failingRules: [{ rule: 'ours', runs: 2, since: '2026-11-20T07:00:00.000Z', reason: 'it threw' }],
      }),
      at: AT,
    },
    {
      name: 'a waiver ends in more than 14 days, one is not known to be used',
      sections: waivers(waiver({ endsAt: '2026-12-07T07:00:01.000Z' }), waiver({ used: null, subject: 'yan' })),
      at: AT,
    },
    {
      name: 'the program is told with another group',
      sections: buildSections({ auditorHealth: buildHealth({ program: null }) }),
      at: AT,
      limits: [/first group/, /its own database/],
    },
    {
      name: 'the key is a year old',
      sections: buildSections({ auditorHealth: buildHealth({ keyFirstSeenAt: '2025-11-23T23:00:00.000Z' }) }),
      at: AT,
    },
    {
      name: 'the API counted what the auditor made, and ten more by hand',
      sections: buildSections({ identityUsage: keyUse(18, 4) }),
      at: AT,
    },
    {
      name: 'whether the identity is an administrator could not be read',
      sections: buildSections({ rights: { proven: true, proofs: ['group usage'], identityIsAdministrator: null } }),
      at: AT,
    },
    {
      name: 'foreign calls on the day on which counting began, and today',
      sections: buildSections({
        auditorHealth: buildHealth({ ownRequests: { since: '2026-11-20', byDay: { '2026-11-21': 9 } } }),
        identityUsage: keyUse(5000).map((use) => (use.day === '2026-11-23' ? usageDay(use.day, { users: 5000 }) : use)),
      }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'a run was a minute too late, others never began; each audit once',
      sections: program({
        lateSlots: [slot(61, { day: '2026-11-20' }), slot(90), slot(null, { audit: 'daily' })],
      }),
      at: AT,
      breaches: [
        {
          ...key('missed-run:weekly'),
          severity: 'high',
          message: /^weekly missed 2 times .*; later runs stand for them$/,
          evidence: {
            audit: 'weekly',
            firstDueAt: '2026-11-20T05:00:00.000Z',
            missed: 2,
            neverRun: 0,
            slots: ['2026-11-20T05:00[UTC]', '2026-11-23T05:00[UTC]'],
          },
        },
        { ...key('missed-run:daily'), message: /^daily missed a time .*within 60 minutes$/ },
      ],
    },
    {
      name: 'a message failed, others are being tried for more than a day',
      sections: program({
        undelivered: [
          { channel: 'mail', state: 'failed', since: '2026-11-22T07:00:00.000Z', lastError: '550 no such user' },
          { channel: 'mail', state: 'pending', since: '2026-11-22T06:59:59.000Z', lastError: null },
          { channel: 'siem', state: 'pending', since: '2026-11-21T07:00:00.000Z', lastError: 'refused' },
        ],
      }),
      at: AT,
      breaches: [
        {
          ...key('undelivered:mail'),
          severity: 'high',
          evidence: {
            channel: 'mail',
            failed: 1,
            waiting: 1,
            since: '2026-11-22T06:59:59.000Z',
            lastError: '550 no such user',
          },
        },
        { ...key('undelivered:siem'), severity: 'high', message: /1 is still being tried after a day/ },
      ],
    },
    {
      name: 'a rule failed three times in a row',
      sections: program({
        failingRules: [{ rule: 'ours', runs: 3, since: '2026-11-20T07:00:00.000Z', reason: 'it threw' }],
      }),
      at: AT,
      breaches: [{ ...key('failing-rule:ours'), severity: 'medium', message: /3 runs in a row/ }],
    },
    {
      name: 'waivers end in 14 and in three days, cover nothing, or do not count',
      sections: program({
        waivers: {
          readable: true,
          bad: [{ place: 'waivers.yaml:7:3', problem: 'no reason' }],
          inForce: [
            waiver({ endsAt: '2026-12-07T07:00:00.000Z' }),
            waiver({ endsAt: '2026-11-26T07:00:00.000Z', subject: 'yan', key: 'x', group: 'harbor_soc' }),
            waiver({ used: false, subject: 'gone' }),
          ],
        },
      }),
      at: AT,
      breaches: [
        { ...key('waiver-ending:members-use-2fa for zoe'), severity: 'low' },
        { ...key('waiver-ending:members-use-2fa for yan (x) in harbor_soc'), severity: 'medium' },
        { ...key('waiver-unused:members-use-2fa for gone'), severity: 'low' },
        { ...key('waiver-bad:waivers.yaml:7:3'), severity: 'low' },
      ],
    },
    {
      name: 'the waivers could not be read',
      sections: program({
        waivers: { readable: false, bad: [{ place: '/w.yaml', problem: 'it is gone' }], inForce: [] },
      }),
      at: AT,
      breaches: [{ ...key('waivers-unreadable'), severity: 'medium' }],
    },
    {
      name: 'the API refused the auditor for its quota, and its rights could not be read for that',
      sections: buildSections({ auditorHealth: buildHealth({ quotaRefused: true }) }),
      missing: {
        rights: { kind: 'not_collected', text: 'the quota is used up' },
        identityUsage: { kind: 'not_collected', text: 'the quota is used up' },
      },
      at: AT,
      breaches: [{ ...key('quota-refused'), severity: 'high' }],
      unknown: [
        { ...key('rights'), reason: 'not_collected' },
        { ...key('foreign-use'), reason: 'not_collected' },
      ],
    },
    {
      name: 'nothing proves the rights of the key',
      sections: buildSections({ rights: { proven: false, proofs: [], identityIsAdministrator: true } }),
      at: AT,
      breaches: [{ ...key('rights'), severity: 'high' }],
    },
    {
      name: 'it is an administrator’s key, and not the identity’s',
      sections: buildSections({ rights: { proven: true, proofs: ['group usage'], identityIsAdministrator: false } }),
      at: AT,
      breaches: [{ ...key('identity'), severity: 'medium' }],
    },
    {
      name: 'the key is a year and a day old',
      sections: buildSections({ auditorHealth: buildHealth({ keyFirstSeenAt: '2025-11-22T00:00:00.000Z' }) }),
      at: AT,
      breaches: [
        {
          ...key('key-age'),
          severity: 'medium',
          evidence: { ageDays: 366, firstSeenAt: '2025-11-22T00:00:00.000Z', maxKeyAgeDays: 365 },
        },
      ],
    },
    {
      name: 'somebody else uses the key: eleven calls more than the auditor made',
      sections: buildSections({ identityUsage: keyUse(23) }),
      at: AT,
      breaches: [
        {
          ...key('foreign-use'),
          severity: 'high',
          message: /on 2026-11-20 \(UTC\) the API counted 23 calls with it, and the auditor made 12/,
          evidence: { days: [{ day: '2026-11-20', counted: 23, own: 12 }], identity: 'harbor_soc_siem' },
        },
      ],
    },
    {
      name: 'calls that cost nothing are use as well, and a day without own requests',
      sections: buildSections({
        auditorHealth: buildHealth({ ownRequests: { since: '2026-02-02', byDay: {} } }),
        identityUsage: keyUse(0, 11),
      }),
      at: AT,
      breaches: [key('foreign-use')],
    },
  ],
  notEvaluated: [
    {
      name: 'it has not counted for a whole day',
      sections: buildSections({ auditorHealth: buildHealth({ ownRequests: { since: '2026-11-22', byDay: {} } }) }),
      at: AT,
      reason: 'not_enough_history',
      unknown: [{ ...key('foreign-use'), reason: 'not_enough_history' }],
    },
    {
      name: 'no identity is configured',
      sections: buildSections(),
      missing: { identityUsage: { kind: 'not_configured', text: 'the configuration does not say whose key it is' } },
      at: AT,
      reason: 'not_configured',
      unknown: [{ ...key('foreign-use'), reason: 'not_configured' }],
    },
    {
      name: 'the rights could not be tried',
      sections: buildSections(),
      missing: { rights: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
