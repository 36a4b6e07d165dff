import type { Breach, Evidence, Judgement, Subject, Unjudged } from '../../model/judgement.ts';
import type { SectionName } from '../../model/snapshot.ts';
import { type RuleContext, type RuleOutcome, z } from '../../rule.ts';
import { openKey } from '../outcome.ts';
import { type DeclaredRule, parseRule } from '../rule-shape.ts';
import type { Scope } from './functions.ts';
import { createLanguage, type Expression, explainRuntimeError, type Language, type Values } from './language.ts';
import { type OptionDefault, parseForm, type RuleForm } from './rule-form.ts';
import { type RuleText, readRuleText, type TextPath, type TextProblem } from './rule-text.ts';
import { isSectionName, SECTION_KINDS, SECTION_NAMES } from './section-kinds.ts';
import type { Field, Kind, Shape } from './shapes.ts';
import { toJsonValue, toWords } from './show-value.ts';
import { type Identity, type Items, TARGETS, type Target } from './targets.ts';
import { type Part, parseTemplate } from './template.ts';
import { inWords } from './type-words.ts';
import { UnknownFact } from './unknown-fact.ts';
import type { Views } from './views.ts';

/** A rule made of a YAML file, with what its tests are made of; or everything that is wrong with the file. */
export type CompiledRule =
  | {
      readonly ok: true;
      readonly rule: DeclaredRule;
      readonly target: Target;
      readonly source: RuleText;
      /** As the file has them. */
      readonly tests: unknown;
    }
  | { readonly ok: false; readonly problems: readonly TextProblem[] };

/** The text of a rule file, the id that its name gives, and the views of this process. */
export interface CompileInput {
  readonly text: string;
  readonly id: string;
  readonly views: Views;
}

/** Makes a rule of a YAML file. Every name in every expression is checked here, so that a typo is told before anything is judged. */
export function compileRule({ text, id, views }: CompileInput): CompiledRule {
  const source = readRuleText(text);
  const parsed = parseForm(source);
  if (!parsed.ok) return parsed;
  const { form } = parsed;
  const target = TARGETS[form.for];
  if (target === undefined) return { ok: false, problems: [source.problem(['for'], 'cannot be judged')] };
  const scope: { current: Scope } = { current: NOTHING };
  const options = optionsShape(form.options);
  const language = createLanguage({
    variables: variablesOf(target, options),
    item: target.variable,
    views,
    scope: () => scope.current,
  });
  const compiler = createCompiler(language, source);
  const parts = compileParts(form, compiler);
  if (compiler.problems.length > 0) return { ok: false, problems: compiler.problems };
  const needs = neededSections(target, parts.all, language);
  const declared = parseRule(
    {
      ...requirementOf(form, id),
      needs,
      options: optionsSchema(form.options),
      evaluate: evaluator({ target, parts, needs, options, views, scope }),
    },
    id,
  );
  if (!declared.ok) return { ok: false, problems: [source.problem(['id'], declared.problem)] };
  return { ok: true, rule: declared.rule, target, source, tests: form.tests };
}

const NOTHING: Scope = { sections: {}, at: new Date(Number.NaN) };

function requirementOf(form: RuleForm, id: string): object {
  const { title, severity, tags, why, fix, controls, event, personalUse, version } = form;
  return {
    id: form.id ?? id,
    title,
    severity,
    tags,
    why,
    fix,
    controls,
    ...(event === undefined ? {} : { event }),
    ...(personalUse === undefined ? {} : { personalUse }),
    ...(version === undefined ? {} : { version }),
  };
}

function variablesOf(target: Target, options: Shape): Readonly<Record<string, Kind>> {
  return {
    ...sectionVariables(),
    [target.variable]: { shape: target.shape },
    options: { shape: options },
    at: 'instant',
  };
}

function sectionVariables(): Readonly<Record<string, Kind>> {
  const entries = SECTION_NAMES.flatMap((name) => {
    const kind = SECTION_KINDS[name];
    return kind === undefined ? [] : [[name, kind] as const];
  });
  return Object.fromEntries(entries);
}

