import type { Subject } from '../../model/judgement.ts';
import { didYouMean } from '../../model/near-miss.ts';
import { PARTIAL_KINDS, QUIET_KINDS, type ReasonKind } from '../../model/reason.ts';
import type { SectionName, Sections } from '../../model/snapshot.ts';
import { z } from '../../rule.ts';
import { describeMistake, valueAt } from '../describe-issue.ts';
import type {
  BreachingCase,
  ExpectedUnjudged,
  NotEvaluatedCase,
  RuleCase,
  RuleCases,
} from '../rule-tester/check-rule.ts';
import { isInstantText } from './instant-text.ts';
import { type RuleText, type TextPath, type TextProblem, unknownKey } from './rule-text.ts';
import { isSectionName, SECTION_KINDS } from './section-kinds.ts';
import type { Field, Kind, Shape } from './shapes.ts';
import type { Target } from './targets.ts';

const REASON_KINDS = [...PARTIAL_KINDS, ...QUIET_KINDS] as const;

/** The group of tests in rule files. */
const TEST_GROUP = 'test_group';

/** The instant of a test that names none: a Monday morning. */
const DEFAULT_AT = '2026-11-23T07:00:00Z';

const plainCase = {
  name: z.string().min(1),
  items: z.array(z.record(z.string(), z.unknown())),
  given: z.record(z.string(), z.unknown()).default({}),
  missing: z.record(z.string(), z.enum(REASON_KINDS)).default({}),
  options: z.record(z.string(), z.unknown()).default({}),
  at: z.string().refine(isInstantText, 'expected an instant such as 2026-11-22T10:00:00Z').default(DEFAULT_AT),
  unknown: z
    .array(
      z.union([
        z.string().transform((id) => ({ id })),
        z.strictObject({
          id: z.string(),
          key: z.string().exactOptional(),
          reason: z.enum(REASON_KINDS).exactOptional(),
        }),
      ]),
    )
    .default([]),
};

const expected = z.union([
  z.string().transform((id) => ({ id })),
  z.strictObject({
    id: z.string(),
    kind: z.enum(['member', 'service_account', 'group', 'quota']).exactOptional(),
    key: z.string().exactOptional(),
    message: z.string().exactOptional(),
    evidence: z.record(z.string(), z.unknown()).exactOptional(),
  }),
]);

/** What stands under `tests:` in a rule file. */
export const testForm = z.strictObject({
  passing: z.array(z.strictObject(plainCase)).min(1),
  breaching: z.array(z.strictObject({ ...plainCase, breaches: z.array(expected).min(1) })).min(1),
  notEvaluated: z.array(z.strictObject({ ...plainCase, reason: z.enum(REASON_KINDS) })).default([]),
});

type TestForm = z.infer<typeof testForm>;
type CaseForm = TestForm['passing'][number];

/** The cases of a rule file, or what is wrong with them. */
export type ParsedTests =
  | { readonly ok: true; readonly cases: RuleCases }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** Where tests stand and what their items are. */
export interface FileTests {
  readonly tests: unknown;
  readonly source: RuleText;
  readonly target: Target;
}

/**
 * Turns the `tests:` of a rule file into cases for the tester. Items are written with plain values; a fact that an item does not
 * mention is not on record, and `{ unknown: not_visible }` says that the key may not see it.
 */
export function parseFileTests({ tests, source, target }: FileTests): ParsedTests {
  if (tests === undefined) {
    return {
      ok: false,
      problems: [source.problem([], 'the file has no tests: a passing and a breaching case are needed')],
    };
  }
  const parsed = testForm.safeParse(tests);
  if (!parsed.success)
    return { ok: false, problems: parsed.error.issues.flatMap((issue) => toProblems(issue, source)) };
  const builder = createBuilder(source, target);
  const cases: RuleCases = {
    passing: parsed.data.passing.map((one, index) => builder.toCase(one, ['tests', 'passing', index])),
    breaching: parsed.data.breaching.map((one, index) => builder.toBreaching(one, ['tests', 'breaching', index])),
    notEvaluated: parsed.data.notEvaluated.map((one, index): NotEvaluatedCase => {
      const path = ['tests', 'notEvaluated', index];
      const whole = builder.toCase(one, path);
      const unknown = builder.toUnknown(one, whole, path);
      return { ...whole, reason: one.reason, ...(unknown.length === 0 ? {} : { unknown }) };
    }),
  };
  return builder.problems.length === 0 ? { ok: true, cases } : { ok: false, problems: builder.problems };
}

