import { Environment, EvaluationError, type ParseError, type TypeError } from '@marcbachmann/cel-js';
import { explainExpression, explainFailure, type Names } from './explain-expression.ts';
import { createHelpers, type Helper, LINEAR_MATCHES, type Scope } from './functions.ts';
import { runner } from './library-nodes.ts';
import { patternProblem } from './patterns.ts';
import type { Kind, Shape } from './shapes.ts';
import { takeShortcuts } from './shortcuts.ts';
import { inWords } from './type-words.ts';
import { UnknownFact } from './unknown-fact.ts';
import { shapesIn, typeOf, typeOfField, type Views } from './views.ts';

// Everything about the habits of the library of the expression language (CEL) stands here; what its trees look like in `library-nodes.ts`, and
// what its errors mean in `explain-expression.ts`.

/** Values of the variables, by name. */
export type Values = Readonly<Record<string, unknown>>;

/** An expression that was checked. */
export interface Expression {
  /** As the checker writes it: `bool`, `string`, `double`, `list<string>`. */
  readonly type: string;
  /** Variables and functions that it names. */
  readonly names: ReadonlySet<string>;
  /** @throws UnknownFact where a fact that it turns on was not seen; another error where it cannot be worked out. */
  run(values: Values): unknown;
}

/** An expression, or what is wrong with it and where in its text. */
export type Compiled =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly offset: number; readonly message: string };

/** The variables of one rule by name, what their functions read, and the views that values are made of. */
export interface LanguageInput {
  readonly variables: Readonly<Record<string, Kind>>;
  /** The variable that stands for what is judged. */
  readonly item?: string;
  readonly views: Views;
  readonly scope: () => Scope;
  /** Takes no shortcuts: the library works everything out. That is what the shortcuts are held against. */
  readonly plain?: true;
}

/** The expression language as one rule sees it. */
export interface Language {
  compile(source: string): Compiled;
  /** Functions that read sections, by name. */
  readonly helpers: Readonly<Record<string, Helper>>;
}

/** Characters of one expression: what is longer was not written by a person. */
const MAX_SOURCE = 5000;

const LIMITS = { maxAstNodes: 2000, maxDepth: 60, maxListElements: 1000, maxMapEntries: 200, maxCallArguments: 10 };

/** Functions of the library itself that may be meant. */
const OWN_FUNCTIONS = [
  'known',
  'has',
  'size',
  'string',
  'int',
  'double',
  'timestamp',
  'duration',
  'matches',
  'startsWith',
  'endsWith',
  'contains',
  'split',
  'join',
  'trim',
  'lowerAscii',
  'upperAscii',
  'indexOf',
  'substring',
  'exists',
  'exists_one',
  'all',
  'map',
  'filter',
];

/** The language with its types, variables and functions. Making it takes a millisecond; do it once a rule. */
export function createLanguage({ variables, item, views, scope, plain }: LanguageInput): Language {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS });
  const shapes = shapesIn(Object.values(variables));
  for (const shape of shapes.values()) {
    const fields = Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, typeOfField(field)]));
    environment.registerType(shape.name, { ctor: views.classOf(shape), fields });
  }
  for (const [name, kind] of Object.entries(variables)) environment.registerVariable(name, typeOf(kind));
  const helpers = createHelpers(scope);
  registerFunctions(environment, helpers, shapes);
  registerArithmetic(environment);
  const known: Names = {
    helpers,
    shapes,
    variables: Object.keys(variables),
    functions: [...Object.keys(helpers).filter((name) => name !== LINEAR_MATCHES), ...OWN_FUNCTIONS],
    item: item === undefined ? null : { name: item, fields: fieldsOf(variables[item]) },
  };
  return { helpers, compile: (source) => compile(environment, source, known, plain !== true) };
}

function fieldsOf(kind: Kind | undefined): readonly string[] {
  return typeof kind === 'object' && 'shape' in kind ? Object.keys(kind.shape.fields) : [];
}