function optionsShape(defaults: RuleForm['options']): Shape {
  const fields = Object.entries(defaults).map(([name, value]): [string, Field] => [
    name,
    { kind: kindOf(value), about: 'an option of the rule' },
  ]);
  return { name: 'Options', fields: Object.fromEntries(fields) };
}

function kindOf(value: OptionDefault): Kind {
  if (Array.isArray(value)) return { list: typeof value[0] === 'number' ? 'number' : 'string' };
  if (isMap(value)) return { map: hasNumbers(value) ? 'number' : 'string' };
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'bool' : 'string';
}

/** Strict, and every option with its default: what the configuration writes must be of the default's kind. */
function optionsSchema(defaults: RuleForm['options']): z.ZodType {
  const entries = Object.entries(defaults).map(([name, value]) => [name, schemaOf(value)] as const);
  return z.strictObject(Object.fromEntries(entries));
}

function schemaOf(value: OptionDefault): z.ZodType {
  if (typeof value === 'number') return z.number().default(value);
  if (typeof value === 'boolean') return z.boolean().default(value);
  if (typeof value === 'string') return z.string().default(value);
  if (isMap(value)) {
    return hasNumbers(value)
      ? z.record(z.string(), z.number()).default(value)
      : z.record(z.string(), z.string()).default(toTexts(value));
  }
  return value.every((one) => typeof one === 'number') && value.length > 0
    ? z.array(z.number()).default(value)
    : z.array(z.string()).default(value.map(String));
}

function isMap(value: OptionDefault): value is Extract<OptionDefault, Readonly<Record<string, unknown>>> {
  return typeof value === 'object' && !Array.isArray(value);
}

function toTexts(map: object): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, one]) => [name, String(one)]));
}

function hasNumbers(map: object): map is Record<string, number> {
  const values = Object.values(map);
  return values.length > 0 && values.every((one) => typeof one === 'number');
}

/** Compiles the expressions of one file and gathers what is wrong with them. */
interface Compiler {
  readonly problems: TextProblem[];
  expression(path: TextPath, text: string, offset: number): Expression | null;
  template(path: TextPath, text: string): Template;
  complain(path: TextPath, message: string, offset: number): void;
}

type Template = readonly (string | Expression)[];

function createCompiler(language: Language, source: RuleText): Compiler {
  const problems: TextProblem[] = [];
  const compiler: Compiler = {
    problems,
    complain: (path, message, offset) => void problems.push(source.problem(path, message, offset)),
    expression(path, text, offset) {
      const compiled = language.compile(text);
      if (compiled.ok) return compiled.expression;
      compiler.complain(path, `${path.join('.')}: ${compiled.message}`, offset + compiled.offset);
      return null;
    },
    template(path, text) {
      const parsed = parseTemplate(text);
      if (parsed.ok) return parsed.parts.flatMap((part) => compilePart(part, path, compiler) ?? []);
      compiler.complain(path, `${path.join('.')}: ${parsed.message}`, parsed.offset);
      return [];
    },
  };
  return compiler;
}

function compilePart(part: Part, path: TextPath, compiler: Compiler): string | Expression | null {
  if (typeof part === 'string') return part;
  const expression = compiler.expression(path, part.source, part.offset);
  if (expression !== null && isObject(expression.type)) {
    compiler.complain(
      path,
      `${path.join('.')}: ${isContainer(expression.type) ? 'these are objects' : `a ${expression.type} is an object`}, which cannot be shown; name a field`,
      part.offset,
    );
  }
  return expression;
}

/** A shape of ours begins with a capital letter; the language's own types do not. */
function isObject(type: string): boolean {
  return /(^|[<\s])[A-Z]\w+>*$/.test(type);
}

function isContainer(type: string): boolean {
  return type.includes('<');
}

interface Parts {
  readonly when: Expression | null;
  readonly subject: Readonly<Record<'id' | 'email' | 'name', Template | null>> & {
    readonly kind: Subject['kind'] | null;
  };
  readonly key: Template | null;
  readonly message: Template;
  readonly evidence: readonly (readonly [string, Expression])[];
  /** Every expression of the rule. */
  readonly all: readonly Expression[];
}

