import assert from 'node:assert/strict';
import { test } from 'node:test';
import rule from '../../rules/quota-within-limit.ts';
import { known, unknown } from '../../src/model/fact.ts';
import type { Breach } from '../../src/model/judgement.ts';
import type { Quota, Sections, UsageDay } from '../../src/model/snapshot.ts';
import { addDays, type Day, eachDay, z } from '../../src/rule.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildGroup, buildSections, consumption, quota, usageDay, usageDays } from '../support/snapshot-builder.ts';

const TODAY = '2026-11-23';
/** Too early in a month for a forecast from the month so far. */
const EARLY = new Date('2026-11-03T07:00:00.000Z');
const MONTH_RESET = '2026-12-01T00:00:00.000Z';
const subject = (id: string) => ({ kind: 'quota', id }) as const;
const breachOf = (name: string) => ({ subject: subject(name), key: name });

function having(quotas: Readonly<Record<string, Quota>>, overrides: Partial<Sections> = {}): Sections {
  return buildSections({ group: buildGroup({ quotas: known(quotas) }), consumption: [], ...overrides });
}

/** A thousand calls on every finished day and seven hours of today, but for the days named. */
function steadily(days: number, overrides: Readonly<Record<Day, number>> = {}): readonly UsageDay[] {
  return eachDay(addDays(TODAY, -days), TODAY).map((day) =>
    usageDay(day, { file_lookup: overrides[day] ?? (day === TODAY ? 292 : 1000) }),
  );
}

/** Used by this instant of November at a thousand calls a day. */
const USED = 22_292;
const lasting = (remaining: number) => ({ api_requests_monthly: quota(USED + remaining, USED) });
const daily = (used: number) => ({ api_requests_daily: quota(10_000, used) });

