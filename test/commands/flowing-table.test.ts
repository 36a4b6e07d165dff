import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FlowingColumns, toFlowingTable } from '../../src/commands/flowing-table.ts';

interface Row {
  readonly id: string;
  readonly group: string;
  readonly rule: string;
  readonly message: string;
}

const COLUMNS: FlowingColumns<Row> = {
  firm: [
    { heading: 'ID', cell: ({ id }) => id },
    { heading: 'GROUP', cell: ({ group }) => group, narrow: 'leaves first' },
  ],
  flowing: [
    { heading: 'RULE', cell: ({ rule }) => rule },
    { heading: 'MESSAGE', cell: ({ message }) => message },
  ],
};

const ROWS: readonly Row[] = [
  {
    id: 'f00dfacecafe',
    group: 'larkspur_soc',
    rule: 'keys-rotate',
    message: 'The key of rosa.rossi is older than a year by now',
  },
  { id: 'beefbeefbeef', group: 'larkspur_soc', rule: 'no-guests', message: '' },
];

const fitted = (columns: number) => toFlowingTable(ROWS, COLUMNS, { isTTY: true, columns }).split('\n');

test('a pipe gets every row in one line', () => {
  const lines = toFlowingTable(ROWS, COLUMNS, {}).split('\n');
  assert.equal(lines.length, 3);
  assert.match(
    lines[1] ?? '',
    /^f00dfacecafe {2}larkspur_soc {2}keys-rotate {2}The key of rosa\.rossi is older than a year by now$/,
  );
});

test('a terminal with room for it gets the same', () => {
  assert.deepEqual(fitted(120), toFlowingTable(ROWS, COLUMNS, {}).split('\n'));
});

test('text is wrapped in its column where that is wide enough', () => {
  assert.deepEqual(fitted(74), [
    'ID            GROUP         RULE         MESSAGE',
    'f00dfacecafe  larkspur_soc  keys-rotate  The key of rosa.rossi is older',
    '                                         than a year by now',
    'beefbeefbeef  larkspur_soc  no-guests',
  ]);
});

test('text goes below its row where its column would be a ladder of words', () => {
  assert.deepEqual(fitted(40), [
    'ID            GROUP',
    '    RULE: MESSAGE',
    'f00dfacecafe  larkspur_soc',
    '    keys-rotate: The key of rosa.rossi',
    '    is older than a year by now',
    'beefbeefbeef  larkspur_soc',
    '    no-guests',
  ]);
});

test('a column that leaves is named at the end', () => {
  const lines = fitted(24);
  assert.deepEqual(lines.slice(0, 3), ['ID', '    RULE: MESSAGE', 'f00dfacecafe']);
  assert.match(lines.at(-1) ?? '', /^\(no room for GROUP/);
});

test('no line is longer than the terminal is wide', () => {
  for (let columns = 24; columns < 140; columns += 1)
    assert.deepEqual(
      fitted(columns).filter((line) => line.length > columns && !line.startsWith('(no room')),
      [],
      String(columns),
    );
});