function registerFunctions(
  environment: Environment,
  helpers: Readonly<Record<string, Helper>>,
  shapes: ReadonlyMap<string, Shape>,
): void {
  for (const { signatures, call } of Object.values(helpers)) {
    for (const signature of signatures) {
      const type = /\(([A-Z]\w+)\)/.exec(signature)?.[1];
      if (type !== undefined && !shapes.has(type)) continue;
      environment.registerFunction(signature, (...values: unknown[]) => Reflect.apply(call, null, values), {
        async: false,
      });
    }
  }
  // A macro, because its argument must not be evaluated before it is called.
  environment.registerFunction('known(ast): bool', (call: unknown) => toKnown(call));
}

/** `known(member.email)`: whether an expression has a value, or turns on a fact that was not seen. */
function toKnown(call: unknown): object {
  const argument: unknown = nodesUnder(property(call, 'args'))[0];
  return {
    async: false,
    typeCheck(
      checker: { check(node: unknown, context: unknown): unknown; getType(name: string): unknown },
      _macro: unknown,
      context: unknown,
    ) {
      checker.check(argument, context);
      return checker.getType('bool');
    },
    evaluate(evaluator: { run(node: unknown, context: unknown): unknown }, _macro: unknown, context: unknown) {
      try {
        evaluator.run(argument, context);
        return true;
      } catch (error) {
        if (error instanceof UnknownFact) return false;
        throw error;
      }
    },
  };
}

/** Every number of a section is a `double`, every number without a point in an expression an `int`: they may be mixed. */
function registerArithmetic(environment: Environment): void {
  const operators: Readonly<Record<string, (left: number, right: number) => number>> = {
    '+': (left, right) => left + right,
    '-': (left, right) => left - right,
    '*': (left, right) => left * right,
    '/': divide,
  };
  for (const [operator, apply] of Object.entries(operators)) {
    const handler = (left: number | bigint, right: number | bigint): number => apply(Number(left), Number(right));
    environment.registerOperator(`double ${operator} int: double`, handler);
    environment.registerOperator(`int ${operator} double: double`, handler);
  }
  environment.registerOperator('double == int: bool', (left: number, right: bigint) => left === Number(right));
  environment.registerOperator('double in list<int>: bool', (one: number, list: readonly bigint[]) =>
    list.some((other) => Number(other) === one),
  );
}

function divide(left: number, right: number): number {
  // The library says Infinity, which is above every threshold, or NaN, which is above none.
  if (right === 0) throw new Error('division by zero: ask first whether the divisor is 0');
  return left / right;
}

function compile(environment: Environment, source: string, names: Names, quick: boolean): Compiled {
  if (source.length > MAX_SOURCE) return { ok: false, offset: 0, message: `is longer than ${MAX_SOURCE} characters` };
  try {
    const parsed = environment.parse(source);
    const nodes = nodesUnder(parsed.ast);
    for (const node of nodes) useLinearMatches(node);
    const checked = parsed.check();
    if (!checked.valid) return toProblem(checked.error, source, names);
    const problem = nodes.map(findTrap).find((one) => one !== null) ?? null;
    if (problem !== null) return { ok: false, ...problem };
    for (const node of nodes) {
      guardDivision(node);
      lookUpInSets(node);
    }
    if (quick) takeShortcuts(nodes.toReversed(), names.helpers);
    const run = quick ? runner(parsed) : parsed;
    return { ok: true, expression: { type: checked.type ?? 'dyn', names: namesIn(nodes), run } };
  } catch (error) {
    return toProblem(error, source, names);
  }
}

function toProblem(error: unknown, source: string, names: Names): Compiled {
  if (!isLanguageError(error)) {
    return { ok: false, offset: 0, message: error instanceof Error ? error.message : String(error) };
  }
  const offset = Math.min(error.range?.start ?? 0, source.length);
  return { ok: false, offset, message: explainExpression(error, source, names) };
}