testRule(rule, {
  passing: [
    {
      name: 'all within their limits, and those that are not judged are listed',
      sections: buildSections(),
      at: AT,
      checked: 3,
      limits: [
        /v2 .* web/,
        /api_requests_hourly .* rate/,
        /api_requests_monthly .* unlimited/,
        /intelligence_hunting_rules .* gauge/,
        /private_scans_monthly .* not licensed/,
      ],
    },
    {
      name: 'a pool of another group, however full, and says whose it is',
      sections: having(
        { api_requests_daily: quota(10_000, 12), intelligence_searches_monthly: quota(100, 100) },
        { quotaPools: { api_requests_daily: 'HARBOR_SOC', intelligence_searches_monthly: 'harbor_parent' } },
      ),
      at: AT,
      checked: 1,
      limits: [/v2 .* web/, /intelligence_searches_monthly .* pool of another group, harbor_parent/],
    },
    {
      name: 'what is no budget, however full',
      sections: having({
        api_requests_hourly: quota(1000, 1000),
        intelligence_hunting_rules: quota(25, 241),
        monitor_storage_bytes: quota(100, 100),
        private_scans_monthly: quota(0, 12),
        private_scans_per_minute: quota(30, 30),
        some_new_thing: quota(1, 1),
      }),
      at: AT,
      checked: 0,
    },
    {
      name: 'sentinels and sizes that mean no limit, whatever the option says',
      sections: having({
        api_requests_daily: quota(1_000_000_000, 1_000_000_000),
        api_requests_monthly: quota(60_000_000_000, 60_000_000_000),
        intelligence_vtdiff_creation_monthly: quota(2_000_000_000, 2_000_000_000),
      }),
      options: { unlimitedFrom: 2_000_000_000 },
      at: AT,
      checked: 0,
    },
    {
      name: 'just under the warning',
      sections: having({ intelligence_searches_monthly: quota(10_000, 7499), ...daily(7499) }),
      at: EARLY,
    },
    {
      name: 'a quota that the configuration ignores',
      sections: having({ intelligence_searches_monthly: quota(2000, 2000) }),
      options: { ignore: ['intelligence_searches_monthly'] },
      at: AT,
      limits: [/intelligence_searches_monthly .* configuration/],
    },
    {
      name: 'a full day that the last audit has seen, more than seven days ago',
      sections: having(daily(100), {
        groupUsage: steadily(60, { '2026-11-15': 10_000 }),
        lastJudged: { 'quota-within-limit': '2026-11-16T06:00:00.000Z' },
      }),
      at: AT,
    },
    { name: 'a budget that lasts', sections: having(lasting(12_000), { groupUsage: steadily(60) }), at: AT },
    {
      name: 'a pace known for thirteen days only, where the month so far lasts as well',
      sections: having(lasting(14_000), { groupUsage: steadily(13) }),
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'at the warning and at the critical line, to the call',
      sections: having({
        intelligence_downloads_monthly: quota(10_000, 9499),
        intelligence_searches_monthly: quota(10_000, 9500),
        private_scans_monthly: quota(10_000, 8000),
      }),
      at: EARLY,
      breaches: [
        { ...breachOf('intelligence_downloads_monthly'), severity: 'medium', resetsAt: MONTH_RESET },
        { ...breachOf('intelligence_searches_monthly'), severity: 'high', resetsAt: MONTH_RESET },
        { ...breachOf('private_scans_monthly'), severity: 'medium', resetsAt: MONTH_RESET },
      ],
    },
    {
      name: 'a quota that other systems may not miss is critical when used up, another high',
      sections: having({
        ...daily(10_000),
        api_requests_monthly: quota(50_000, 50_001),
        intelligence_searches_monthly: quota(10, 10),
        private_scans_daily: quota(10, 10),
      }),
      at: AT,
      breaches: [
        { ...breachOf('api_requests_daily'), severity: 'critical' },
        { ...breachOf('api_requests_monthly'), severity: 'critical', message: /used up/ },
        { ...breachOf('intelligence_searches_monthly'), severity: 'high' },
        { ...breachOf('private_scans_daily'), severity: 'high', resetsAt: '2026-11-24T00:00:00.000Z' },
      ],
    },
    {
      name: 'from the closing line on it stays open, and opens nothing',
      sections: having({ intelligence_searches_monthly: quota(10_000, 7500), private_scans_daily: quota(100, 75) }),
      at: EARLY,
      breaches: [
        { ...breachOf('intelligence_searches_monthly'), severity: 'medium', onlyIfOpen: true },
        { ...breachOf('private_scans_daily'), severity: 'medium', onlyIfOpen: true },
      ],
    },
    {
      name: 'a day that was used up on a Wednesday is told on Monday morning',
      sections: having(daily(40), {
        groupUsage: steadily(60, { '2026-11-18': 10_000 }),
        lastJudged: { 'quota-within-limit': '2026-11-16T07:00:00.000Z' },
        consumption: [consumption('api_requests_daily', { amy: 9000, bela: 3000 })],
      }),
      at: AT,
      breaches: [
        {
          ...breachOf('api_requests_daily'),
          severity: 'critical',
          evidence: {
            quota: 'api_requests_daily',
            allowed: 10_000,
            used: 10_000,
            percent: 100,
            day: '2026-11-18',
            usedToday: 40,
            forecast: {
              from: null,
              likeliest: null,
              to: null,
              likelihoodPercent: 99,
              beforeResetPercent: 1,
              usedADay: 1082,
              atReset: { low: 569, likely: 1036, high: 1503 },
            },
            forecastNote: null,
            topConsumers: [
              { id: 'amy', used: 9000, percentOfUse: 75 },
              { id: 'bela', used: 3000, percentOfUse: 25 },
            ],
            capFirst: { account: 'amy', usedADay: 7500, capADay: 5000, isEnough: true },
          },
        },
      ],
    },
    {
      name: 'the day of the last audit was not over then',
      sections: having(daily(40), {
        groupUsage: steadily(60, { '2026-11-16': 8000 }),
        lastJudged: { 'quota-within-limit': '2026-11-16T07:00:00.000Z' },
      }),
      at: AT,
      breaches: [{ ...breachOf('api_requests_daily'), severity: 'medium' }],
    },
    {
      name: 'a day that was told keeps the finding open for seven finished days',
      sections: having(daily(40), {
        groupUsage: steadily(60, { '2026-11-16': 9600 }),
        lastJudged: { 'quota-within-limit': '2026-11-23T06:00:00.000Z' },
      }),
      at: AT,
      breaches: [{ ...breachOf('api_requests_daily'), severity: 'high', onlyIfOpen: true }],
    },
    {
      name: 'a month without an audit is looked through to its thirtieth day and no further',
      sections: having(daily(40), {
        groupUsage: steadily(60, { '2026-10-24': 8100, '2026-10-23': 9900 }),
        lastJudged: { 'quota-within-limit': '2026-09-01T06:00:00.000Z' },
      }),
      at: AT,
      breaches: [{ ...breachOf('api_requests_daily'), severity: 'medium', message: /81 % used on 2026-10-24/ }],
    },
    {
      name: 'a budget that will run out is told below the warning, with dates, consumers and a cap',
      sections: having(lasting(6000), {
        groupUsage: steadily(60),
        consumption: [consumption('api_requests_monthly', { siem: 16_719, amy: 5573 })],
      }),
      at: AT,
      breaches: [
        {
          ...breachOf('api_requests_monthly'),
          severity: 'high',
          resetsAt: MONTH_RESET,
          evidence: {
            quota: 'api_requests_monthly',
            allowed: 28_292,
            used: USED,
            percent: 78.7,
            resetsAt: MONTH_RESET,
            forecast: {
              from: '2026-11-29',
              likeliest: '2026-11-29',
              to: '2026-11-29',
              likelihoodPercent: 99,
              beforeResetPercent: 99,
              usedADay: 1000,
              atReset: { low: 29_758, likely: 30_000, high: 30_242 },
            },
            forecastNote: null,
            topConsumers: [
              { id: 'siem', used: 16_719, percentOfUse: 75 },
              { id: 'amy', used: 5573, percentOfUse: 25 },
            ],
            capFirst: { account: 'siem', usedADay: 750, capADay: 528, isEnough: true },
          },
          message: /likely \(99 %\) to run out on 2026-11-29, before it resets on 2026-12-01/,
        },
      ],
    },
    {
      name: 'the same from the fourteenth day of use on',
      sections: having(lasting(7500), { groupUsage: steadily(14) }),
      at: AT,
      breaches: [{ ...breachOf('api_requests_monthly'), severity: 'high', onlyIfOpen: true }],
    },
    {
      name: 'over the warning and lasting is low',
      sections: having({ api_requests_monthly: quota(33_000, 27_292) }, { groupUsage: steadily(60) }),
      at: new Date('2026-11-29T07:00:00.000Z'),
      breaches: [{ ...breachOf('api_requests_monthly'), severity: 'low', message: /to last until it resets/ }],
    },
    {
      name: 'without the days the counter of the month carries the forecast',
      sections: having({ api_requests_monthly: quota(1000, 800) }),
      missing: { groupUsage: { kind: 'not_collected', text: 'x' }, consumption: { kind: 'not_collected', text: 'x' } },
      at: AT,
      breaches: [
        {
          ...breachOf('api_requests_monthly'),
          severity: 'high',
          resetsAt: MONTH_RESET,
          message: /80 % used, 800 of 1000; likely \(\d+ %\) to run out (between|from) 2026-11-2\d/,
        },
      ],
    },
    {
      name: 'searches that will run out are told below the warning, from how the counter grew between audits',
      sections: having(
        { intelligence_searches_monthly: quota(1830, 1450) },
        {
          quotaReadings: [
            ['2026-11-02', 65],
            ['2026-11-09', 520],
            ['2026-11-16', 980],
          ].map(([day, used]) => ({
            quota: 'intelligence_searches_monthly',
            at: `${day}T07:00:00.000Z`,
            used: Number(used),
          })),
          groupUsage: steadily(60),
        },
      ),
      at: AT,
      breaches: [
        {
          ...breachOf('intelligence_searches_monthly'),
          severity: 'high',
          message:
            /79\.2 % used, 1450 of 1830; likely \(\d+ %\) to run out between 2026-11-2\d and 2026-11-\d\d, before/,
        },
      ],
    },
    {
      name: 'a day that will use up its budget is told while there is time',
      sections: having(daily(7000), { groupUsage: steadily(60) }),
      at: new Date('2026-11-23T05:00:00.000Z'),
      breaches: [
        {
          ...breachOf('api_requests_daily'),
          severity: 'high',
          message: /70 % used on 2026-11-23 .*; likely \(80 %\) to run out today between 07:00 and \d\d:00 \(UTC\)$/,
        },
      ],
    },
    {
      name: 'storage, where the configuration asks for it',
      sections: having({ monitor_storage_bytes: quota(1000, 960), monitor_storage_files: quota(1000, 770) }),
      options: { judgeGauges: ['monitor_storage_bytes', 'monitor_storage_files'] },
      at: AT,
      breaches: [
        { ...breachOf('monitor_storage_bytes'), severity: 'high' },
        { ...breachOf('monitor_storage_files'), severity: 'medium', onlyIfOpen: true },
      ],
    },
  ],
  notEvaluated: [
    {
      name: 'the quotas are not visible',
      sections: buildSections({ group: buildGroup({ quotas: unknown('not_visible') }) }),
      at: AT,
      reason: 'not_visible',
    },
    { name: 'there is no quota at all', sections: having({}), at: AT, reason: 'not_on_record' },
    {
      name: 'nothing is over, but finished days could not be read',
      sections: buildSections(),
      missing: { groupUsage: { kind: 'not_collected', text: 'x' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});

test('opens below the warning only when the whole likely range lies before the reset', () => {
  const unsteady = { groupUsage: usageDays(TODAY, 61, { [TODAY]: { file_lookup: 200 } }) };
  const used = 16_500;
  const at = (remaining: number) =>
    breachesOf(having({ api_requests_monthly: quota(used + remaining, used) }, unsteady))[0];
  assert.equal(at(4200)?.onlyIfOpen, undefined);
  assert.equal(at(4200)?.severity, 'high');
  assert.equal(at(5300)?.onlyIfOpen, true);
  assert.equal(at(9000), undefined);
});

test('expects the part that the days do not show to go on in proportion', () => {
  const twice = breachesOf(
    having({ api_requests_monthly: quota(2 * USED + 12_000, 2 * USED) }, { groupUsage: steadily(60) }),
  );
  assert.match(JSON.stringify(twice[0]?.evidence['forecast']), /"likeliest":"2026-11-29".*"usedADay":2000/);
});

test('refuses options that contradict each other or do not exist', () => {
  const bad = [
    { closeAt: 80 },
    { warnAt: 96 },
    { criticalAt: 79 },
    { warnAt: 0 },
    { criticalAt: 101 },
    { judgeGauges: ['intelligence_hunting_rules'] },
    { warnat: 80 },
  ];
  for (const options of bad) assert.equal(rule.options.safeParse(options).success, false, JSON.stringify(options));
  assert.equal(rule.options.safeParse({ warnAt: 95, closeAt: 94.9 }).success, true);
});

test('every forecast says its range and likelihood, who uses most, and what capping the first would change', () => {
  const searches = 'intelligence_searches_monthly';
  const used = (quota: string, total: number) => [consumption(quota, { siem: 0.75 * total, jdoe: 0.25 * total })];
  const readings = [
    ['2026-11-02', 1000],
    ['2026-11-09', 8000],
    ['2026-11-16', 15_000],
  ].map(([day, at]) => ({ quota: searches, at: `${day}T07:00:00.000Z`, used: Number(at) }));
  const month = { from: '2026-11-2', to: '2026-11-2', siemADay: 750, capADay: 386 };
  const cases = [
    {
      basis: 'single days',
      sections: having(lasting(5000), { groupUsage: steadily(60), consumption: used('api_requests_monthly', USED) }),
      ...month,
    },
    {
      basis: 'how the counter grew',
      sections: having(
        { [searches]: quota(USED + 5000, USED) },
        { quotaReadings: readings, consumption: used(searches, USED) },
      ),
      ...month,
    },
    {
      basis: 'the month so far',
      sections: having({ [searches]: quota(USED + 5000, USED) }, { consumption: used(searches, USED) }),
      ...month,
    },
    {
      // By seven in the morning 8000; half that pace to midnight makes 17,714.
      basis: 'today',
      sections: having(daily(8000), { groupUsage: steadily(60), consumption: used('api_requests_daily', 8000) }),
      from: '2026-11-23T0',
      to: '2026-11-23T2',
      siemADay: 13_286,
      capADay: 3071,
    },
  ];
  for (const { basis, sections, from, to, siemADay, capADay } of cases) {
    const [evidence] = breachesOf(sections).map((breach) => Evidence.parse(breach.evidence));
    if (evidence === undefined) assert.fail(basis);
    assert.ok(evidence.forecast.from.startsWith(from), `${basis}: ${evidence.forecast.from}`);
    assert.ok(evidence.forecast.to.startsWith(to), `${basis}: ${evidence.forecast.to}`);
    assert.ok(evidence.forecast.likelihoodPercent >= 75, `${basis}: ${evidence.forecast.likelihoodPercent} %`);
    assert.deepEqual(
      evidence.topConsumers.map(({ id, percentOfUse }) => [id, percentOfUse]),
      [
        ['siem', 75],
        ['jdoe', 25],
      ],
      basis,
    );
    const { account, usedADay, capADay: cap, isEnough } = evidence.capFirst;
    assert.deepEqual([account, isEnough], ['siem', true], basis);
    assert.ok(Math.abs(usedADay - siemADay) <= 0.05 * siemADay, `${basis}: ${usedADay} a day`);
    assert.ok(Math.abs(cap - capADay) <= 0.05 * siemADay, `${basis}: a cap of ${cap}`);
  }
});

const Evidence = z.object({
  forecast: z.object({ from: z.string(), to: z.string(), likelihoodPercent: z.number() }),
  topConsumers: z.array(z.object({ id: z.string(), percentOfUse: z.number() })),
  capFirst: z.object({ account: z.string(), usedADay: z.number(), capADay: z.number(), isEnough: z.boolean() }),
});

function breachesOf(sections: Sections): readonly Breach[] {
  const present = <T>(value: T) => ({ present: true, value }) as const;
  const outcome = rule.evaluate(
    {
      ...sections,
      groupUsage: present(sections.groupUsage),
      consumption: present(sections.consumption),
      quotaPools: present(sections.quotaPools),
    },
    rule.options.parse({}),
    { at: AT },
  );
  if (!('judgements' in outcome)) assert.fail('not evaluated');
  return outcome.judgements.filter((one): one is Breach => 'evidence' in one);
}
