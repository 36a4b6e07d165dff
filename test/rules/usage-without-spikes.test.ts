import assert from 'node:assert/strict';
import { test } from 'node:test';
import rule from '../../rules/usage-without-spikes.ts';
import { type Breach, isBreach, type Judgement } from '../../src/model/judgement.ts';
import type { AccountDay, SectionName, Sections, UsageDay } from '../../src/model/snapshot.ts';
import { missing } from '../../src/model/snapshot.ts';
import { addDays, type Day, eachDay, weekdayOf } from '../../src/rule.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
  accountDays,
  administrator,
  buildGroup,
  buildSections,
  consumption,
  GROUP_ID,
  serviceAccount,
  usageDay,
  usageDays,
} from '../support/snapshot-builder.ts';

const subject = { kind: 'group', id: GROUP_ID } as const;
const YESTERDAY = '2026-11-22';
const SPIKE = '2026-11-18';
/** Midweek, far from the turn of a month; a thousand calls are usual. */
const MONTH_ENDS = new Set(['2026-09-30', '2026-10-30', '2026-10-31']);
const spiked = { file_lookup: 800, file_download: 9200 };

const using = (groupUsage: readonly UsageDay[], overrides: Partial<Sections> = {}): Sections =>
  buildSections({ groupUsage, ...overrides });

/** Sixty finished days whose calls follow from the day's place (0 to 59) and date. */
function shaped(calls: (index: number, day: Day) => number): readonly UsageDay[] {
  return eachDay(addDays(YESTERDAY, -59), YESTERDAY).map((day, index) => {
    const count = Math.round(calls(index, day) * (1 + ((index * 37) % 11) / 100));
    return usageDay(day, count > 0 ? { file_lookup: count } : {});
  });
}

const isWeekend = (day: Day): boolean => weekdayOf(day) === 0 || weekdayOf(day) === 6;
const onWeekdays = (day: Day): number => (isWeekend(day) ? 100 : 1000);
const indexOf = (day: Day): number => 59 - eachDay(day, YESTERDAY).length + 1;
const withSpikes = (...days: readonly Day[]) =>
  using(usageDays(YESTERDAY, 60, Object.fromEntries(days.map((day) => [day, spiked]))));
const breachOf = (day: Day) => ({ subject, key: day, severity: 'high' }) as const;