function toProblems(issue: z.core.$ZodIssue, source: RuleText): TextProblem[] {
  const path: TextPath = ['tests', ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return [source.problem(path.slice(0, -1), `the key ${path.join('.')} is missing`)];
  }
  if (issue.code !== 'unrecognized_keys') {
    return [source.problem(path, `${path.join('.')}: ${describeMistake(issue, valueAt(source.value, path))}`)];
  }
  const known = path.length === 1 ? Object.keys(testForm.shape) : [...Object.keys(plainCase), 'breaches', 'reason'];
  return issue.keys.map((key) => source.keyProblem([...path, key], unknownKey(key, known)));
}

function createBuilder(source: RuleText, target: Target) {
  const problems: TextProblem[] = [];
  const complain = (path: TextPath, message: string): void => void problems.push(source.problem(path, message));
  const build = (shape: Shape, raw: unknown, path: TextPath): Record<string, unknown> => {
    const given = isRecord(raw) ? raw : { id: raw };
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(shape.fields, name)) {
        problems.push(source.keyProblem([...path, name], unknownKey(name, Object.keys(shape.fields))));
      }
    }
    const entries = Object.entries(shape.fields).flatMap(([name, field]) =>
      field.compute === undefined
        ? [[name, toField(field, given[name], { build, complain, path: [...path, name] })]]
        : [],
    );
    const built = Object.fromEntries(entries);
    for (const [name, { compute }] of Object.entries(shape.fields)) {
      const value = compute?.(built);
      if (compute !== undefined && given[name] !== undefined && given[name] !== value) {
        complain([...path, name], workedOut(name, value));
      }
    }
    return {
      ...built,
      ...(shape.name === 'Member' || shape.name === 'ServiceAccount' ? { broken: false } : {}),
    };
  };
  const isAboutItems = !(isRecord(source.value) && 'subject' in source.value);
  const named = (written: Written, whole: RuleCase, path: TextPath): readonly ExpectedIdentity[] => {
    const found = toIdentities(written, target, whole);
    if (found.unmet !== null && isAboutItems) complain(path, found.unmet);
    return found.identities;
  };
  /** A consumer's share is worked out from what all of them used. */
  const checkShares = (items: CaseForm['items'], sections: Partial<Sections>, path: TextPath): void => {
    const listed = target.list(sections, new Date(DEFAULT_AT));
    for (const [index, { id, quota, share }] of items.entries()) {
      const raw = 'raws' in listed ? listed.raws.find((one) => one['id'] === id && one['quota'] === quota) : undefined;
      if (raw === undefined || share === undefined || share === raw['share']) continue;
      complain([...path, 'items', index, 'share'], workedOut('share', raw['share']));
    }
  };
  const toCase = (one: CaseForm, path: TextPath): RuleCase => {
    const items = one.items.map((item, index) => build(target.shape, item, [...path, 'items', index]));
    const own = sectionsOf(target, items);
    const given = Object.entries(one.given).flatMap(([name, raw]) => {
      const kind = isSectionName(name) ? SECTION_KINDS[name] : undefined;
      if (kind === undefined) {
        problems.push(source.keyProblem([...path, 'given', name], unknownKey(name, Object.keys(SECTION_KINDS))));
        return [];
      }
      if (Object.hasOwn(own, name)) complain([...path, 'given', name], `${name} is what \`items\` says in this rule`);
      return [[name, toValue(kind, raw, { build, complain, path: [...path, 'given', name] })]];
    });
    const sections: Partial<Sections> = { ...USUAL, ...own, ...Object.fromEntries(given) };
    if (target.variable === 'consumer') checkShares(one.items, sections, path);
    return {
      name: one.name,
      sections,
      missing: toMissing(one.missing),
      options: one.options,
      at: new Date(one.at),
    };
  };
  return {
    problems,
    toCase,
    toUnknown: ({ unknown }: CaseForm, whole: RuleCase, path: TextPath): readonly ExpectedUnjudged[] =>
      unknown.flatMap((written, index) =>
        named(written, whole, [...path, 'unknown', index]).map((identity) => ({
          ...identity,
          ...('reason' in written && written.reason !== undefined ? { reason: written.reason } : {}),
        })),
      ),
    toBreaching(one: TestForm['breaching'][number], path: TextPath): BreachingCase {
      const whole = toCase(one, path);
      return {
        ...whole,
        breaches: one.breaches.flatMap((written, index) =>
          named(written, whole, [...path, 'breaches', index]).map((identity) => ({
            ...identity,
            ...('message' in written && written.message !== undefined ? { message: literally(written.message) } : {}),
            ...('evidence' in written && written.evidence !== undefined ? { evidence: written.evidence } : {}),
          })),
        ),
        unknown: this.toUnknown(one, whole, path),
      };
    },
  };
}

