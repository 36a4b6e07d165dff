import {
  type Breach,
  type Evidence,
  isBreach,
  type Judgement,
  type SubjectKind,
  type Unjudged,
  type Verdict,
} from '../../model/judgement.ts';
import type { Reason, ReasonKind } from '../../model/reason.ts';
import type { Severity } from '../../model/severity.ts';
import type { SectionName, Sections } from '../../model/snapshot.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { explainThrown } from '../explain-thrown.ts';
import { type Outcome, openKey, parseOutcome } from '../outcome.ts';
import type { DeclaredRule } from '../rule-shape.ts';

/** What of a rule is tried: any `Rule` fits. */
export type TestedRule = Pick<
  DeclaredRule,
  'id' | 'title' | 'severity' | 'why' | 'fix' | 'needs' | 'wants' | 'consults' | 'options' | 'evaluate'
>;

/** An input of a rule: section values, which of them are missing, options as the configuration would write them, the instant. */
export interface RuleCase {
  /** The behaviour in a sentence. */
  readonly name: string;
  readonly sections: Partial<Sections>;
  /** Sections that could not be obtained; wins over a value of the same name. */
  readonly missing?: Partial<Record<SectionName, Reason>>;
  readonly options?: unknown;
  readonly at: Date;
  /** Asserted when given. */
  readonly checked?: number;
  /** One pattern for each sentence that limits the verdict, in any order. Asserted when given. */
  readonly limits?: readonly RegExp[];
}

/** A breach that must come. Severity defaults to the rule's; evidence is compared whole when given; prose only where `message` is. */
export interface ExpectedBreach {
  readonly subject: {
    readonly kind: SubjectKind;
    readonly id: string;
    readonly email?: string;
    readonly name?: string;
  };
  readonly key?: string;
  readonly severity?: Severity;
  readonly onlyIfOpen?: boolean;
  readonly resetsAt?: string;
  readonly evidence?: Evidence;
  readonly message?: RegExp;
}

/** A subject that must be left unjudged. */
export interface ExpectedUnjudged {
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  readonly key?: string;
  /** Asserted when given. */
  readonly reason?: ReasonKind;
}

/** The rule must say "breached", with exactly these breaches and unjudged subjects. */
export interface BreachingCase extends RuleCase {
  readonly breaches: readonly ExpectedBreach[];
  readonly unknown?: readonly ExpectedUnjudged[];
}

/** The rule must not be evaluated, for a reason of this kind; with exactly these unjudged subjects when given. */
export interface NotEvaluatedCase extends RuleCase {
  readonly reason: ReasonKind;
  readonly unknown?: readonly ExpectedUnjudged[];
}

/** What a rule is tried on. */
export interface RuleCases {
  readonly passing: readonly RuleCase[];
  readonly breaching: readonly BreachingCase[];
  readonly notEvaluated?: readonly NotEvaluatedCase[];
}

/** Something a rule does that it must not, and in which case; `case` is null when it concerns the rule itself. */
export interface RuleProblem {
  readonly case: string | null;
  readonly problem: string;
}

interface Observed {
  readonly verdict: Verdict;
  readonly breaches: readonly Breach[];
  readonly unjudged: readonly Unjudged[];
  readonly reasons: readonly Reason[];
  readonly checked: number | null;
  readonly limits: readonly string[];
  readonly problems: readonly string[];
  /** It threw, or returned what is no answer: nothing but that need be said. */
  readonly failed: boolean;
}

/** Lists whose order the API or the configuration decides, not the rule: turning them round must change nothing. */
const UNORDERED: readonly SectionName[] = [
  'members',
  'membersWithout2fa',
  'administrators',
  'serviceAccounts',
  'approvedAdministrators',
  'approvedServiceAccounts',
  'approvedDomains',
  'breakGlass',
];

/** Says in a sentence what a rule threw; whoever knows its files names the line too. */
export type Explain = (thrown: unknown) => string;

/** Tries a rule on all its cases. An empty list means that it behaves. */
export function checkRule(
  rule: TestedRule,
  cases: RuleCases,
  explain: Explain = explainThrown,
): readonly RuleProblem[] {
  const { passing, breaching, notEvaluated = [] } = cases;
  return [
    ...checkForm(rule, cases).map((problem) => ({ case: null, problem })),
    ...passing.flatMap((one) => named(one, checkPassing(rule, one, explain))),
    ...breaching.flatMap((one) => named(one, checkBreaching(rule, one, explain))),
    ...notEvaluated.flatMap((one) => named(one, checkNotEvaluated(rule, one, explain))),
  ];
}

