import assert from 'node:assert/strict';
import { test } from 'node:test';
import rule from '../../rules/privileges-are-current.ts';
import { known, unknown } from '../../src/model/fact.ts';
import type { Privilege, Sections } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import { buildGroup, buildSections, GROUP_ID, privilege } from '../support/snapshot-builder.ts';

const subject = { kind: 'group', id: GROUP_ID } as const;
/** The last day of a month, so that ninety days ahead lie beyond the end of February. */
const at = new Date('2026-11-30T12:00:00.000Z');

function having(...privileges: readonly Privilege[]): Sections {
  return buildSections({ group: buildGroup({ privileges: known(privileges) }) });
}

function child(name: string, of: string, expiresAt: string | null = null): Privilege {
  return privilege(name, { inheritedFrom: of, inheritedVia: 'privilege', expiresAt });
}

testRule(rule, {
  passing: [
    { name: 'all end later or never', sections: buildSections(), at, checked: 2 },
    {
      name: 'a millisecond more than ninety days',
      sections: having(privilege('big-files', { expiresAt: '2027-02-28T12:00:00.001Z' })),
      at,
    },
    {
      name: 'a date of 0 is no date',
      sections: having(privilege('big-files', { expiresAt: '1970-01-01T00:00:00.000Z' })),
      at,
    },
    {
      name: 'what is not granted does not count, whatever its date',
      sections: having(
        privilege('file-feed', { granted: false, expiresAt: '2026-12-01T00:00:00.000Z' }),
        child('ip-feed', 'file-feed'),
      ),
      at,
      checked: 1,
    },
    { name: 'inheritance without an end', sections: having(child('a', 'b'), child('b', 'a'), child('c', 'c')), at },
    {
      name: 'fewer days ahead by option',
      sections: having(privilege('big-files', { expiresAt: '2026-12-31T00:00:00.000Z' })),
      options: { daysAhead: 30 },
      at,
    },
  ],
  breaching: [
    {
      name: 'exactly ninety days',
      sections: having(privilege('big-files', { expiresAt: '2027-02-28T12:00:00.000Z' })),
      at,
      checked: 1,
      breaches: [
        {
          subject,
          key: 'big-files',
          severity: 'medium',
          evidence: { daysLeft: 90, expiresAt: '2027-02-28T12:00:00.000Z', inheritedBy: [], privilege: 'big-files' },
        },
      ],
    },
    {
      name: 'fourteen days are medium, a millisecond less is high, until the instant itself; from then on it is low',
      sections: having(
        privilege('fourteen', { expiresAt: '2026-12-14T12:00:00.000Z' }),
        privilege('under', { expiresAt: '2026-12-14T11:59:59.999Z' }),
        privilege('last', { expiresAt: '2026-11-30T12:00:00.001Z' }),
        privilege('now', { expiresAt: '2026-11-30T12:00:00.000Z' }),
        privilege('past', { expiresAt: '2024-02-29T00:00:00.000Z' }),
      ),
      at,
      breaches: [
        { subject, key: 'fourteen', severity: 'medium', message: /on 2026-12-14, in 14 days/ },
        { subject, key: 'under', severity: 'high', message: /in 13 days/ },
        { subject, key: 'last', severity: 'high', message: /in less than a day/ },
        { subject, key: 'now', severity: 'low', message: /still granted/ },
        {
          subject,
          key: 'past',
          severity: 'low',
          evidence: { daysLeft: -1006, expiresAt: '2024-02-29T00:00:00.000Z', inheritedBy: [], privilege: 'past' },
        },
      ],
    },
    {
      name: 'children and grandchildren fold into the parent; one with a date of its own does not',
      sections: having(
        child('vtdiff-ui', 'livehunt'),
        child('livehunt', 'intelligence'),
        child('retrohunt', 'intelligence', '2026-12-20T00:00:00.000Z'),
        child('search', 'intelligence', '2027-01-10T00:00:00.000Z'),
        child('late', 'intelligence', '2029-01-10T00:00:00.000Z'),
        privilege('intelligence', { expiresAt: '2027-01-10T00:00:00.000Z' }),
      ),
      at,
      checked: 6,
      breaches: [
        {
          subject,
          key: 'intelligence',
          message: /with 3 others that rest on it/,
          evidence: {
            daysLeft: 40,
            expiresAt: '2027-01-10T00:00:00.000Z',
            inheritedBy: ['livehunt', 'search', 'vtdiff-ui'],
            privilege: 'intelligence',
          },
        },
        { subject, key: 'retrohunt', severity: 'medium' },
      ],
    },
    {
      name: 'inherited from a group that is called like a privilege, which is no parent',
      sections: having(
        privilege('intelligence'),
        privilege('big-files', {
          expiresAt: '2026-12-20T00:00:00.000Z',
          inheritedFrom: 'intelligence',
          inheritedVia: 'api_quota_group',
        }),
      ),
      at,
      breaches: [{ subject, key: 'big-files' }],
    },
    {
      name: 'names that are those of built-in properties, and dates in a circle',
      sections: having(
        privilege('__proto__', { expiresAt: '2026-12-20T00:00:00.000Z' }),
        child('constructor', '__proto__'),
        child('a', 'b', '2026-12-20T00:00:00.000Z'),
        child('b', 'a', '2026-12-20T00:00:00.000Z'),
      ),
      at,
      breaches: [
        {
          subject,
          key: '__proto__',
          evidence: {
            daysLeft: 19,
            expiresAt: '2026-12-20T00:00:00.000Z',
            inheritedBy: ['constructor'],
            privilege: '__proto__',
          },
        },
        { subject, key: 'a' },
        { subject, key: 'b' },
      ],
    },
    {
      name: 'other thresholds by option, both sides',
      sections: having(
        privilege('in', { expiresAt: '2026-12-30T12:00:00.000Z' }),
        privilege('out', { expiresAt: '2026-12-30T12:00:00.001Z' }),
        privilege('urgent', { expiresAt: '2026-12-05T11:59:59.999Z' }),
      ),
      options: { daysAhead: 30, urgentDays: 5 },
      at,
      breaches: [
        { subject, key: 'in', severity: 'medium' },
        { subject, key: 'urgent', severity: 'high' },
      ],
    },
  ],
  notEvaluated: [
    {
      name: 'privileges are not visible',
      sections: buildSections({ group: buildGroup({ privileges: unknown('not_visible') }) }),
      at,
      reason: 'not_visible',
    },
    {
      name: 'the group could not be collected',
      sections: buildSections(),
      missing: { group: { kind: 'not_collected', text: 'the API answered 503' } },
      at,
      reason: 'not_collected',
    },
  ],
});

test('refuses thresholds that make no sense together', () => {
  assert.equal(rule.options.safeParse({ daysAhead: 10 }).success, false);
  assert.equal(rule.options.safeParse({ daysAhead: 14 }).success, true);
  assert.equal(rule.options.safeParse({ daysAhead: 0 }).success, false);
});
