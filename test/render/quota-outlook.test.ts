import assert from 'node:assert/strict';
import test from 'node:test';
import type { Forecast } from '../../src/model/forecast.ts';
import { viewOf } from '../support/render-builder.ts';
import { buildReport } from '../support/report-builder.ts';

const LASTS: Forecast = {
  from: null,
  likeliest: null,
  to: null,
  likelihoodPercent: 99,
  beforeResetPercent: 1,
  usedADay: 20,
  atReset: { low: 560, likely: 600, high: 640 },
};

function quotaOf(forecast: Forecast | null | undefined, used = 450) {
  const quota = { name: 'intelligence_searches_monthly', allowed: 1000, used, resetsAt: '2026-12-01T00:00:00.000Z' };
  const row = { ...quota, status: 'judged' as const, peak: null, ...(forecast === undefined ? {} : { forecast }) };
  const [view] = viewOf(buildReport({ quotas: [row] })).quotas.rows;
  return view ?? assert.fail('no row');
}

const sentence = (over: Partial<Forecast>) => quotaOf({ ...LASTS, ...over }).forecast;

test('a budget that lasts says how full it will be', () => {
  assert.equal(sentence({}), 'Expected at the reset: 56 to 64 %.');
  assert.equal(sentence({ atReset: { low: 598, likely: 600, high: 602 } }), 'Expected at the reset: 60 %.');
});

test('a budget that may not last says from when on, and one that will not says when', () => {
  const from = '2026-11-24';
  assert.match(sentence({ from }), /56 to 64 %\. It may run out from Tue 24 Nov on\.$/);
  assert.equal(
    sentence({ from, likeliest: '2026-11-28', likelihoodPercent: 80 }),
    'Likely (80 %) to run out from Tue 24 Nov on, or to last until the reset.',
  );
  assert.equal(
    sentence({ from, likeliest: '2026-11-25', to: '2026-11-27', likelihoodPercent: 80 }),
    'Likely (80 %) to run out between Tue 24 Nov and Fri 27 Nov, before it resets.',
  );
  assert.equal(
    sentence({ from, likeliest: from, to: from, likelihoodPercent: 95 }),
    'Likely (95 %) to run out on Tue 24 Nov, before it resets.',
  );
});

test('hours of today are told in the reader’s zone', () => {
  const [from, to] = ['2026-11-23T12:00:00.000Z', '2026-11-23T15:00:00.000Z'];
  assert.match(sentence({ from, likeliest: from, to, likelihoodPercent: 80 }), /between .*13:00.* and .*16:00 CET/);
});

test('the bar goes on to where it will be, and never past its end', () => {
  const { fill, ahead, rest, hasAhead } = quotaOf(LASTS);
  assert.deepEqual([fill, ahead, rest, hasAhead], ['45', '15', '40', true]);
  const over = quotaOf({ ...LASTS, atReset: { low: 1200, likely: 1400, high: 1600 } });
  assert.deepEqual([over.fill, over.ahead, over.rest, over.full], ['45', '55', '0', true]);
});

test('without a forecast, or in a report of an older version, the bar ends where the use does', () => {
  for (const forecast of [null, undefined]) {
    const { fill, ahead, rest, hasAhead, forecast: text } = quotaOf(forecast);
    assert.deepEqual([fill, ahead, rest, hasAhead, text], ['45', '0', '55', false, '']);
  }
});