/** What is wrong with the rule's own declaration, or with the choice of cases. */
export function checkForm(rule: TestedRule, cases: RuleCases): readonly string[] {
  const names = [...rule.needs, ...(rule.wants ?? []), ...(rule.consults ?? [])];
  const all = [...cases.passing, ...cases.breaching, ...(cases.notEvaluated ?? [])].map((one) => one.name);
  return [
    when(!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(rule.id), 'the id is not kebab-case'),
    when(rule.title.trim() === '' || rule.title.endsWith('.'), 'the title is empty or ends with a full stop'),
    when(rule.why.trim() === '' || rule.fix.text.trim() === '', 'why or fix is empty'),
    when(names.length === 0, 'the rule needs no section'),
    when(new Set(names).size !== names.length, 'a section is named twice in needs, wants and consults'),
    when(!rule.options.safeParse({}).success, 'an option has no default'),
    when(
      rule.options.safeParse({ 'no-such-option': 1 }).success,
      'the options are not strict: a typo would be accepted',
    ),
    when(cases.passing.length === 0, 'no passing case'),
    when(cases.breaching.length === 0, 'no breaching case'),
    when(new Set(all).size !== all.length, 'two cases have the same name'),
  ].flat();
}

/** What is wrong with the rule's answer to a case that must pass. */
export function checkPassing(
  rule: TestedRule,
  expected: RuleCase,
  explain: Explain = explainThrown,
): readonly string[] {
  const observed = observe(rule, expected, explain);
  return otherVerdict(observed, 'passed') ?? [...observed.problems, ...compareExtras(observed, expected)];
}

/** What is wrong with the rule's answer to a case that must breach. */
export function checkBreaching(
  rule: TestedRule,
  expected: BreachingCase,
  explain: Explain = explainThrown,
): readonly string[] {
  const observed = observe(rule, expected, explain);
  return (
    otherVerdict(observed, 'breached') ?? [
      ...observed.problems,
      ...compareBreaches(observed.breaches, expected.breaches, rule.severity),
      ...compareUnjudged(observed.unjudged, expected.unknown ?? []),
      ...compareExtras(observed, expected),
    ]
  );
}

/** What is wrong with the rule's answer to a case that must not be evaluated. */
export function checkNotEvaluated(
  rule: TestedRule,
  expected: NotEvaluatedCase,
  explain: Explain = explainThrown,
): readonly string[] {
  const observed = observe(rule, expected, explain);
  const kinds = observed.reasons.map(({ kind }) => kind);
  return (
    otherVerdict(observed, 'not_evaluated') ?? [
      ...observed.problems,
      ...when(
        !kinds.includes(expected.reason),
        `the reason is ${kinds.join(', ') || 'none'} where ${expected.reason} was expected`,
      ),
      ...(expected.unknown === undefined ? [] : compareUnjudged(observed.unjudged, expected.unknown)),
      ...compareExtras(observed, expected),
    ]
  );
}

function named(one: RuleCase, problems: readonly string[]): RuleProblem[] {
  return problems.map((problem) => ({ case: one.name, problem }));
}

function when(condition: boolean, problem: string): string[] {
  return condition ? [problem] : [];
}

/** Runs the rule as the evaluator would, and three times: equal inputs must give equal answers, in any order of lists. */
function observe(rule: TestedRule, one: RuleCase, explain: Explain): Observed {
  const absent = rule.needs.flatMap((name) => {
    const reason = reasonFor(one, name);
    return reason === null ? [] : [reason];
  });
  if (absent.length > 0) return nothingObserved(absent);
  try {
    const first = runOnce(rule, one, one.sections);
    const second = runOnce(rule, one, one.sections);
    const turned = runOnce(rule, one, turnRound(one.sections));
    const observed = toObserved(first.outcome, missingWants(rule, one));
    return {
      ...observed,
      problems: [
        ...first.problems,
        ...when(
          canonical(first.outcome) !== canonical(second.outcome),
          'the same input gave two answers: the rule keeps state or reads a clock',
        ),
        ...when(
          canonical(toSet(first.outcome)) !== canonical(toSet(turned.outcome)),
          'the answer depends on the order of a list: sort the evidence',
        ),
        ...observed.problems,
      ],
    };
  } catch (error) {
    return failedWith(`the rule threw: ${explain(error)}`);
  }
}

