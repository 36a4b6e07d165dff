import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toFittedTable } from '../../src/commands/fitted-table.ts';
import { type Column, displayWidth, fitWidth, printable, toTable } from '../../src/commands/table.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly day: string;
  readonly calls: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { heading: 'ID', cell: ({ id }) => id },
  { heading: 'NAME', cell: ({ name }) => name, narrow: 'leaves first' },
  { heading: 'ADDRESS', cell: ({ address }) => address },
  { heading: 'SIGNED IN', cell: ({ day }) => day, narrow: 'whole' },
  { heading: 'CALLS', cell: ({ calls }) => calls, align: 'right' },
];

const row = (over: Partial<Row> = {}): Row => ({
  id: 'konstantinos.papadopoulos',
  name: 'Konstantinos Papadopoulos',
  address: 'konstantinos.papadopoulos@northwind.example',
  day: '2026-11-22',
  calls: '1,234,567',
  ...over,
});

const at = (columns: number, rows: readonly Row[] = [row()]): readonly string[] =>
  toFittedTable(rows, COLUMNS, 'whole', { isTTY: true, columns }).split('\n');

test('what is no terminal gets everything', () => {
  assert.equal(toFittedTable([row()], COLUMNS, 'whole', {}), toTable([row()], COLUMNS));
});

test('a wide terminal shows everything, a narrower one cuts, an 80-column one lets a column leave and says so', () => {
  assert.deepEqual(at(140), toTable([row()], COLUMNS).split('\n'));
  const cut = at(100);
  assert.match(cut[1] ?? '', /Konstantinos.*… .*2026-11-22  1,234,567$/);
  const [heading = '', line = '', note = ''] = at(80);
  assert.doesNotMatch(heading, /NAME/);
  assert.match(line, /^konstantinos\.papadopoulos  konstantinos\.papadopoul.*…  2026-11-22  1,234,567$/);
  assert.equal(note, '(no room for NAME; --json has all)');
  for (const columns of [80, 100, 140]) for (const each of at(columns)) assert.ok(displayWidth(each) <= columns, each);
});

test('ids, days and numbers are never cut, even where the line is too long for it', () => {
  const [, line = ''] = at(40);
  assert.match(line, /^konstantinos\.papadopoulos  .*2026-11-22  1,234,567$/);
});

test('wide characters take two places and marks none, so that columns stay below each other', () => {
  assert.deepEqual(
    ['abc', '日本語', '한국', 'ｆｕｌｌ', 'e\u0301', '🙂x', 'نور'].map(displayWidth),
    [3, 6, 4, 8, 1, 3, 3],
  );
  assert.deepEqual([fitWidth('日本語', 5), fitWidth('日本語', 6), fitWidth('abc', 2)], ['日本…', '日本語', 'a…']);
  const lines = toTable([row({ name: '日本語' }), row({ name: 'Ana' })], COLUMNS).split('\n');
  assert.equal(new Set(lines.map((line) => displayWidth(line))).size, 1);
  for (const line of at(90, [row({ name: '日本語'.repeat(20), address: '漢'.repeat(60) })]))
    assert.ok(displayWidth(line) <= 90);
});

test('nothing that a terminal obeys gets through', () => {
  const hostile = '\u001B[2J\u001B]0;x\u0007\u009B31m\u202Eexe\u2066\r\n\u2028';
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  const obeyed = /[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069\u2028]/;
  assert.doesNotMatch(printable(hostile), obeyed);
  for (const line of at(80, [row({ id: hostile, name: hostile, address: hostile })])) assert.doesNotMatch(line, obeyed);
});
