import type { Helper } from './functions.ts';
import {
  type Context,
  type Evaluate,
  isEvaluate,
  isHandle,
  isNode,
  meantBy,
  type Node,
  sidesOf,
} from './library-nodes.ts';
import type { View } from './views.ts';

// What the library of expressions works out anew for each value although it follows from the types that were checked: of 100,000 members
// that is most of the time. Each shortcut answers the common case only, and leaves every other, errors above all, to the library's own way.
// A part that is then evaluated twice does no harm: expressions change nothing.

/** Functions of ours by name. */
type Helpers = Readonly<Record<string, Helper>>;

/** Replaces what checked nodes do by a quicker way to the same answer, where there is one. Give inner nodes first. */
export function takeShortcuts(nodes: Iterable<object>, helpers: Helpers): void {
  for (const written of nodes) {
    const node = meantBy(written);
    if (node === null) continue;
    // The library puts this in place when a node is evaluated for the first time: in place of a shortcut, were it to come later.
    if (isEvaluate(node.meta.evaluate)) node.evaluate = node.meta.evaluate;
    node.evaluate = shortcutOf(node, helpers) ?? node.evaluate;
  }
}

function shortcutOf(node: Node, helpers: Helpers): Evaluate | null {
  switch (node.op) {
    case 'value':
      return () => node.args;
    case 'id':
      return variable(node);
    case '.':
      return field(node);
    case '[]':
      return fieldEntry(node) ?? entry(node);
    case '&&':
      return decidedBy(node, false);
    case '||':
      return decidedBy(node, true);
    case '==':
      return equality(node, true);
    case '!=':
      return equality(node, false);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node);
    case 'in':
      return presence(node) ?? binary(node);
    case 'call':
    case 'rcall':
      return constant(node) ?? helperCall(node, helpers);
    case 'comprehension':
      return quantifier(node);
    default:
      return null;
  }
}

/** Of lists, maps and objects the library asks for the constructor alone: what has the one of the last that passed does so as well. */
function variable(node: Node): Evaluate | null {
  const { args: name, evaluate, checkedType } = node;
  if (typeof name !== 'string' || !['message', 'list', 'map'].includes(checkedType.kind)) return null;
  let passed: unknown = null;
  return (evaluator, self, context) => {
    const value = context.getValue(name);
    if (typeof value === 'object' && value !== null && value.constructor === passed) return value;
    const checked: unknown = Reflect.apply(evaluate, self, [evaluator, self, context]);
    passed = typeof checked === 'object' ? (checked?.constructor ?? null) : null;
    return checked;
  };
}

type Test = (value: unknown) => boolean;

const isText: Test = (value) => typeof value === 'string';
const isNumber: Test = (value) => typeof value === 'number';
const isInstant: Test = (value) => value instanceof Date;
const isTextOrNull: Test = (value) => typeof value === 'string' || value === null;
const isInstantOrNull: Test = (value) => value instanceof Date || value === null;

/** Whether a value is of a type, by the name that the checker gives it. Other types are rare enough for the library. */
const TESTS: ReadonlyMap<string, Test> = new Map([
  ['string', isText],
  ['double', isNumber],
  ['google.protobuf.Timestamp', isInstant],
  ['dyn<string>', isTextOrNull],
  ['dyn<google.protobuf.Timestamp>', isInstantOrNull],
  ['list<string>', (value) => Array.isArray(value) || value instanceof Set],
]);

/** A field of an object of ours, whose class has a getter for it. */
function field(node: Node): Evaluate | null {
  const { args, handle, checkedType } = node;
  const [object, name]: readonly unknown[] = Array.isArray(args) ? args : [];
  const isOfType = TESTS.get(checkedType.name) ?? (checkedType.kind === 'map' ? isMap : undefined);
  if (!isNode(object) || object.checkedType.kind !== 'message' || typeof name !== 'string') return null;
  if (isOfType === undefined || !isHandle(handle)) return null;
  return (evaluator, self, context) => {
    const value = object.evaluate(evaluator, object, context);
    const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    return isOfType(found) ? found : handle(value, name, self, evaluator);
  };
}

const isMap: Test = (value) => value instanceof Map;

/** What a map has under a text. */
function entry(node: Node): Evaluate | null {
  const { handle, checkedType } = node;
  const [map, key] = sidesOf(node);
  const isOfType = TESTS.get(checkedType.name);
  if (map === undefined || key === undefined || isOfType === undefined || !isHandle(handle)) return null;
  return (evaluator, self, context) => {
    const value = map.evaluate(evaluator, map, context);
    const name = key.evaluate(evaluator, key, context);
    const found: unknown = value instanceof Map && typeof name === 'string' ? value.get(name) : undefined;
    return isOfType(found) ? found : handle(value, name, self, evaluator);
  };
}