function nothingObserved(reasons: readonly Reason[]): Observed {
  return {
    verdict: 'not_evaluated',
    breaches: [],
    unjudged: [],
    reasons,
    checked: null,
    limits: [],
    problems: [],
    failed: false,
  };
}

function failedWith(text: string): Observed {
  return { ...nothingObserved([{ kind: 'rule_failed', text }]), problems: [text], failed: true };
}

function reasonFor(one: RuleCase, name: SectionName): Reason | null {
  const reason = one.missing?.[name];
  if (reason !== undefined) return reason;
  return one.sections[name] === undefined ? { kind: 'not_collected', text: `${name} was not collected` } : null;
}

function missingWants(rule: TestedRule, one: RuleCase): readonly Reason[] {
  return (rule.wants ?? []).flatMap((name) => {
    const reason = reasonFor(one, name);
    return reason === null ? [] : [reason];
  });
}

function runOnce(
  rule: TestedRule,
  one: RuleCase,
  sections: Partial<Sections>,
): { readonly outcome: Outcome; readonly problems: readonly string[] } {
  const foreign = new Set<string>();
  const guarded = guard(toInput(rule, one, sections), foreign);
  const at = new Date(one.at);
  const options = deepFreeze(rule.options.parse(one.options ?? {}));
  const outcome = parseOutcome(rule.evaluate(guarded, options, Object.freeze({ at })));
  return {
    outcome,
    problems: [
      ...[...foreign].sort().map((name) => `the rule read ${name}, which is in none of needs, wants and consults`),
      ...when(at.getTime() !== one.at.getTime(), 'the rule changed the instant it was given'),
    ],
  };
}

/** A fresh copy by way of JSON, as the stored sections take it, so that nothing is shared between two runs. */
function toInput(rule: TestedRule, one: RuleCase, sections: Partial<Sections>): Readonly<Record<string, unknown>> {
  const needed = rule.needs.map((name) => [name, sections[name]]);
  const wanted = [...(rule.wants ?? []), ...(rule.consults ?? [])].map((name) => {
    const reason = reasonFor(one, name);
    return [name, reason === null ? { present: true, value: sections[name] } : { present: false, missing: reason }];
  });
  const input: Readonly<Record<string, unknown>> = JSON.parse(
    JSON.stringify(Object.fromEntries([...needed, ...wanted])),
  );
  return deepFreeze(input);
}

function guard<Input extends object>(input: Input, foreign: Set<string>): Input {
  return new Proxy(input, {
    get(target, name, receiver) {
      if (typeof name === 'string' && !Object.hasOwn(target, name)) foreign.add(name);
      return Reflect.get(target, name, receiver);
    },
    has(target, name) {
      if (typeof name === 'string' && !Object.hasOwn(target, name)) foreign.add(name);
      return Reflect.has(target, name);
    },
  });
}

function turnRound(sections: Partial<Sections>): Partial<Sections> {
  const turned = UNORDERED.flatMap((name) => {
    const value = sections[name];
    return Array.isArray(value) ? [[name, value.toReversed()]] : [];
  });
  return { ...sections, ...Object.fromEntries(turned) };
}

function toObserved(outcome: Outcome, missing: readonly Reason[]): Observed {
  if (outcome.is === 'garbage') {
    return failedWith(`the rule returned ${outcome.problem}`);
  }
  if (outcome.is === 'not_evaluated') return nothingObserved([outcome.reason]);
  const { judgements, checked, limits } = outcome;
  const breaches = judgements.filter(isBreach);
  const unjudged = judgements.filter((judgement) => 'unknown' in judgement);
  const reasons = [...missing, ...unjudged.map((judgement) => judgement.unknown)];
  return {
    verdict: breaches.length > 0 ? 'breached' : reasons.length > 0 ? 'not_evaluated' : 'passed',
    breaches,
    unjudged,
    reasons,
    checked,
    limits,
    problems: [],
    failed: false,
  };
}

function toSet(outcome: Outcome): unknown {
  return outcome.is === 'judged' ? { ...outcome, judgements: outcome.judgements.map(canonical).sort() } : outcome;
}

const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'it passed',
  breached: 'it breached',
  not_evaluated: 'it was not evaluated',
};

const EXPECTED_WORDS: Readonly<Record<Verdict, string>> = {
  passed: 'should pass',
  breached: 'should breach',
  not_evaluated: 'should not be evaluated',
};

