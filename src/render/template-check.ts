import Handlebars from 'handlebars';

/** A mistake in a template, with the place to look at. */
export interface TemplateProblem {
  readonly template: string;
  readonly line: number;
  readonly problem: string;
}

/** Sources of partials by name. */
export type Partials = ReadonlyMap<string, string>;

interface Scope {
  readonly template: string;
  readonly partials: Partials;
  /** Values that `.` stands for, the innermost last. */
  readonly contexts: readonly unknown[];
  /** Partials being walked, against circles. */
  readonly path: readonly string[];
}

type Statement = hbs.AST.Statement;

function isMustache(node: Statement): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}
function isBlock(node: Statement): node is hbs.AST.BlockStatement {
  return node.type === 'BlockStatement';
}
function isPartial(node: Statement): node is hbs.AST.PartialStatement {
  return node.type === 'PartialStatement';
}
function isPath(node: hbs.AST.Node): node is hbs.AST.PathExpression {
  return node.type === 'PathExpression';
}

const MISSING = Symbol('missing');

function follow(value: unknown, parts: readonly string[]): unknown {
  let current = value;
  for (const part of parts) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return MISSING;
    current = Reflect.get(current, part);
  }
  return current;
}

function valueOf(path: hbs.AST.PathExpression, { contexts }: Scope): unknown {
  const parts = path.parts.map(String);
  if (path.data) return parts.length === 1 && ['first', 'last', 'index'].includes(parts[0] ?? '') ? '' : MISSING;
  const context = contexts.at(-1 - path.depth);
  return context === undefined ? MISSING : follow(context, parts);
}

function at(scope: Scope, node: hbs.AST.Node, problem: string): TemplateProblem {
  return { template: scope.template, line: node.loc.start.line, problem };
}

function checkMustache(node: hbs.AST.MustacheStatement, scope: Scope): readonly TemplateProblem[] {
  if (!node.escaped) return [at(scope, node, 'a raw value ({{{ }}} or {{& }}) would let data write markup')];
  if (!isPath(node.path) || node.params.length > 0 || node.hash !== undefined) {
    return [at(scope, node, 'only a name may stand in {{ }}: formatting belongs in the view')];
  }
  const value = valueOf(node.path, scope);
  if (value === MISSING) return [at(scope, node, `the view has no ${node.path.original}`)];
  return typeof value === 'string' ? [] : [at(scope, node, `${node.path.original} is not a text`)];
}

function inner(value: unknown, name: string, scope: Scope): Scope | string {
  if (name === 'if') return scope;
  if (!Array.isArray(value)) return 'is not a list';
  const items: readonly unknown[] = value;
  return items.length === 0
    ? 'is empty in the sample view, so its body cannot be checked'
    : { ...scope, contexts: [...scope.contexts, items[0]] };
}

function checkBlock(node: hbs.AST.BlockStatement, scope: Scope): readonly TemplateProblem[] {
  const name = node.path.original;
  const [subject, ...others] = node.params;
  if (name !== 'each' && name !== 'if') return [at(scope, node, `{{#${name}}} is not allowed: only #each and #if`)];
  if (subject === undefined || others.length > 0 || !isPath(subject)) {
    return [at(scope, node, `{{#${name}}} takes one name`)];
  }
  const value = valueOf(subject, scope);
  if (value === MISSING) return [at(scope, node, `the view has no ${subject.original}`)];
  const body = inner(value, name, scope);
  if (typeof body === 'string') return [at(scope, node, `${subject.original} ${body}`)];
  // `inverse` is typed as always there; it is not where the block has no {{else}}.
  const inverse: hbs.AST.Program | undefined = node.inverse;
  return [...checkBody(node.program.body, body), ...checkBody(inverse?.body ?? [], scope)];
}

function checkPartial(node: hbs.AST.PartialStatement, scope: Scope): readonly TemplateProblem[] {
  const name = isPath(node.name) ? node.name.original : '';
  const source = scope.partials.get(name);
  if (source === undefined) return [at(scope, node, `there is no partial ${name}`)];
  if (scope.path.includes(name)) return [at(scope, node, `the partial ${name} includes itself`)];
  const [context, ...others] = node.params;
  if (others.length > 0 || node.hash !== undefined) return [at(scope, node, 'a partial takes one name')];
  const value = context === undefined ? scope.contexts.at(-1) : isPath(context) ? valueOf(context, scope) : MISSING;
  if (value === MISSING) return [at(scope, node, `the partial ${name} gets what the view does not have`)];
  return checkBody(Handlebars.parse(source).body, {
    ...scope,
    template: name,
    contexts: context === undefined ? scope.contexts : [...scope.contexts, value],
    path: [...scope.path, name],
  });
}

function checkBody(body: readonly Statement[], scope: Scope): readonly TemplateProblem[] {
  return body.flatMap((node) => {
    if (isMustache(node)) return checkMustache(node, scope);
    if (isBlock(node)) return checkBlock(node, scope);
    if (isPartial(node)) return checkPartial(node, scope);
    if (node.type === 'ContentStatement' || node.type === 'CommentStatement') return [];
    return [at(scope, node, `${node.type} is not allowed`)];
  });
}

/**
 * Every name in a template that the sample does not have, and every construct that is not allowed. Handlebars' own strict mode drops
 * a block silently when the name in its `#if` or `#each` is misspelt.
 */
export function checkTemplate(
  name: string,
  source: string,
  partials: Partials,
  sample: unknown,
): readonly TemplateProblem[] {
  return checkBody(Handlebars.parse(source).body, { template: name, partials, contexts: [sample], path: [] });
}

/** Mistakes of form that can be seen without knowing the view. */
export function checkForm(source: string): readonly Omit<TemplateProblem, 'template'>[] {
  return [...syntaxProblems(source), ...placeProblems(source)];
}

function syntaxProblems(source: string): readonly Omit<TemplateProblem, 'template'>[] {
  try {
    Handlebars.parse(source);
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [first = '', ...rest] = message.split('\n');
    const line = Number(/(?:line |- )(\d+)/.exec(first)?.[1] ?? 1);
    return [{ line, problem: `this is no template: ${(rest.at(-1) ?? first).trim()}` }];
  }
}

/** Escaping protects text and quoted attributes. In a script, or without quotes, a name could still become code. */
function placeProblems(source: string): readonly Omit<TemplateProblem, 'template'>[] {
  const inScript = [...source.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script/gi)].flatMap(({ index, 1: body = '' }) =>
    /\{\{(?!>|!)/.test(body) ? [{ at: index, problem: 'a value inside a script could run' }] : [],
  );
  const unquoted = [...source.matchAll(/<[a-z][^<>]*?\s[\w:-]+=\{\{/gi)].map(({ index }) => ({
    at: index,
    problem: 'the value of an attribute needs quotes',
  }));
  return [...inScript, ...unquoted].map(({ at: index, problem }) => ({
    line: source.slice(0, index).split('\n').length,
    problem,
  }));
}
