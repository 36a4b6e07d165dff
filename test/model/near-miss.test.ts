import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearMiss } from '../../src/model/near-miss.ts';

const KEYS = ['timezone', 'apiKey', 'id', 'groups', 'rules', 'report'];

test('finds the word behind a typing error, a swap, another case or another separator', () => {
  for (const [written, meant] of [
    ['timezne', 'timezone'],
    ['tiemzone', 'timezone'],
    ['time_zone', 'timezone'],
    ['API-KEY', 'apiKey'],
    ['group', 'groups'],
    ['idd', 'id'],
  ] as const) {
    assert.equal(nearMiss(written, KEYS), meant);
  }
});

test('guesses nothing where nothing is near', () => {
  for (const written of ['', 'zebra', 'xy', 'network', 'x'.repeat(5000)]) {
    assert.equal(nearMiss(written, KEYS), null, written.slice(0, 10));
  }
});