/** What is wrong when the verdict is another than expected; the rest follows from it. Null when it is the expected one. */
function otherVerdict(observed: Observed, expected: Verdict): readonly string[] | null {
  if (observed.failed) return observed.problems;
  if (observed.verdict === expected) return null;
  const said = [
    ...observed.breaches.map((one) => `${label(one)}: ${one.message}`),
    ...observed.unjudged.map((one) => `${label(one)} cannot be judged: ${one.unknown.text}`),
    ...(observed.unjudged.length > 0 ? [] : observed.reasons.map(({ kind, text }) => `${kind}, ${text}`)),
  ];
  const why = said.length === 0 ? '' : ` (${said.join('; ')})`;
  return [...observed.problems, `${EXPECTED_WORDS[expected]}, but ${VERDICT_WORDS[observed.verdict]}${why}`];
}

function compareBreaches(
  found: readonly Breach[],
  expected: readonly ExpectedBreach[],
  severity: Severity,
): readonly string[] {
  return compareLists(found, expected, (breach, wanted) => [
    ...differ('email', breach.subject.email, wanted.subject.email, wanted.subject.email !== undefined),
    ...differ('name', breach.subject.name, wanted.subject.name, wanted.subject.name !== undefined),
    ...differ('severity', breach.severity ?? severity, wanted.severity ?? severity, true),
    ...differ('onlyIfOpen', breach.onlyIfOpen ?? false, wanted.onlyIfOpen ?? false, true),
    ...differ('resetsAt', breach.resetsAt, wanted.resetsAt, wanted.resetsAt !== undefined),
    ...differ('evidence', breach.evidence, wanted.evidence, wanted.evidence !== undefined),
    ...when(
      wanted.message !== undefined && !wanted.message.test(breach.message),
      `message "${breach.message}" does not match ${String(wanted.message)}`,
    ),
  ]);
}

function compareUnjudged(found: readonly Unjudged[], expected: readonly ExpectedUnjudged[]): readonly string[] {
  return compareLists(found, expected, (unjudged, wanted) =>
    differ('reason', unjudged.unknown.kind, wanted.reason, wanted.reason !== undefined),
  );
}

function compareLists<Found extends Judgement, Expected extends ExpectedBreach | ExpectedUnjudged>(
  found: readonly Found[],
  expected: readonly Expected[],
  compare: (found: Found, expected: Expected) => readonly string[],
): readonly string[] {
  const byKey = new Map(found.map((one) => [openKey(one), one]));
  const wanted = new Set(expected.map(openKey));
  return [
    ...found.filter((one) => !wanted.has(openKey(one))).map((one) => `not expected: ${label(one)}: ${sentenceOf(one)}`),
    ...expected.flatMap((one) => {
      const match = byKey.get(openKey(one));
      if (match === undefined) return [`expected, and not found: ${label(one)}`];
      return compare(match, one).map((problem) => `${label(one)}: ${problem}`);
    }),
  ];
}

function sentenceOf(judgement: Judgement): string {
  return isBreach(judgement) ? judgement.message : `cannot be judged: ${judgement.unknown.text}`;
}

function compareExtras(observed: Observed, expected: RuleCase): readonly string[] {
  const patterns = expected.limits;
  return [
    ...differ('checked', observed.checked, expected.checked, expected.checked !== undefined),
    ...when(
      patterns !== undefined &&
        (patterns.length !== observed.limits.length ||
          !patterns.every((pattern) => observed.limits.some((limit) => pattern.test(limit)))),
      `the limits are ${canonical(observed.limits)} where ${String(patterns)} were expected`,
    ),
  ];
}

function differ(what: string, found: unknown, expected: unknown, asked: boolean): readonly string[] {
  if (!asked || canonical(found) === canonical(expected)) return [];
  return [`${what} is ${canonical(found)} where ${canonical(expected)} was expected`];
}

/** Whom a judgement is about, for people: `member ana`, `member ana (intelligence_searches_monthly)`. */
function label({
  subject,
  key,
}: {
  readonly subject: { readonly kind: string; readonly id: string };
  readonly key?: string;
}) {
  const kind = subject.kind.replaceAll('_', ' ');
  return `${kind} ${subject.id}${key === undefined || key === '' ? '' : ` (${key})`}`;
}

/** JSON with sorted keys: equal for equal values whatever the order in which they were built. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}