function compileParts(form: RuleForm, compiler: Compiler): Parts {
  const when = compiler.expression(['when'], form.when, 0);
  if (when !== null && when.type !== 'bool') {
    compiler.complain(
      ['when'],
      `when: is ${inWords(when.type)}; it must be a question that is answered by true or false`,
      0,
    );
  }
  const optional = (path: TextPath, text: string | undefined): Template | null =>
    text === undefined ? null : compiler.template(path, text);
  const subject = {
    kind: form.subject?.kind ?? null,
    id: optional(['subject', 'id'], form.subject?.id),
    email: optional(['subject', 'email'], form.subject?.email),
    name: optional(['subject', 'name'], form.subject?.name),
  };
  const key = optional(['key'], form.key);
  const message = compiler.template(['message'], form.message);
  const evidence = Object.entries(form.evidence).flatMap(([name, text]) => {
    const expression = compilePart({ source: text, offset: 0 }, ['evidence', name], compiler);
    return expression === null || typeof expression === 'string' ? [] : [[name, expression] as const];
  });
  const templates = [subject.id, subject.email, subject.name, key, message].flatMap((template) => template ?? []);
  const all = [...(when === null ? [] : [when]), ...evidence.map(([, expression]) => expression), ...templates];
  return { when, subject, key, message, evidence, all: all.filter((part) => typeof part !== 'string') };
}

/** Sections that expressions name, or that functions read which they call. */
function neededSections(
  target: Target,
  expressions: readonly Expression[],
  { helpers }: Language,
): readonly SectionName[] {
  const names = expressions.flatMap((expression) => [...expression.names]);
  const needed = new Set<string>([
    ...target.needs,
    ...names.filter(isSectionName),
    ...names.flatMap((name) => (Object.hasOwn(helpers, name) ? (helpers[name]?.needs ?? []) : [])),
  ]);
  return SECTION_NAMES.filter((name) => needed.has(name));
}

interface Evaluator {
  readonly target: Target;
  readonly parts: Parts;
  readonly needs: readonly SectionName[];
  readonly options: Shape;
  readonly views: Views;
  readonly scope: { current: Scope };
}

/** The `evaluate` of a rule in YAML. */
function evaluator(input: Evaluator) {
  const { target, views, scope } = input;
  return (sections: Readonly<Record<string, unknown>>, options: unknown, { at }: RuleContext): RuleOutcome => {
    scope.current = { sections, at };
    try {
      const items = target.list(sections, at);
      if ('notEvaluated' in items) return items;
      const values: Record<string, unknown> = {
        at,
        options: views.wrap({ shape: input.options }, options),
        ...Object.fromEntries(input.needs.map((name) => [name, wrapSection(name, sections[name], views)])),
      };
      const judgements = [...judgeItems(items, values, input), ...(items.unread ?? [])];
      return conclude(judgements, items.raws.length + (items.unread?.length ?? 0), sections, input);
    } finally {
      scope.current = NOTHING;
    }
  };
}

function wrapSection(name: SectionName, section: unknown, views: Views): unknown {
  const kind = SECTION_KINDS[name];
  return kind === undefined ? null : views.wrap(kind, section);
}

function judgeItems(items: Listed, values: Record<string, unknown>, input: Evaluator): readonly Judgement[] {
  const { target, views, parts } = input;
  const judgements: Judgement[] = [];
  for (const view of views.wrapAll(target.shape, items.raws)) {
    // One object of variables for all items: the expressions read it and keep nothing.
    values[target.variable] = view;
    const answer = ask(parts.when, values);
    if (answer === 'yes') judgements.push(toBreach(items.identify(view.$raw), values, parts));
    else if (answer !== 'no') judgements.push(toUnjudged(items.identify(view.$raw), answer.error, values, parts));
    view.$release();
  }
  // The API may list an account on two pages. Where the rule itself says who is meant, saying it twice is its mistake.
  return parts.subject.id === null && parts.key === null ? withoutRepetition(judgements) : judgements;
}

