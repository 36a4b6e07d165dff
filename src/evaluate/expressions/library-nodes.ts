// The library's trees of expressions, as far as anything here depends on them.

/** What the library hands from node to node; nothing of it is known here but that variables have values. */
export interface Context {
  getValue(name: string): unknown;
}

/** How a node is evaluated. */
export type Evaluate = (evaluator: unknown, node: Node, context: Context) => unknown;

/** How the library works out a node when the parts of it are. */
export type Handle = (left: unknown, right: unknown, node: Node, evaluator: unknown) => unknown;

/** A checked node of an expression, as far as it matters here. */
export interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly meta: { readonly evaluate?: unknown };
  readonly checkedType: Type;
  readonly handle?: unknown;
  evaluate: Evaluate;
}

/** What the checker found a node to be. */
export interface Type {
  readonly kind: string;
  readonly name: string;
  /** Of lists and maps. */
  readonly valueType?: Type | null;
}

/** An expression as the library gives it out. */
interface Parsed {
  (values: Readonly<Record<string, unknown>>): unknown;
  readonly ast: object;
}

/**
 * Runs a checked expression. For the same object of values, whatever it has become, the library's own surroundings of them are made once.
 */
export function runner(parsed: Parsed): (values: Readonly<Record<string, unknown>>) => unknown {
  const root = parsed.ast;
  if (!isNode(root)) return parsed;
  const { evaluate } = root;
  let entered: { readonly evaluator: unknown; readonly context: Context } | null = null;
  let of: object | null = null;
  root.evaluate = (evaluator, node, context) => {
    entered = { evaluator, context };
    return Reflect.apply(evaluate, node, [evaluator, node, context]);
  };
  return (values) => {
    if (entered !== null && of === values) {
      return Reflect.apply(evaluate, root, [entered.evaluator, root, entered.context]);
    }
    entered = null;
    of = values;
    return parsed(values);
  };
}

/** The two sides of an operator; nothing where a node has others. */
export function sidesOf({ args }: Node): readonly Node[] {
  return Array.isArray(args) && args.length === 2 ? args.filter(isNode) : [];
}

/** Whether something is a node that was checked. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value && 'checkedType' in value;
}

/** Whether something evaluates nodes. */
export function isEvaluate(value: unknown): value is Evaluate {
  return typeof value === 'function';
}

/** Whether something works out nodes. */
export function isHandle(value: unknown): value is Handle {
  return typeof value === 'function';
}

/** The node that is evaluated for one that is written: `exists` and its like are macros. Null: it is evaluated in some other way. */
export function meantBy(node: object): Node | null {
  const meta: unknown = Reflect.get(node, 'meta');
  if (typeof meta !== 'object' || meta === null || 'macro' in meta) return null;
  const meant = 'alternate' in meta ? meta.alternate : node;
  return isNode(meant) ? meant : null;
}