/** Why an expression could not be worked out for a subject. */
export function explainRuntimeError(error: unknown): string {
  const text =
    error instanceof EvaluationError
      ? explainFailure(error.code, error.summary)
      : error instanceof Error
        ? error.message
        : String(error);
  return /\bnull\b/.test(text) ? `${text}; ask first whether the value is null` : text;
}

/** All nodes of a tree, the outermost first. */
function nodesUnder(value: unknown): readonly object[] {
  if (Array.isArray(value)) return value.flatMap(nodesUnder);
  if (typeof value !== 'object' || value === null || !('op' in value)) return [];
  return [value, ...nodesUnder(property(value, 'args'))];
}

function namesIn(nodes: readonly object[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap((node) => {
      const args = property(node, 'args');
      switch (property(node, 'op')) {
        case 'id':
          return typeof args === 'string' ? [args] : [];
        case 'call':
        case 'rcall':
          return Array.isArray(args) && typeof args[0] === 'string' ? [args[0]] : [];
        default:
          return [];
      }
    }),
  );
}

function useLinearMatches(node: object): void {
  const args = property(node, 'args');
  if (property(node, 'op') === 'rcall' && Array.isArray(args) && args[0] === 'matches') args[0] = LINEAR_MATCHES;
}

interface Trap {
  readonly offset: number;
  readonly message: string;
}

/** What the checker lets pass and nobody can mean. */
function findTrap(node: object): Trap | null {
  const offset = Number(property(node, 'start') ?? 0);
  const args = property(node, 'args');
  const op = property(node, 'op');
  if (!Array.isArray(args)) return null;
  if (op === 'rcall' && args[0] === LINEAR_MATCHES) {
    const pattern = literalOf(nodesUnder(args[2])[0]);
    const problem = typeof pattern === 'string' ? patternProblem(pattern) : null;
    return problem === null ? null : { offset, message: problem };
  }
  const left = typeName(args[0]);
  const right = typeName(args[1]);
  if (op === '/' && left === 'int' && right === 'int') {
    return {
      offset,
      message: 'dividing two whole numbers drops the rest; write one of them with a point, as in 100.0',
    };
  }
  if ((op === '==' || op === '!=') && neverEqual(left, right)) {
    return { offset, message: `${inWords(left)} and ${inWords(right)} are never equal` };
  }
  return null;
}

function neverEqual(left: string, right: string): boolean {
  const [one, other] = [left, right].map((type) => /^dyn<(.+)>$/.exec(type)?.[1] ?? null);
  if (one == null && other == null) return false;
  const [bareLeft, bareRight] = [one ?? left, other ?? right];
  if (bareLeft === 'null' || bareRight === 'null' || bareLeft === 'dyn' || bareRight === 'dyn') return false;
  return bareLeft !== bareRight;
}

/** Divisions of two `double`s are the library's own and give Infinity; the function that a checked node calls is replaced. */
function guardDivision(node: object): void {
  const handle = property(node, 'handle');
  if (property(node, 'op') !== '/' || typeof handle !== 'function') return;
  Reflect.set(node, 'handle', (left: unknown, right: unknown) => divide(Number(left), Number(right)));
}

/**
 * Whether a text is in a set of texts, such as the ids without a second factor. The library looks it up and, where it is not there, compares
 * it with each of them besides: for 100,000 members that is seconds.
 */
function lookUpInSets(node: object): void {
  const handle = property(node, 'handle');
  if (property(node, 'op') !== 'in' || typeof handle !== 'function') return;
  Reflect.set(node, 'handle', (value: unknown, list: unknown, ...others: unknown[]) =>
    typeof value === 'string' && list instanceof Set
      ? list.has(value)
      : Reflect.apply(handle, node, [value, list, ...others]),
  );
}

function literalOf(node: unknown): unknown {
  return property(node, 'op') === 'value' ? property(node, 'args') : undefined;
}

function typeName(node: unknown): string {
  const name = property(property(node, 'checkedType'), 'name');
  return typeof name === 'string' ? name : '';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isLanguageError(error: unknown): error is ParseError | TypeError {
  return error instanceof Error && 'summary' in error && 'code' in error;
}