/** The answer to a rule's question, or why there is none. */
function ask(when: Expression | null, values: Values): 'yes' | 'no' | { readonly error: unknown } {
  try {
    return when?.run(values) === true ? 'yes' : 'no';
  } catch (error) {
    return { error };
  }
}

function withoutRepetition(judgements: readonly Judgement[]): readonly Judgement[] {
  const byKey = new Map(judgements.map((judgement) => [openKey(judgement), judgement]));
  return byKey.size === judgements.length ? judgements : [...byKey.values()];
}

type Listed = Extract<Items, { readonly raws: unknown }>;
function toUnjudged(item: Identity, error: unknown, values: Values, parts: Parts): Unjudged {
  const { subject, key } = identify(item, values, parts);
  const unknown =
    error instanceof UnknownFact
      ? { kind: error.kind, text: error.message }
      : { kind: 'rule_failed' as const, text: `the rule's expression failed: ${explainRuntimeError(error)}` };
  return { subject, ...(key === null ? {} : { key }), unknown };
}

function toBreach(item: Identity, values: Values, parts: Parts): Breach {
  const { subject, key } = identify(item, values, parts);
  const message = fill(parts.message, values).slice(0, MAX_MESSAGE).toWellFormed().trim();
  return {
    subject,
    ...(key === null ? {} : { key }),
    message: message === '' ? 'The requirement is not met.' : message,
    evidence: toEvidence(parts.evidence, values),
  };
}

const MAX_MESSAGE = 4000;

function identify(item: Identity, values: Values, { subject, key }: Parts): { subject: Subject; key: string | null } {
  const id = subject.id === null ? item.subject.id : fill(subject.id, values);
  const email =
    subject.email === null ? (subject.id === null ? item.subject.email : undefined) : fill(subject.email, values);
  const name =
    subject.name === null ? (subject.id === null ? item.subject.name : undefined) : fill(subject.name, values);
  return {
    subject: {
      kind: subject.kind ?? item.subject.kind,
      id,
      ...(email === undefined ? {} : { email }),
      ...(name === undefined ? {} : { name }),
    },
    key: key === null ? item.key : fill(key, values),
  };
}

/** A text with its expressions worked out. What cannot be said costs a word, never the breach. */
function fill(template: Template, values: Values): string {
  return template.map((part) => (typeof part === 'string' ? part : toWords(orUnknown(part, values)))).join('');
}

function toEvidence(evidence: Parts['evidence'], values: Values): Evidence {
  return Object.fromEntries(evidence.map(([name, expression]) => [name, toJsonValue(orUnknown(expression, values))]));
}

function orUnknown(expression: Expression, values: Values): unknown {
  try {
    return expression.run(values);
  } catch (error) {
    return error instanceof UnknownFact ? 'not known' : 'could not be worked out';
  }
}

function conclude(
  judgements: readonly Judgement[],
  checked: number,
  sections: Readonly<Record<string, unknown>>,
  { needs }: Evaluator,
): RuleOutcome {
  const unknown = allUnknown(judgements, checked);
  if (unknown !== null) return { notEvaluated: unknown };
  // Reading a section that the rule does not need would be a mistake in any rule.
  const roles = needs.includes('roles') ? sections['roles'] : null;
  const isBlind = typeof roles === 'object' && roles !== null && 'visible' in roles && roles.visible === false;
  const limits = isBlind ? ['roles were not returned, so an administrator made only by role would not be seen'] : [];
  return { judgements, checked, limits };
}

/** One sentence instead of one for each of 100,000 subjects, when none could be judged and all for the same reason. */
function allUnknown(judgements: readonly Judgement[], checked: number): Unjudged['unknown'] | null {
  const [first] = judgements;
  if (first === undefined || !('unknown' in first) || judgements.length < checked) return null;
  const { kind, text } = first.unknown;
  const same = judgements.every(
    (judgement) => 'unknown' in judgement && judgement.unknown.kind === kind && judgement.unknown.text === text,
  );
  return same ? { kind, text: checked === 1 ? text : `none of ${checked} could be judged: ${text}` } : null;
}
