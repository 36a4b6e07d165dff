import { access, constants, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Reason } from '../model/reason.ts';
import { explainThrown } from './explain-thrown.ts';

/** A file of a rule folder that should hold a rule. */
export interface RuleFile {
  /** Absolute path, as the folder was given. */
  readonly path: string;
  /** The name without its extension: the id that the rule must have. */
  readonly id: string;
}

/** A file, or a folder, from which no rule can be had. */
export interface BrokenRule {
  readonly file: string;
  readonly reason: Reason;
}

/** What rule folders hold. */
export interface FoundRules {
  readonly files: readonly RuleFile[];
  readonly broken: readonly BrokenRule[];
}

const MODULES: ReadonlySet<string> = new Set(['.ts', '.mts', '.js', '.mjs']);

const EXPRESSIONS: ReadonlySet<string> = new Set(['.yaml', '.yml']);

/** Whether a rule file is one in YAML, made of expressions, and not a module. */
export function isExpressionFile(path: string): boolean {
  return EXPRESSIONS.has(extname(path));
}

/** Where the tests of a module stand: `some-rule.test.ts` beside `some-rule.ts`. */
export function testFileOf(path: string): string {
  const extension = extname(path);
  return `${path.slice(0, -extension.length)}.test${extension}`;
}

/** Where the page about a custom rule stands. */
export function docFileOf(path: string): string {
  return `${path.slice(0, -extname(path).length)}.md`;
}

/** The file at a path as a rule file: its id is its name without the extension. */
export function toRuleFile(path: string): RuleFile {
  return { path, id: basename(path, extname(path)) };
}

/** Whether a name is one that rules have. */
export function isRuleFileName(name: string): boolean {
  return isRuleName(basename(name));
}

/** Code that a person wrote is far smaller; what is larger was put there by mistake. */
const MAX_BYTES = 1_000_000;

/**
 * Looks into rule folders, not into folders inside them, in the order given and then by name. Links are followed, as the mounted
 * folders of containers need it. Hidden files, type declarations and tests (`x.test.ts`) are left out; everything else with the
 * extension of a rule is a rule or broken, never passed over.
 */
export async function findCustomRules(folders: readonly string[]): Promise<FoundRules> {
  const files: RuleFile[] = [];
  const broken: BrokenRule[] = [];
  for (const folder of folders) {
    const names = await listNames(folder);
    if (!Array.isArray(names)) broken.push(names);
    else {
      for (const name of names) {
        const path = join(folder, name);
        const problem = await findProblem(path);
        if (problem === null) files.push({ path, id: name.slice(0, -extname(name).length) });
        else broken.push(toBroken(path, problem));
      }
    }
  }
  return { files, broken };
}

/** A file that holds no usable rule. */
export function toBroken(file: string, text: string): BrokenRule {
  return { file, reason: { kind: 'rule_failed', text } };
}

async function listNames(folder: string): Promise<string[] | BrokenRule> {
  try {
    return (await readdir(folder)).filter(isRuleName).sort();
  } catch (error) {
    return toBroken(folder, `the folder of custom rules cannot be read: ${explainCode(error)}`);
  }
}

function isRuleName(name: string): boolean {
  const extension = extname(name);
  if (name.startsWith('.') || /\.(d|test)\.[cm]?[jt]s$/.test(name)) return false;
  return MODULES.has(extension) || EXPRESSIONS.has(extension);
}

/** Why a file cannot hold a rule; null when it may. */
export async function findProblem(path: string): Promise<string | null> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return 'it is a folder, not a file';
    if (!found.isFile()) return 'it is not a regular file';
    if (found.size > MAX_BYTES) return `it is larger than ${MAX_BYTES / 1_000_000} MB, which no rule is`;
    await access(path, constants.R_OK);
    return null;
  } catch (error) {
    return `it cannot be read: ${explainCode(error)}`;
  }
}

/** The system's sentence names an absolute path; its code says enough. */
function explainCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'this user may not read it';
    case 'ELOOP':
      return 'a link that leads to itself';
    default:
      return typeof code === 'string' ? code : explainThrown(error);
  }
}
