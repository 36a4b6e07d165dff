import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearMiss } from '../../src/evaluate/near-miss.ts';

test('finds the name within two edits', () => {
  assert.equal(nearMiss('warntA', ['criticalAt', 'warnAt']), 'warnAt');
  assert.equal(nearMiss('maximum', ['max', 'minimum']), 'minimum');
});

test('finds nothing where nothing is near, or the names are too short to tell', () => {
  assert.equal(nearMiss('threshold', ['max', 'warnAt']), null);
  assert.equal(nearMiss('min', ['max']), null);
  assert.equal(nearMiss('x', []), null);
});