testRule(rule, {
  passing: [
    { name: 'ordinary weeks', sections: buildSections(), at: AT, checked: 3, limits: [/not v2/] },
    {
      name: 'today, which is not over, however high it is',
      sections: using(usageDays('2026-11-23', 61, { '2026-11-23': spiked })),
      at: AT,
    },
    {
      name: 'calls that cost no quota',
      sections: using([
        ...usageDays(YESTERDAY, 60).filter(({ day }) => day !== SPIKE),
        usageDay(SPIKE, { file_lookup: 900 }, { quota: 90_000 }),
      ]),
      at: AT,
    },
    {
      name: 'a spike of more than thirty days ago',
      sections: using(usageDays(YESTERDAY, 60, { '2026-10-20': spiked })),
      at: AT,
    },
    { name: 'a slow ramp', sections: using(shaped((index, day) => onWeekdays(day) * 1.025 ** index)), at: AT },
    {
      name: 'a new baseline after a deployment, for six days or more',
      sections: using(shaped((index, day) => onWeekdays(day) * (index < 54 ? 1 : 3))),
      at: AT,
    },
    {
      name: 'the turn of each month',
      sections: using(shaped((_, day) => onWeekdays(day) * (/-(01|02|30|31)$/.test(day) ? 4 : 1))),
      at: AT,
    },
    {
      name: 'a month that turns as high as the last one did',
      sections: using(shaped((_, day) => onWeekdays(day) * (MONTH_ENDS.has(day) ? 5 : 1))),
      at: AT,
    },
    {
      name: 'a job that runs once a week',
      sections: using(shaped((_, day) => onWeekdays(day) * (weekdayOf(day) === 3 ? 5 : 1))),
      at: AT,
    },
    {
      name: 'the return after a week of outage',
      sections: using(shaped((index, day) => (index > 35 && index < 43 ? 0 : onWeekdays(day)))),
      at: AT,
    },
    {
      name: 'sparse use of many sizes',
      sections: using(shaped((index) => (index % 5 === 2 ? ([90, 250, 140, 400, 60, 300][index % 6] ?? 0) : 0))),
      at: AT,
    },
    {
      name: 'one account that is noisy by habit',
      sections: using(shaped((index, day) => onWeekdays(day) + (index % 8 === 3 ? 4000 : 0))),
      at: AT,
    },
    {
      name: 'twice a day, where the use rose in two other weeks: it must rise further than that',
      sections: using(
        shaped((_, day) => onWeekdays(day) * (['2026-10-06', '2026-10-21', SPIKE].includes(day) ? 2 : 1)),
      ),
      at: AT,
    },
    {
      name: 'a multiple of next to nothing',
      sections: using(shaped((index) => (index === 50 ? 21 : 2))),
      at: AT,
    },
    {
      name: 'a height that options allow',
      sections: withSpikes(SPIKE),
      options: { times: 15 },
      at: AT,
    },
    {
      name: 'a working day that the configuration does not know to be a holiday',
      sections: using(shaped((_, day) => (day === SPIKE ? 100 : onWeekdays(day)))),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'a day of ten times the usual calls, with what was behind it',
      sections: using(usageDays(YESTERDAY, 60, { [SPIKE]: spiked }), {
        group: buildGroup(),
        peakDays: [
          consumption('api_requests_daily', { harbor_soc_siem: 9300, amy: 500, chen: 200 }, SPIKE),
          consumption('api_requests_daily', { harbor_soc_siem: 11_500, amy: 9300 }),
        ],
      }),
      at: AT,
      breaches: [
        {
          subject,
          key: SPIKE,
          severity: 'high',
          evidence: {
            day: SPIKE,
            calls: 10_000,
            expected: 1007,
            times: 9.9,
            endpoints: [
              { endpoint: 'file_download', calls: 9200, expected: 0 },
              { endpoint: 'file_lookup', calls: 800, expected: 805 },
            ],
            accounts: [
              { id: 'harbor_soc_siem', calls: 9300, usual: 100 },
              { id: 'chen', calls: 200, usual: null },
              { id: 'amy', calls: 500, usual: 400 },
            ],
            cause: 'harbor_soc_siem',
            causeKind: 'service account',
          },
          message: /10000 calls on 2026-11-18 .*file_download; mostly by service account harbor_soc_siem/,
        },
      ],
    },
    {
      name: 'one account whose use the total of the group hides',
      sections: buildSections({
        accountDays: accountDays(YESTERDAY, 1, { [YESTERDAY]: { [`${GROUP_ID}_siem`]: 700 } }),
      }),
      at: AT,
      breaches: [{ subject: { kind: 'service_account', id: `${GROUP_ID}_siem` }, key: YESTERDAY, severity: 'high' }],
    },
    {
      name: 'medium for lookups of nobody in particular',
      sections: using(usageDays(YESTERDAY, 60, { [SPIKE]: { file_lookup: 9000 } })),
      at: AT,
      breaches: [{ subject, key: SPIKE, severity: 'medium' }],
    },
    {
      name: 'high when an administrator is the cause',
      sections: using(usageDays(YESTERDAY, 60, { [SPIKE]: { file_lookup: 9000 } }), {
        administrators: [administrator('amy')],
        serviceAccounts: [serviceAccount('siem')],
        peakDays: [consumption('api_requests_daily', { amy: 8500 }, SPIKE)],
      }),
      at: AT,
      breaches: [{ subject, key: SPIKE, severity: 'high' }],
    },
    {
      name: 'the accounts could not be read',
      sections: withSpikes(SPIKE),
      missing: { peakDays: { kind: 'not_collected', text: 'x' }, administrators: { kind: 'not_collected', text: 'x' } },
      at: AT,
      breaches: [breachOf(SPIKE)],
    },
    {
      name: 'every day of a burst, and its last day is yesterday',
      sections: withSpikes('2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'),
      at: AT,
      breaches: ['2026-11-19', '2026-11-20', '2026-11-21', '2026-11-22'].map(breachOf),
    },
    {
      name: 'a new level of five days may still be a burst: its working days, not its weekend',
      sections: using(shaped((index, day) => onWeekdays(day) * (index < 55 ? 1 : 5))),
      at: AT,
      breaches: ['2026-11-18', '2026-11-19', '2026-11-20'].map((key) => ({ subject, key })),
    },
    {
      name: 'a spike whose history holds three older incidents of several days',
      sections: withSpikes('2026-10-01', '2026-10-02', '2026-10-08', '2026-10-14', '2026-10-15', SPIKE),
      at: AT,
      breaches: [breachOf(SPIKE)],
    },
    {
      name: 'a month that turns far higher than the last one did: the same place by chance',
      sections: using(shaped((_, day) => onWeekdays(day) * (day === '2026-10-30' ? 9 : day === '2026-09-30' ? 3 : 1))),
      at: AT,
      breaches: [{ subject, key: '2026-10-30' }],
    },
    {
      name: 'twice a day, in weeks in which nothing else happened',
      sections: using(shaped((_, day) => onWeekdays(day) * (day === SPIKE ? 2 : 1))),
      at: AT,
      breaches: [{ subject, key: SPIKE }],
    },
    {
      name: 'a weekend with a working day and more',
      sections: using(usageDays(YESTERDAY, 60, { '2026-11-21': { file_lookup: 1300 } })),
      at: AT,
      breaches: [{ subject, key: '2026-11-21' }],
    },
    {
      name: 'a holiday on which the whole office seems to work',
      sections: using(usageDays(YESTERDAY, 60)),
      options: { holidays: [SPIKE] },
      at: AT,
      breaches: [{ subject, key: SPIKE }],
    },
    {
      name: 'stored days count as history, and what the vendor shows wins over them',
      sections: using(usageDays(YESTERDAY, 10, { [SPIKE]: spiked }), {
        storedUsage: usageDays(SPIKE, 40, { [SPIKE]: { file_lookup: 1000 } }),
      }),
      at: AT,
      breaches: [breachOf(SPIKE)],
    },
  ],
  notEvaluated: [
    {
      name: 'twenty-seven days since the first use',
      sections: using(usageDays(YESTERDAY, 27)),
      at: AT,
      reason: 'not_enough_history',
    },
    {
      name: 'who used the API on single days was not read',
      sections: buildSections(),
      missing: { accountDays: { kind: 'not_collected', text: 'x' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'use by account is known of ten days only',
      sections: buildSections({ accountDays: accountDays(YESTERDAY, 10), storedAccountDays: [] }),
      at: AT,
      reason: 'not_enough_history',
    },
    { name: 'never used', sections: using(shaped(() => 0)), at: AT, reason: 'not_enough_history' },
    {
      name: 'nothing stands out, but who was behind it could not have been said',
      sections: buildSections(),
      missing: { peakDays: { kind: 'not_collected', text: 'x' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});

test('judges from the twenty-eighth finished day on', () => {
  const sections = using(usageDays(YESTERDAY, 28, { [SPIKE]: spiked }));
  assert.deepEqual(keysOf(sections), [SPIKE]);
});

test('finds a spike the morning after, and still a month later', () => {
  const calls = usageDays(YESTERDAY, 60, { [SPIKE]: spiked });
  const upToSpike = calls.filter(({ day }) => day <= SPIKE);
  assert.deepEqual(keysOf(using(upToSpike), new Date('2026-11-19T00:05:00.000Z')), [SPIKE]);
  assert.deepEqual(
    keysOf(using(usageDays('2026-12-17', 60, { [SPIKE]: spiked })), new Date('2026-12-18T00:05:00.000Z')),
    [SPIKE],
  );
  assert.deepEqual(
    keysOf(using(usageDays('2026-12-18', 60, { [SPIKE]: spiked })), new Date('2026-12-19T00:05:00.000Z')),
    [],
  );
});

test('needs both a multiple and an amount, each to the call', () => {
  const base = (count: number): Sections =>
    using(
      shaped((index) => (index === indexOf(SPIKE) ? 0 : 4)).map((entry) =>
        entry.day === SPIKE ? usageDay(SPIKE, { file_lookup: count }) : entry,
      ),
    );
  assert.deepEqual(keysOf(base(23)), []);
  assert.deepEqual(keysOf(base(24)), [SPIKE]);
});

test('refuses options that make no sense', () => {
  for (const options of [
    { times: 1 },
    { minimumCalls: 0 },
    { holidays: ['2026-02-30'] },
    { holiday: [] },
    { accountTimes: 1 },
    { accountMinimumCalls: 0 },
  ]) {
    assert.equal(rule.options.safeParse(options).success, false, JSON.stringify(options));
  }
});

function judgementsOf(sections: Sections, { at = AT, options = {}, without = [] }: Judging = {}): readonly Judgement[] {
  const outcome = rule.evaluate(
    {
      ...sections,
      peakDays: sectionOf('peakDays', sections.peakDays, without),
      accountDays: sectionOf('accountDays', sections.accountDays, without),
      peakAccounts: sectionOf('peakAccounts', sections.peakAccounts, without),
      storedAccountDays: sectionOf('storedAccountDays', sections.storedAccountDays, without),
      previousServiceAccounts: sectionOf('previousServiceAccounts', sections.previousServiceAccounts, without),
      serviceAccounts: sectionOf('serviceAccounts', sections.serviceAccounts, without),
      administrators: sectionOf('administrators', sections.administrators, without),
    },
    rule.options.parse(options),
    { at },
  );
  if (!('judgements' in outcome)) assert.fail('not evaluated');
  return outcome.judgements;
}

interface Judging {
  readonly at?: Date;
  readonly options?: object;
  readonly without?: readonly SectionName[];
}

function sectionOf<T>(name: SectionName, value: T, without: readonly SectionName[]) {
  return without.includes(name) ? missing('not_collected', 'x') : ({ present: true, value } as const);
}

function breachesOf(sections: Sections, judging: Judging = {}): readonly Breach[] {
  return judgementsOf(sections, judging).filter(isBreach);
}

function keysOf(sections: Sections, at = AT): readonly (string | undefined)[] {
  return breachesOf(sections, { at }).map(({ key }) => key);
}

/** What of the group is unchanged while accounts use the API on these days as said, beside `siem` and `amy`. */
function accounts(used: Readonly<Record<Day, AccountDay['used']>>, over: Partial<Sections> = {}): Sections {
  return buildSections({ accountDays: [], storedAccountDays: accountDays(YESTERDAY, 60, used), ...over });
}

/** Every account's calls on every of the sixty days. */
function everyDay(used: (day: Day, index: number) => AccountDay['used'], over: Partial<AccountDay> = {}) {
  return buildSections({
    accountDays: [],
    storedAccountDays: accountDays(YESTERDAY, 60).map((one, index) => ({
      ...one,
      ...over,
      used: used(one.day, index),
    })),
  });
}

const siem = `${GROUP_ID}_siem`;
const ofAccount = (breaches: readonly Breach[]) =>
  breaches.map(({ subject: { kind, id }, key }) => `${kind} ${id} ${key}`);

test('finds an account that does six times its usual while the total of the group hides it', () => {
  const [breach, ...others] = breachesOf(accounts({ [SPIKE]: { [siem]: 640, amy: 21 } }));
  assert.deepEqual(others, []);
  assert.deepEqual(breach, {
    subject: { kind: 'service_account', id: siem },
    key: SPIKE,
    severity: 'high',
    message: `640 calls by this account on ${SPIKE} (UTC), 6.1 times the 105 expected of it`,
    evidence: { day: SPIKE, calls: 640, expected: 105, times: 6.1, accountKind: 'service account' },
  });
});

test('says which endpoints an account called that was asked', () => {
  const days = usageDays(YESTERDAY, 30).map(({ day }) =>
    usageDay(day, day === SPIKE ? { files: 40, file_download: 600 } : { files: 18, urls: 2 }),
  );
  const sections = accounts(
    { [SPIKE]: { [siem]: 105, amy: 640 } },
    { peakAccounts: [{ id: 'amy', days }], administrators: [] },
  );
  const [breach] = breachesOf(sections);
  assert.deepEqual(
    [breach?.subject, breach?.severity],
    [{ kind: 'member', id: 'amy' }, 'high'],
    'downloads weigh more',
  );
  assert.match(breach?.message ?? '', /most by file_download$/u);
  assert.deepEqual(breach?.evidence['endpoints'], [
    { endpoint: 'file_download', calls: 600, expected: 0 },
    { endpoint: 'files', calls: 40, expected: 19 },
  ]);
});

test('an administrator weighs more than another member', () => {
  const used = { [SPIKE]: { [siem]: 105, amy: 640 } };
  const severityWith = (administrators: Sections['administrators']) =>
    breachesOf(accounts(used, { administrators })).map(({ severity, evidence }) => [severity, evidence['accountKind']]);
  assert.deepEqual(severityWith([administrator('amy')]), [['high', 'administrator']]);
  assert.deepEqual(severityWith([administrator('bela')]), [['medium', 'member']]);
});

test('needs both a multiple and an amount of an account, each to the call', () => {
  const found = (usual: number, calls: number, options = {}) =>
    breachesOf(
      everyDay((day) => ({ siem: day === SPIKE ? calls : usual })),
      { options },
    ).length;
  assert.deepEqual(
    [399, 401].map((calls) => found(100, calls)),
    [0, 1],
  );
  assert.deepEqual(
    [109, 111].map((calls) => found(10, calls)),
    [0, 1],
  );
  assert.deepEqual(
    [799, 801].map((calls) => found(100, calls, { accountTimes: 8 })),
    [0, 1],
  );
  assert.deepEqual(
    [599, 601].map((calls) => found(100, calls, { accountMinimumCalls: 500 })),
    [0, 1],
  );
});

test('what is little beside the ordinary day of the group is no spike', () => {
  const groupUsage = usageDays(YESTERDAY, 60).map(({ day }) => usageDay(day, { files: 60_000 }));
  const found = (calls: number) =>
    breachesOf({ ...everyDay((day) => ({ siem: day === SPIKE ? calls : 100 })), groupUsage }).length;
  assert.deepEqual([699, 701].map(found), [0, 1]);
});

test('a day of the group is not told again of the account that was its cause', () => {
  const groupUsage = usageDays(YESTERDAY, 60, { [SPIKE]: spiked });
  const used = { [SPIKE]: { [siem]: 9300, amy: 700 } };
  const sections = accounts(used, { groupUsage, administrators: [] });
  assert.deepEqual(ofAccount(breachesOf(sections)), [`group ${GROUP_ID} ${SPIKE}`]);
  assert.equal(breachesOf(sections)[0]?.evidence['cause'], siem, 'known from what was stored');
  const peakDays = [consumption('api_requests_daily', { amy: 5200, [siem]: 4800 }, SPIKE)];
  assert.deepEqual(
    ofAccount(
      breachesOf(accounts({ [SPIKE]: { amy: 5200, [siem]: 4800 } }, { groupUsage, peakDays, administrators: [] })),
    ),
    [`group ${GROUP_ID} ${SPIKE}`, `service_account ${siem} ${SPIKE}`],
    'another account stands out beside the cause',
  );
});

test('what the whole group does is no news of each account', () => {
  const busy = SPIKE;
  const sections = everyDay((day, index) =>
    Object.fromEntries(
      Array.from({ length: 8 }, (_, id) => [`user-${id}`, (day === busy ? 5 : 1) * (120 + ((index + id) % 9))]),
    ),
  );
  const groupUsage = usageDays(YESTERDAY, 60, { [busy]: { file_lookup: 5000 } });
  assert.deepEqual(ofAccount(breachesOf({ ...sections, groupUsage })), [`group ${GROUP_ID} ${busy}`]);
  assert.equal(breachesOf(sections).length, 8, 'each does five times its usual, and the others do not');
});

test('an account that is noisy by habit, or used in bursts, does not cry wolf', () => {
  const habit = everyDay((_, index) => ({ siem: index % 13 === 8 ? 700 : 100 }));
  assert.deepEqual(breachesOf(habit), []);
  const bursts = (last: number) =>
    everyDay((day, index) => ({ siem: 100, script: day === SPIKE ? last : index % 9 === 2 ? 150 + index : 0 }));
  assert.deepEqual(breachesOf(bursts(1170)), []);
  assert.deepEqual(ofAccount(breachesOf(bursts(1190))), [`member script ${SPIKE}`]);
});

test('a slow ramp, a new level of six days and a quiet weekend are none', () => {
  assert.deepEqual(breachesOf(everyDay((_, index) => ({ siem: Math.round(100 * 1.04 ** index) }))), []);
  assert.deepEqual(breachesOf(everyDay((_, index) => ({ siem: index < 54 ? 100 : 900 }))), []);
  assert.deepEqual(breachesOf(everyDay((day) => ({ siem: isWeekend(day) ? 20 : 700 }))), []);
});

test('a day that nobody read is unknown: it is said, and neither a spike nor a day without use', () => {
  const stored = accountDays(YESTERDAY, 60, { '2026-11-12': { [siem]: 640 } });
  const sections = (days: readonly AccountDay[]) => buildSections({ accountDays: [], storedAccountDays: days });
  const holes = stored.filter(({ day }) => day !== '2026-11-03' && day !== '2026-10-10');
  const unknown = judgementsOf(sections(holes)).find((one) => !isBreach(one));
  assert.deepEqual(unknown, {
    subject,
    key: 'accounts',
    unknown: {
      kind: 'not_enough_history',
      text: 'who used the API was not read yet of 1 of the last 30 finished days; each audit reads up to ten, as far as its budget goes',
    },
  });
  assert.deepEqual(ofAccount(breachesOf(sections(holes))), [`service_account ${siem} 2026-11-12`]);
  assert.deepEqual(
    judgementsOf(sections(stored)).filter((one) => !isBreach(one)),
    [],
  );
});

test('judges an account from its twenty-eighth known day on', () => {
  const known = (count: number) =>
    breachesOf(
      buildSections({
        accountDays: [],
        storedAccountDays: accountDays(YESTERDAY, count, { [SPIKE]: { [siem]: 640 } }),
      }),
    );
  assert.deepEqual(
    [27, 28].map((count) => known(count).length),
    [0, 1],
  );
  assert.deepEqual(breachesOf(buildSections({ accountDays: [], storedAccountDays: [] })), []);
});

test('and earlier one that was asked for its own days', () => {
  const days = usageDays(YESTERDAY, 30).map(({ day }) => usageDay(day, { files: day === SPIKE ? 640 : 20 }));
  const sections = buildSections({
    accountDays: accountDays(YESTERDAY, 10, { [SPIKE]: { amy: 640 } }),
    storedAccountDays: [],
    peakAccounts: [{ id: 'amy', days }],
  });
  assert.deepEqual(ofAccount(breachesOf(sections)), [`member amy ${SPIKE}`]);
});

test('names an account that is new and calls much as not judged, and no other', () => {
  const stored = accountDays(YESTERDAY, 60).map((one) =>
    one.day < '2026-11-10' ? one : { ...one, used: { ...one.used, fresh: 101, small: 99 } },
  );
  const unknown = judgementsOf(buildSections({ accountDays: [], storedAccountDays: stored })).filter(
    (one) => !isBreach(one),
  );
  assert.deepEqual(
    unknown.map((one) => [one.subject, 'unknown' in one && one.unknown.kind]),
    [[{ kind: 'member', id: 'fresh' }, 'not_enough_history']],
  );
});

test('an account that a list does not reach is not taken for one without use', () => {
  const floor = (used: AccountDay['used']) => ({ ...used, last: 60 });
  const seldom = everyDay(
    (day, index) =>
      floor({ siem: 500, ...(index % 6 === 0 ? { other: 61 } : {}), ...(day === SPIKE ? { other: 239 } : {}) }),
    { complete: false },
  );
  assert.deepEqual(breachesOf(seldom), []);
});

test('says what of the accounts was not seen', () => {
  const sections = everyDay(() => ({ siem: 500, last: 60 }), { complete: false });
  const outcome = rule.evaluate(
    {
      ...sections,
      peakDays: sectionOf('peakDays', [], []),
      accountDays: sectionOf('accountDays', sections.accountDays, []),
      peakAccounts: sectionOf('peakAccounts', [], []),
      storedAccountDays: sectionOf('storedAccountDays', sections.storedAccountDays, []),
      previousServiceAccounts: sectionOf('previousServiceAccounts', sections.previousServiceAccounts, []),
      serviceAccounts: sectionOf('serviceAccounts', sections.serviceAccounts, []),
      administrators: sectionOf('administrators', sections.administrators, []),
    },
    rule.options.parse({}),
    { at: AT },
  );
  const limits = 'limits' in outcome ? (outcome.limits ?? []) : [];
  assert.match(limits[1] ?? '', /^On 30 of the judged days .* at most 60 calls a day/u);
});

test('a finding keeps its subject when the service accounts could not be read this time', () => {
  const sections = accounts({ [SPIKE]: { [siem]: 640 } });
  assert.deepEqual(ofAccount(breachesOf(sections, { without: ['serviceAccounts'] })), [
    `service_account ${siem} ${SPIKE}`,
  ]);
  const [breach] = breachesOf(sections, { without: ['serviceAccounts', 'previousServiceAccounts'] });
  assert.deepEqual(
    [breach?.subject.kind, breach?.severity, breach?.evidence['accountKind']],
    ['member', 'medium', 'unknown'],
  );
});
