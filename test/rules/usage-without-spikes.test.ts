import assert from 'node:assert/strict';
import { test } from 'node:test';
import rule from '../../rules/usage-without-spikes.ts';
import type { Breach } from '../../src/model/judgement.ts';
import type { Sections, UsageDay } from '../../src/model/snapshot.ts';
import { addDays, type Day, eachDay, weekdayOf } from '../../src/rule.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
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
    { name: 'ordinary weeks', sections: buildSections(), at: AT, checked: 30, limits: [/not v2/] },
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
  for (const options of [{ times: 1 }, { minimumCalls: 0 }, { holidays: ['2026-02-30'] }, { holiday: [] }]) {
    assert.equal(rule.options.safeParse(options).success, false, JSON.stringify(options));
  }
});

function keysOf(sections: Sections, at = AT): readonly (string | undefined)[] {
  const present = <T>(value: T) => ({ present: true, value }) as const;
  const outcome = rule.evaluate(
    {
      ...sections,
      peakDays: present(sections.peakDays),
      serviceAccounts: present(sections.serviceAccounts),
      administrators: present(sections.administrators),
    },
    rule.options.parse({}),
    { at },
  );
  if (!('judgements' in outcome)) assert.fail('not evaluated');
  return outcome.judgements.filter((one): one is Breach => 'evidence' in one).map(({ key }) => key);
}
