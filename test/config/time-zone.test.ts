import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayIn, endOfDay, whyNotTimeZone } from '../../src/config/time-zone.ts';

test('ends a day where the next begins, in every kind of zone', () => {
  const ends = [
    ['UTC', '2026-12-31', '2027-01-01T00:00:00.000Z'],
    ['Europe/Madrid', '2026-10-25', '2026-10-25T23:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-06-01', '2026-06-01T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-06-01', '2026-06-02T11:00:00.000Z'],
    ['Asia/Kathmandu', '2026-06-01', '2026-06-01T18:15:00.000Z'],
    // Clocks go from 23:59 to 01:00 here: the next day begins without a midnight.
    ['Africa/Cairo', '2026-04-23', '2026-04-23T22:00:00.000Z'],
    // 30 December 2011 did not take place.
    ['Pacific/Apia', '2011-12-29', '2011-12-30T10:00:00.000Z'],
  ] as const;
  for (const [zone, day, end] of ends) {
    assert.equal(endOfDay(day, zone).toISOString(), end, zone);
  }
});

test('knows which day it is in a zone', () => {
  const at = new Date('2026-11-22T23:30:00Z');
  assert.deepEqual([dayIn(at, 'UTC'), dayIn(at, 'Europe/Madrid')], ['2026-11-22', '2026-11-23']);
});

test('takes names of zones and nothing else', () => {
  for (const name of ['UTC', 'Europe/Madrid', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5']) {
    assert.equal(whyNotTimeZone(name), null, name);
  }
  for (const name of ['', 'Local', '+02:00', 'Europe', 'Madrid', '../etc/localtime']) {
    assert.notEqual(whyNotTimeZone(name), null, name);
  }
});