/** Whether a field that is a map of objects has something under a name that is written out: the map is not made for that. */
function presence(node: Node): Evaluate | null {
  const [key, map] = sidesOf(node);
  const read = entryOfField(map, key);
  const otherwise = binary(node);
  if (read === null || otherwise === null) return null;
  return (evaluator, self, context) => {
    const found = read(evaluator, context);
    return found === NO_VIEW ? otherwise(evaluator, self, context) : found !== undefined;
  };
}

/** What such a field has under a name that is written out. */
function fieldEntry(node: Node): Evaluate | null {
  const { handle } = node;
  const [map, key] = sidesOf(node);
  const read = entryOfField(map, key);
  if (map === undefined || key === undefined || read === null || !isHandle(handle)) return null;
  return (evaluator, self, context) => {
    const found = read(evaluator, context);
    return isView(found) ? found : handle(map.evaluate(evaluator, map, context), key.args, self, evaluator);
  };
}

const NO_VIEW = Symbol('not an object of ours');

function entryOfField(map: Node | undefined, key: Node | undefined) {
  const [object, field]: readonly unknown[] = map?.op === '.' && Array.isArray(map.args) ? map.args : [];
  const name = key?.op === 'value' ? key.args : null;
  if (!isNode(object) || object.checkedType.kind !== 'message' || typeof field !== 'string') return null;
  if (map?.checkedType.valueType?.kind !== 'message' || typeof name !== 'string') return null;
  return (evaluator: unknown, context: Context): unknown => {
    const view = object.evaluate(evaluator, object, context);
    return isView(view) ? view.$entry(field, name) : NO_VIEW;
  };
}

function isView(value: unknown): value is View {
  return typeof value === 'object' && value !== null && '$entry' in value;
}

/** `&&` and `||`, as long as both sides are known: else one of them may decide alone, or not. */
function decidedBy(node: Node, decisive: boolean): Evaluate | null {
  const { evaluate } = node;
  const [left, right] = sidesOf(node);
  if (left === undefined || right === undefined) return null;
  return (evaluator, self, context) => {
    const one = valueOrError(() => left.evaluate(evaluator, left, context));
    if (one === decisive) return decisive;
    if (one === !decisive) {
      const other = right.evaluate(evaluator, right, context);
      if (typeof other === 'boolean') return other;
    }
    return Reflect.apply(evaluate, self, [evaluator, self, context]);
  };
}

function valueOrError(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    // The library's own way meets it again, and knows what follows from it.
    return error;
  }
}

/** Of texts, and with null. */
function equality(node: Node, whenEqual: boolean): Evaluate | null {
  const { handle } = node;
  const [left, right] = sidesOf(node);
  if (left === undefined || right === undefined || !isHandle(handle)) return null;
  const withNull = right.op === 'value' && right.args === null;
  return (evaluator, self, context) => {
    const one = left.evaluate(evaluator, left, context);
    if (withNull && (isTextOrNull(one) || isInstant(one))) return (one === null) === whenEqual;
    const other = right.evaluate(evaluator, right, context);
    if (typeof one === 'string' && typeof other === 'string') return (one === other) === whenEqual;
    return handle(one, other, self, evaluator);
  };
}

const COMPARISONS: ReadonlyMap<string, (one: number, other: number) => boolean> = new Map([
  ['<', (one, other) => one < other],
  ['<=', (one, other) => one <= other],
  ['>', (one, other) => one > other],
  ['>=', (one, other) => one >= other],
]);

/** Of a number with a whole number that is written out, which the library compares as a big one. */
function comparison(node: Node): Evaluate | null {
  const { op, handle } = node;
  const [left, right] = sidesOf(node);
  const holds = COMPARISONS.get(op);
  if (left === undefined || right === undefined || holds === undefined || !isHandle(handle)) return null;
  const limit = right.op === 'value' && typeof right.args === 'bigint' ? Number(right.args) : Number.NaN;
  if (!Number.isSafeInteger(limit)) return binary(node);
  return (evaluator, self, context) => {
    const one = left.evaluate(evaluator, left, context);
    return typeof one === 'number' ? holds(one, limit) : handle(one, right.args, self, evaluator);
  };
}

/** The library's own operator, without its detours. */
function binary(node: Node): Evaluate | null {
  const { handle } = node;
  const [left, right] = sidesOf(node);
  if (left === undefined || right === undefined || !isHandle(handle)) return null;
  return (evaluator, self, context) =>
    handle(left.evaluate(evaluator, left, context), right.evaluate(evaluator, right, context), self, evaluator);
}

