import assert from 'node:assert/strict';
import test from 'node:test';
import { lastDayOf, monthBefore, toUseHistory } from '../../src/model/use-history.ts';
import { AT, monthsOfUse } from '../support/snapshot-builder.ts';

const NOW = ['2026-09', '2026-10', '2026-11'];

test('knows the last day and the month before, over the ends of years and Februaries', () => {
  assert.deepEqual(['2026-02', '2028-02', '2026-12'].map(lastDayOf), ['2026-02-28', '2028-02-29', '2026-12-31']);
  assert.deepEqual(['2026-01', '2026-03'].map(monthBefore), ['2025-12', '2026-02']);
});

test('use counts until the end of its month, or until today', () => {
  const history = toUseHistory(
    [...monthsOfUse({ amy: 1 }, NOW.slice(2)), ...monthsOfUse({ zoe: 1 }, NOW.slice(0, 2))],
    [],
    AT,
  );
  assert.equal(history.lastPossibleUse('amy'), '2026-11-23');
  assert.equal(history.lastPossibleUse('zoe'), '2026-10-31');
  assert.equal(history.lastPossibleUse('constructor'), null);
  assert.equal(history.since, '2026-09-01');
});

test('earlier audits reach back as long as no month is missing or half read', () => {
  const half = monthsOfUse({ yan: 1 }, ['2026-07']).map((use) => ({ ...use, readOn: '2026-07-31' }));
  const now = monthsOfUse({}, NOW);
  assert.equal(toUseHistory(now, monthsOfUse({}, ['2026-08', '2026-07', '2026-05']), AT).since, '2026-07-01');
  const known = toUseHistory(now, [...half, ...monthsOfUse({}, ['2026-08'])], AT);
  assert.deepEqual([known.since, known.lastPossibleUse('yan')], ['2026-08-01', null]);
});

test('what was read now counts, not what an earlier audit read of the same month', () => {
  const history = toUseHistory(monthsOfUse({}, NOW), monthsOfUse({ amy: 3 }, NOW), AT);
  assert.equal(history.lastPossibleUse('amy'), null);
});

test('without the present month nothing is known', () => {
  assert.equal(toUseHistory([], monthsOfUse({ amy: 3 }, NOW.slice(0, 2)), AT).since, '2026-11-24');
});
