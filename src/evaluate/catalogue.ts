import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Requirement } from '../model/requirement.ts';
import { type DeclaredRule, describeRule, parseRule } from './rule-shape.ts';

/** A rule that comes with the program. */
export type BuiltInRule = DeclaredRule;

/** The same place from the source (`rules/`) and from the build (`dist/rules/`). */
const FOLDER = new URL('../../rules/', import.meta.url);

/** `.ts` from the source, `.js` from the build. */
const EXTENSION = extname(import.meta.url);

/** Ids of the rules that come with the program, sorted. Reads file names only. */
export async function builtInIds(): Promise<readonly string[]> {
  const names = await readdir(FOLDER);
  return names
    .filter((name) => name.endsWith(EXTENSION) && !name.endsWith('.d.ts'))
    .map((name) => name.slice(0, -EXTENSION.length))
    .sort();
}

/**
 * Loads the rules that come with the program, sorted by id.
 * @throws when one of them is not a rule: that is a defect of the program, and no audit may run without it unnoticed.
 */
export async function loadBuiltInRules(): Promise<readonly BuiltInRule[]> {
  const ids = await builtInIds();
  return await Promise.all(ids.map((id) => loadBuiltInRule(id)));
}

async function loadBuiltInRule(id: string): Promise<BuiltInRule> {
  const module: { default?: unknown } = await import(new URL(`${id}${EXTENSION}`, FOLDER).href);
  const declared = parseRule(module.default, id);
  if (!declared.ok) throw new Error(`the built-in rule ${id} cannot be used: ${declared.problem}`);
  return declared.rule;
}

/** What a built-in rule is, without its code. */
export function toRequirement(rule: BuiltInRule): Requirement {
  return { ...describeRule(rule), source: 'built-in', version: String(rule.version ?? 1) };
}

/**
 * The page about a built-in rule, as Markdown.
 * @throws when there is no such rule.
 */
export function ruleDoc(id: string): string {
  if (!/^[a-z0-9-]+$/.test(id)) throw new Error(`there is no built-in rule "${id}"`);
  return readFileSync(new URL(`${id}.md`, FOLDER), 'utf8');
}
