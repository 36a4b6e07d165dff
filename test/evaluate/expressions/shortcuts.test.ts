import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { createLanguage, type Language } from '../../../src/evaluate/expressions/language.ts';
import { SECTION_KINDS } from '../../../src/evaluate/expressions/section-kinds.ts';
import { MEMBER } from '../../../src/evaluate/expressions/shapes.ts';
import { UnknownFact } from '../../../src/evaluate/expressions/unknown-fact.ts';
import { createViews, type Views } from '../../../src/evaluate/expressions/views.ts';
import { known, unknown } from '../../../src/model/fact.ts';
import { AT, approved, buildSections, member, quota } from '../../support/snapshot-builder.ts';

// Expressions take shortcuts past the library. Whatever one says of whatever account, in whatever order, must be what the library says.

setFlagsFromString('--enable-experimental-regexp-engine');

const sections = buildSections({ approvedDomains: ['harbor.example'], breakGlass: [approved('EMIL@harbor.example')] });

const seen = member('ana', {
  lastLoginAt: known('2026-11-20T07:00:00.000Z'),
  quotas: known({ api_requests_daily: quota(1000, 800), none_daily: quota(0, 0) }),
});

const ACCOUNTS = [
  seen,
  member('bo', { email: unknown('not_visible'), lastLoginAt: unknown('not_on_record'), name: null }),
  member('cy', { lastLoginAt: known(null), createdAt: known(null), quotas: known({}) }),
  member('di', { quotas: unknown('not_visible'), createdAt: unknown('not_visible'), status: null }),
  { ...member('eve', { quotas: known({ api_requests_daily: quota(5, 5) }) }), broken: true, name: null, status: null },
  { ...seen, id: 'fay', unreadable: { quotas: ['api_requests_daily'] } },
  // Names of what every object has, which are no quotas.
  member('gus', { quotas: known({ constructor: quota(1, 1), toString: quota(2, 2) }) }),
  seen,
].map((account) => ({ ...account }));

const QUESTIONS: readonly string[] = [
  'true',
  'member.status == "active"',
  'member.status != null',
  'member.name == null',
  'size(member.name) < 3',
  'member.email == "ana@harbor.example"',
  'member.email.contains("@")',
  'member.id in membersWithout2fa',
  'member.id in ["ana", "bo"]',
  'member.lastLoginAt == null',
  'member.lastLoginAt != null',
  'daysSince(member.lastLoginAt) > 2',
  'daysSince("2026-11-20") > 2',
  'daysUntil(member.name) > 2',
  'member.createdAt < timestamp("2026-01-01T00:00:00Z")',
  'member.createdAt < timestamp("no instant")',
  'at - member.createdAt > duration("240h")',
  '"api_requests_daily" in member.quotas',
  '"constructor" in member.quotas',
  '"hasOwnProperty" in member.quotas',
  'member.quotas["api_requests_daily"].used > 100',
  'member.quotas["toString"].allowed == 2',
  'member.quotas["hasOwnProperty"].used > 1',
  'member.quotas[member.id].used > 1',
  'member.quotas["none_daily"].used / member.quotas["none_daily"].allowed > 0.5',
  'member.quotas.exists(name, member.quotas[name].used > 500)',
  'member.quotas.all(name, name.startsWith("api"))',
  'members.exists(other, other.id == member.id)',
  'members.all(other, other.email.contains("@"))',
  'members[0].id == member.id',
  'members[99].id == member.id',
  'group.quotas["api_requests_daily"].allowed > 3',
  'isAdministrator(member)',
  'isBreakGlass(member)',
  'isApprovedDomain(domain(member.email))',
  'glob(member.id, "a*")',
  'lower(member.id) != member.id',
  'member.id.matches("^[a-c]")',
  'known(member.email)',
  'has(member.lastLoginAt)',
];

const EXPRESSIONS: readonly string[] = [
  ...QUESTIONS,
  ...QUESTIONS.flatMap((one) => QUESTIONS.flatMap((other) => [`${one} && ${other}`, `!(${one}) || ${other}`])),
  ...QUESTIONS.map((one) => `${one} ? member.name : member.email`),
];

interface Way {
  readonly views: Views;
  readonly language: Language;
}

function wayOf(plain?: true): Way {
  const views = createViews();
  const variables = { ...SECTION_KINDS, member: { shape: MEMBER }, at: 'instant' as const };
  const scope = () => ({ sections: { ...sections }, at: AT });
  return { views, language: createLanguage({ variables, views, scope, ...(plain === undefined ? {} : { plain }) }) };
}

/** What an expression says of one account after another, in one set of variables as the judgement has it. */
function answers(source: string, { views, language }: Way): readonly unknown[] {
  const compiled = language.compile(source);
  assert.ok(compiled.ok, compiled.ok ? '' : compiled.message);
  const values: Record<string, unknown> = { at: AT };
  for (const [name, kind] of Object.entries(SECTION_KINDS))
    values[name] = views.wrap(kind, Reflect.get(sections, name));
  return views.wrapAll(MEMBER, ACCOUNTS).map((view) => {
    values['member'] = view;
    try {
      return compiled.expression.run(values);
    } catch (error) {
      assert.ok(error instanceof Error);
      return `${error instanceof UnknownFact ? 'unknown' : 'failed'}: ${error.message.split('\n', 1).join('')}`;
    } finally {
      view.$release();
    }
  });
}

describe('a shortcut says what the library says', () => {
  const quick = wayOf();
  const plain = wayOf(true);

  test(`of ${ACCOUNTS.length} accounts, to ${EXPRESSIONS.length} questions`, () => {
    const said = EXPRESSIONS.map((source) => [source, answers(source, quick)]);
    assert.deepEqual(
      said,
      EXPRESSIONS.map((source) => [source, answers(source, plain)]),
    );
    // The questions are worth asking: yes, no, not known, and what cannot be worked out.
    const kinds = new Set(
      said.flatMap(([, all]) => Array.from(all ?? [], (one) => String(one).split(':', 1).join(''))),
    );
    for (const kind of ['true', 'false', 'unknown', 'failed']) assert.ok(kinds.has(kind), kind);
  });

  test('also in other variables than before', () => {
    const compiled = quick.language.compile('member.id == "ana"');
    assert.ok(compiled.ok);
    const said = ACCOUNTS.map((account) =>
      compiled.expression.run({ member: quick.views.wrap({ shape: MEMBER }, account) }),
    );
    assert.deepEqual(
      said,
      ACCOUNTS.map(({ id }) => id === 'ana'),
    );
  });
});