/** Whom a test names. */
interface Written {
  readonly id: string;
  readonly kind?: Subject['kind'];
  readonly key?: string;
}

interface ExpectedIdentity {
  readonly subject: Pick<Subject, 'kind' | 'id'>;
  readonly key?: string;
}

/**
 * Whom a test means by a name: the item with this id or key (a quota's name, a privilege's, a day); all of them when an account uses
 * several quotas. A kind or key that is written counts as it stands. `unmet` says that there is no such item.
 */
function toIdentities(
  { id, kind, key }: Written,
  target: Target,
  { sections, at }: RuleCase,
): { readonly identities: readonly ExpectedIdentity[]; readonly unmet: string | null } {
  const items = target.list(sections, at);
  const all = 'notEvaluated' in items ? [] : items.raws.map((raw) => items.identify(raw));
  const meant = all.filter((item) => item.subject.id === id || item.key === id);
  const names = all.map((item) => (item.subject.kind === 'group' ? (item.key ?? item.subject.id) : item.subject.id));
  const unmet = meant.length > 0 ? null : `there is no item "${id}"${didYouMean(id, names) || thereAre(names)}`;
  if (kind !== undefined || key !== undefined || meant.length === 0) {
    const [first] = meant;
    const subject = { kind: kind ?? first?.subject.kind ?? 'group', id: first?.subject.id ?? id };
    return { identities: [{ subject, ...(key === undefined ? {} : { key }) }], unmet };
  }
  const identities = meant.map((item) => ({
    subject: { kind: item.subject.kind, id: item.subject.id },
    ...(item.key === null ? {} : { key: item.key }),
  }));
  return { identities, unmet };
}

function thereAre(names: readonly string[]): string {
  return names.length === 0 ? '' : `; there are ${[...new Set(names)].sort().slice(0, MOST_NAMED).join(', ')}`;
}

/** Items that a sentence names. */
const MOST_NAMED = 10;

function workedOut(name: string, value: unknown): string {
  return `${name} is worked out from the rest and is ${JSON.stringify(value)} here; leave it out`;
}

/** What a test need not say: nobody else is in the group, and nothing is configured beyond what rules always have. */
const USUAL: Partial<Sections> = {
  serviceAccounts: [],
  administrators: [],
  membersWithout2fa: [],
  breakGlass: [],
  roles: { visible: true, byAccount: {} },
  group: emptyGroup(),
  rights: { proven: true, proofs: ['a test'], identityIsAdministrator: true },
  singleSignOn: { attestation: null },
  identity: { id: null },
  storedUsage: [],
  storedAccountDays: [],
  lastJudged: {},
};

function emptyGroup(): Sections['group'] {
  return {
    id: TEST_GROUP,
    domain: null,
    quotas: { known: true, value: {} },
    privileges: { known: true, value: [] },
    autoAddUsers: { known: true, value: [] },
    forceOidcLogin: { known: true, value: false },
  };
}

