import assert from 'node:assert/strict';
import test from 'node:test';
import { toEvidenceView } from '../../src/render/evidence.ts';
import { momentsIn } from '../../src/render/moments.ts';
import { privacyOf } from '../../src/render/privacy.ts';

const moments = momentsIn('UTC', '2026-11-23T07:00:00.000Z');
const full = { moments, privacy: privacyOf('full', []) };

test('facts of every kind are readable', () => {
  const evidence = {
    calls: 14_812,
    ratio: 0.12345,
    percent: 87.5,
    day: '2026-11-21',
    lastLoginAt: '2026-11-20T10:12:00.000Z',
    breakGlass: true,
    owner: null,
    domains: [],
    by: ['role', 'relationship'],
    nested: { max_age: 3, deep: { deeper: { deepest: { x: 1 } } } },
  };
  assert.deepEqual(toEvidenceView(evidence, full).facts, [
    { label: 'calls', value: '14,812' },
    { label: 'ratio', value: '0.12' },
    { label: 'percent', value: '87.5 %' },
    { label: 'day', value: 'Sat 21 Nov (UTC)' },
    { label: 'last login at', value: 'Fri 20 Nov, 10:12 UTC' },
    { label: 'break glass', value: 'yes' },
    { label: 'owner', value: 'none' },
    { label: 'domains', value: 'none' },
    { label: 'by', value: 'role, relationship' },
    { label: 'nested', value: 'max age: 3; deep: deeper: deepest: …' },
  ]);
});

test('a list of records is a table with all its columns', () => {
  const evidence = {
    topConsumers: [
      { account: 'siem', used: 1_200 },
      { account: 'jlind', since: '2026-11-01' },
    ],
  };
  assert.deepEqual(toEvidenceView(evidence, full).tables, [
    {
      caption: 'Top consumers',
      columns: ['Account', 'Used', 'Since'],
      rows: [{ cells: ['siem', '1,200', ''] }, { cells: ['jlind', '', 'Sun 1 Nov (UTC)'] }],
      more: '',
    },
  ]);
});

test('long lists are cut and counted', () => {
  const many = Array.from({ length: 45 }, (_, index) => ({ id: `m${index}` }));
  assert.equal(toEvidenceView({ many }, full).tables[0]?.more, 'and 5 more');
  assert.match(toEvidenceView({ ids: many.map(({ id }) => id) }, full).facts[0]?.value ?? '', /m39 and 5 more$/);
});

test('the one line leaves out what the message says and what says nothing', () => {
  const evidence = {
    calls: 14_812,
    expected: 489,
    mfa: false,
    by: [],
    note: null,
    top: [{ id: 'siem', used: 5, x: 1 }],
  };
  assert.equal(toEvidenceView(evidence, full, '14812 calls').line, 'expected: 489 · top: siem 5');
});

test('the one line leaves out what repeats the subject, whatever its case, and words for nothing', () => {
  const evidence = {
    id: 'JLind',
    email: 'jlind@x.example',
    quota: 'api_requests_monthly',
    percent: 87.48,
    mfa: 'no',
    owner: 'None',
    accounts: ['jlind', 'JLIND'],
    day: '2026-11-21',
    since: '2026-11-01',
    by: ['role'],
  };
  const said = 'jlind jlind@x.example api_requests_monthly 2026-11-21 87 % used';
  assert.equal(toEvidenceView(evidence, full, said).line, 'since: Sun 1 Nov (UTC) · by: role');
  assert.equal(toEvidenceView(evidence, full, said).facts.length, 10, 'the page still has every fact');
});

test('without names, what is called a name or an address is withheld', () => {
  const ids = { moments, privacy: privacyOf('ids', []) };
  const evidence = { id: 'jlind', email: 'x', accounts: [{ id: 'a', name: 'Jo Lind' }], note: 'ask jo@x.example' };
  const view = toEvidenceView(evidence, ids);
  assert.deepEqual(view.facts, [
    { label: 'id', value: 'jlind' },
    { label: 'email', value: 'withheld' },
    { label: 'note', value: 'ask [address withheld]' },
  ]);
  assert.deepEqual(view.tables[0]?.rows, [{ cells: ['a', 'withheld'] }]);
  assert.deepEqual(toEvidenceView(evidence, { moments, privacy: privacyOf('counts', []) }), {
    line: '',
    facts: [],
    tables: [],
  });
});