/** An instant or a length of time that is written out: worked out once. */
function constant(node: Node): Evaluate | null {
  const { args, evaluate } = node;
  const [name, given]: readonly unknown[] = Array.isArray(args) ? args : [];
  const isWritten = Array.isArray(given) && given.every((one) => isNode(one) && one.op === 'value');
  if ((name !== 'timestamp' && name !== 'duration') || !isWritten) return null;
  let known: unknown = null;
  return (evaluator, self, context) => {
    known ??= Reflect.apply(evaluate, self, [evaluator, self, context]);
    return known;
  };
}

/** A function of ours that exists for one kind of arguments only: where they are of it, nothing is to be looked for. */
function helperCall(node: Node, helpers: Helpers): Evaluate | null {
  const { evaluate } = node;
  const [name, ...given]: readonly unknown[] = Array.isArray(node.args) ? node.args : [];
  const helper = typeof name === 'string' && Object.hasOwn(helpers, name) ? helpers[name] : undefined;
  const tests = testsOf(helper);
  const [first, second] = given.flat().filter(isNode);
  const [isFirst, isSecond] = tests;
  if (helper === undefined || tests.length !== given.flat().length || first === undefined || isFirst === undefined) {
    return null;
  }
  const call = (values: readonly unknown[]): unknown => Reflect.apply(helper.call, null, values);
  const otherwise: Evaluate = (evaluator, self, context) => Reflect.apply(evaluate, self, [evaluator, self, context]);
  if (second === undefined || isSecond === undefined) {
    return (evaluator, self, context) => {
      const value = first.evaluate(evaluator, first, context);
      return isFirst(value) ? call([value]) : otherwise(evaluator, self, context);
    };
  }
  return (evaluator, self, context) => {
    const one = first.evaluate(evaluator, first, context);
    const other = second.evaluate(evaluator, second, context);
    return isFirst(one) && isSecond(other) ? call([one, other]) : otherwise(evaluator, self, context);
  };
}

/** The context of a list's item, which the library makes once and uses for all of them. */
interface ItemContext extends Context {
  iterValue: unknown;
  reuse(outer: Context): ItemContext;
  setIterValue(item: unknown, evaluator: unknown): ItemContext;
}

/** What the library makes of `exists` and `all`: a step that says yes or no of each item, until one of them decides. */
interface Quantifier {
  readonly iterable: Node;
  readonly init: { readonly args: unknown };
  readonly step: { readonly args: unknown };
  readonly iterCtx: ItemContext;
}

/** `exists` and `all` of a list, as long as every item says yes or no. Items of one class are checked once. */
function quantifier({ args, evaluate }: Node): Evaluate | null {
  if (!isQuantifier(args)) return null;
  const { iterable, iterCtx, init } = args;
  const [asked, yes, no] = Array.isArray(args.step.args) ? args.step.args.filter(isNode) : [];
  if (asked === undefined || yes?.args !== true || no?.args !== false || typeof init.args !== 'boolean') return null;
  const decisive = !init.args;
  const answerOf = (items: readonly unknown[], evaluator: unknown, context: Context): boolean | null => {
    const inner = iterCtx.reuse(context);
    let passed: unknown = null;
    for (const item of items) {
      const made: unknown = typeof item === 'object' ? item?.constructor : null;
      if (made !== null && made === passed) inner.iterValue = item;
      else inner.setIterValue(item, evaluator);
      passed = made;
      const answer = asked.evaluate(evaluator, asked, inner);
      if (answer === decisive) return decisive;
      if (answer !== !decisive) return null;
    }
    return !decisive;
  };
  return (evaluator, self, context) => {
    const items = iterable.evaluate(evaluator, iterable, context);
    const answer = Array.isArray(items) ? valueOrError(() => answerOf(items, evaluator, context)) : null;
    return typeof answer === 'boolean' ? answer : Reflect.apply(evaluate, self, [evaluator, self, context]);
  };
}

function isQuantifier(args: unknown): args is Quantifier {
  if (typeof args !== 'object' || args === null || !('kind' in args) || args.kind !== 'quantifier') return false;
  return 'errorsAreFatal' in args && args.errorsAreFatal === false && 'iterable' in args && isNode(args.iterable);
}

/** Of each argument, whether it is what the function takes; nothing where some signature has more of them, or one that is not tested here. */
function testsOf(helper: Helper | undefined): readonly Test[] {
  const taken = (helper?.signatures ?? []).map((signature) => {
    const [, receiver, given = ''] = /^(?:(\w+)\.)?\w+\((.*)\): /.exec(signature) ?? [];
    return [...(receiver === undefined ? [] : [receiver]), ...given.split(', ')].map((type) => TESTS.get(type));
  });
  const [first = []] = taken;
  const isTested = taken.every((tests) => tests.length === first.length && !tests.includes(undefined));
  // Several kinds are told apart only where there is one argument: of two, not every pair would be taken.
  if (!isTested || first.length > 2 || (first.length === 2 && taken.length > 1)) return [];
  return first.map((_, place) => (value) => taken.some((tests) => tests[place]?.(value) === true));
}