/** The section, or sections, that hold the items of a target. */
function sectionsOf(target: Target, items: readonly Record<string, unknown>[]): Record<string, unknown> {
  switch (target.variable) {
    case 'member':
      return { members: items };
    case 'account':
      return { serviceAccounts: items };
    case 'administrator':
      return { administrators: items };
    case 'group':
      return items[0] === undefined ? {} : { group: { ...items[0], id: items[0]['id'] ?? TEST_GROUP } };
    case 'quota': {
      const quotas = items.map(({ name, allowed, used }) => [String(name), { allowed, used }]);
      return { group: { ...emptyGroup(), quotas: { known: true, value: Object.fromEntries(quotas) } } };
    }
    case 'privilege':
      return { group: { ...emptyGroup(), privileges: { known: true, value: items } } };
    case 'usage':
      return { groupUsage: items };
    default:
      return { consumption: toConsumption(items) };
  }
}

function toConsumption(items: readonly Record<string, unknown>[]): readonly unknown[] {
  const byQuota = Map.groupBy(items, ({ quota }) => String(quota));
  return [...byQuota].map(([quota, consumers]) => ({
    quota,
    period: consumers[0]?.['period'] ?? DEFAULT_AT.slice(0, 7),
    consumers: consumers.map(({ id, used }) => ({ id, used })),
    complete: true,
  }));
}

interface Building {
  readonly build: (shape: Shape, raw: unknown, path: TextPath) => Record<string, unknown>;
  readonly complain: (path: TextPath, message: string) => void;
  readonly path: TextPath;
}

function toField(field: Field, raw: unknown, building: Building): unknown {
  if (field.fact !== true) return raw === undefined ? absent(field) : toValue(field.kind, raw, building);
  if (raw === undefined) return { known: false, why: 'not_on_record' };
  if (isRecord(raw) && Object.keys(raw).length === 1 && 'unknown' in raw) {
    const why = REASON_KINDS.find((kind) => kind === raw['unknown']);
    if (why === undefined) building.complain(building.path, `unknown must be one of ${REASON_KINDS.join(', ')}`);
    return { known: false, why: why ?? 'not_visible' };
  }
  return { known: true, value: raw === null ? null : toValue(field.kind, raw, building) };
}

function absent({ kind, nullable }: Field): unknown {
  if (nullable === true) return null;
  if (kind === 'string') return '';
  if (kind === 'number') return 0;
  if (kind === 'bool') return false;
  return typeof kind === 'object' && ('map' in kind || 'shape' in kind) ? {} : [];
}

function toValue(kind: Kind, raw: unknown, building: Building): unknown {
  const { build, complain, path } = building;
  const wrong = (what: string): unknown => {
    complain(path, `${String(path.at(-1))} must be ${what}`);
    return raw;
  };
  if (raw === null) return null;
  if (kind === 'string') return typeof raw === 'string' ? raw : wrong('a text: put quotes around it');
  if (kind === 'number') return typeof raw === 'number' ? raw : wrong('a number');
  if (kind === 'bool') return typeof raw === 'boolean' ? raw : wrong('true or false');
  if (kind === 'instant')
    return isInstantText(raw) ? new Date(raw).toISOString() : wrong('an instant such as 2026-11-22T10:00:00Z');
  if ('shape' in kind) return build(kind.shape, raw, path);
  if ('map' in kind) {
    if (!isRecord(raw)) return wrong('a map');
    const entries = Object.entries(raw).map(([name, one]) => [
      name,
      toValue(kind.map, one, { ...building, path: [...path, name] }),
    ]);
    return Object.fromEntries(entries);
  }
  const item = 'list' in kind ? kind.list : kind.set;
  if (!Array.isArray(raw)) return wrong('a list');
  return raw.map((one: unknown, index) => toValue(item, one, { ...building, path: [...path, index] }));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toMissing(missing: CaseForm['missing']): Partial<Record<SectionName, { kind: ReasonKind; text: string }>> {
  const entries = Object.entries(missing).map(([name, kind]) => [name, { kind, text: 'the test says so' }]);
  return Object.fromEntries(entries);
}

/** A text that a message must contain, as a pattern. */
function literally(text: string): RegExp {
  return new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
}
