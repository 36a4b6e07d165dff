import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ALL_LISTS,
  assertHonest,
  auditFaulty,
  type Case,
  type Faulted,
  FORBIDDEN,
  PAGED,
  PEOPLE,
  single,
  status,
} from '../support/flow-faults.ts';
import { createScope } from '../support/flow-program.ts';

const CASES: readonly Case[] = [
  ...single('403', ALL_LISTS, FORBIDDEN),
  ...single('a page of HTML', ALL_LISTS, { kind: 'html' }),
  ...single('500 again and again', ALL_LISTS, status(500, 'TransientError', 1)),
  ...single('429 again and again', ALL_LISTS, status(429, 'QuotaExceededError', 1)),
  ...single('a cursor that comes twice', PAGED, { kind: 'repeatedCursor' }),
  ...single('a next page at another place', PAGED, { kind: 'foreignNext', origin: 'http://127.0.0.1:9' }),
  ...single('a page cut short', PEOPLE, { kind: 'cutShort' }),
  ...single('an empty page with a count', PEOPLE, { kind: 'emptyPage' }),
  ...single('a filter that is ignored', ['membersWithout2fa'], { kind: 'ignoredFilter' }),
];

const PAIRS: readonly Case[] = ALL_LISTS.flatMap((first, index) =>
  ALL_LISTS.slice(index + 1).map(
    (second): Case => ({
      name: `${first} and ${second}`,
      lists: [first, second],
      fault: (list) => (list === first ? FORBIDDEN : { kind: 'html' }),
    }),
  ),
);

describe('an audit of which a part could not be read', () => {
  const scope = createScope();
  let faulted: Faulted;
  before(async () => {
    faulted = await auditFaulty(scope, [...CASES, ...PAIRS]);
  });
  after(() => scope.close());

  for (const each of CASES) {
    it(`judges what it saw and nothing else (${each.name})`, () => {
      assertHonest(each, faulted.reportOf(each.name), faulted);
    });
  }

  for (const each of PAIRS) {
    it(`never passes what it did not see (${each.name})`, () => {
      assertHonest(each, faulted.reportOf(each.name), faulted);
    });
  }

  it('does not spoil the audit of another group', () => {
    assert.equal(faulted.intact.run.status, 'complete');
  });

  it('ends with 3, whatever it found', () => {
    assert.equal(faulted.ended.code, 3);
  });
});

describe('an audit of which a part could not be read any more', () => {
  const scope = createScope();
  const cases = single('403', ALL_LISTS, FORBIDDEN);
  let faulted: Faulted;
  before(async () => {
    faulted = await auditFaulty(scope, cases, { before: true });
  });
  after(() => scope.close());

  for (const each of cases) {
    it(`keeps open what was open (${each.name})`, () => {
      assertHonest(each, faulted.reportOf(each.name), { ...faulted, before: true });
    });
  }
});
