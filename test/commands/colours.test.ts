import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { inColour } from '../../src/commands/colours.ts';

const TEXT = 'A report\n========\n[critical] Somebody\n  - [high] not at the start\n[new] no severity\nplain\n';

/** A stream as far as colours are concerned. */
function stream(isTTY: boolean): WriteStream {
  return Object.assign(Object.create(WriteStream.prototype) as WriteStream, { isTTY });
}

test('a pipe gets the text unchanged', () => {
  assert.equal(inColour(TEXT, stream(false)), TEXT);
});

test('a terminal gets headings and severities in colour, with the same words', (t) => {
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  delete process.env['NO_COLOR'];
  process.env['FORCE_COLOR'] = '1';
  const coloured = inColour(TEXT, stream(true));
  assert.equal(stripVTControlCharacters(coloured), TEXT);
  assert.ok(coloured.includes('\u001B[1m\u001B[31m[critical]'));
  assert.ok(coloured.includes('\u001B[1mA report'));
  assert.ok(coloured.includes('  - [high] not at the start\n[new] no severity\nplain\n'));
  delete process.env['FORCE_COLOR'];
  process.env['NO_COLOR'] = '1';
  assert.equal(inColour(TEXT, stream(true)), TEXT);
});
