import assert from 'node:assert/strict';
import test from 'node:test';
import { momentsIn } from '../../src/render/moments.ts';

const madrid = momentsIn('Europe/Madrid', '2026-11-23T07:00:41.000Z');

test('times are in the reader’s zone, with its name', () => {
  assert.equal(madrid.time('2026-11-23T07:00:00.000Z'), 'Mon 23 Nov, 08:00 CET');
  assert.equal(madrid.time('2026-07-01T22:30:00.000Z'), 'Thu 2 Jul, 00:30 CEST');
  assert.equal(madrid.fullTime('2026-11-23T07:00:00.000Z'), 'Mon 23 Nov 2026, 08:00 CET');
  assert.equal(momentsIn('UTC', '2026-11-23T07:00:00.000Z').time('2026-11-23T00:00:00.000Z'), 'Mon 23 Nov, 00:00 UTC');
});

test('another year than the report’s is written', () => {
  assert.equal(madrid.date('2025-11-23T07:00:00.000Z'), 'Sun 23 Nov 2025');
  assert.equal(madrid.day('2027-01-01'), 'Fri 1 Jan 2027');
});

test('a day is a UTC day whatever the zone', () => {
  assert.equal(momentsIn('Pacific/Auckland', '2026-11-23T07:00:00.000Z').day('2026-11-21'), 'Sat 21 Nov');
});

test('months have three letters, September too', () => {
  assert.equal(madrid.day('2026-09-14'), 'Mon 14 Sep');
});

test('ages count UTC days', () => {
  assert.equal(madrid.age('2026-11-23T00:00:00.000Z'), 'opened today');
  assert.equal(madrid.age('2026-11-22T23:59:00.000Z'), 'open for 1 day');
  assert.equal(madrid.age('2026-10-31T07:00:00.000Z'), 'open for 23 days');
});

test('what only looks like a date is shown as it is', () => {
  assert.equal(madrid.day('2026-99-99'), '2026-99-99');
  assert.equal(madrid.time('2026-13-01T00:00:00Z'), '2026-13-01T00:00:00Z');
});

test('days in a sentence are written out, parts of names are not', () => {
  assert.equal(
    madrid.days('ends on 2026-12-12; export-2026-12-12 and 2026-99-99 stay'),
    'ends on Sat 12 Dec; export-2026-12-12 and 2026-99-99 stay',
  );
});
