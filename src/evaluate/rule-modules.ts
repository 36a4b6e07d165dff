import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';

/** Modules of the rule's own that were loaded so far. */
export interface RuleModules {
  /** Over the sources of all of them: changes when any may judge differently. */
  digest(): string;
  /** The first that is not valid JavaScript; null when all are. The engine itself tells no place. */
  findSyntaxError(): SyntaxSlip | null;
}

/** Where a module is not valid JavaScript. */
export interface SyntaxSlip {
  /** Text with `file:...:line` in it. */
  readonly where: string;
  /** Whether the line would be valid in TypeScript, which only the name of the file forbids. */
  readonly isTyped: boolean;
}

/** Where the program's own modules are, in the source and in the build. */
const OWN = new URL('../', import.meta.url).href;

const RULE_MODULE = new URL(`../rule${extname(import.meta.url)}`, import.meta.url).href;

const TEST_MODULE = new URL(`./rule-tester/rule-test${extname(import.meta.url)}`, import.meta.url).href;

const FORMATS: Readonly<Record<string, string>> = {
  '.ts': 'module-typescript',
  '.mts': 'module-typescript',
  '.js': 'module',
  '.mjs': 'module',
};

/**
 * Makes rules of a folder outside the program loadable. `vt-auditor/rule`, and the path by which built-in rules import it, give our
 * own module, and `zod` our one instance, which neither a relative nor a bare import would find from there. Their `.ts` and `.js`
 * are modules whatever the next package.json says (`npm init` writes "commonjs").
 */
export function registerRuleModules(): RuleModules {
  const sources = new Map<string, string>();
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (context.parentURL === undefined || isOwn(context.parentURL)) return nextResolve(specifier, context);
      const url = toOwnUrl(specifier);
      return url === null ? nextResolve(specifier, context) : { url, shortCircuit: true };
    },
    load(url, context, nextLoad) {
      const format = FORMATS[extname(new URL(url).pathname)];
      if (!url.startsWith('file:') || isOwn(url) || url.includes('/node_modules/') || format === undefined) {
        return nextLoad(url, context);
      }
      const source = readFileSync(new URL(url), 'utf8');
      sources.set(url, source);
      return { format, source, shortCircuit: true };
    },
  });
  return {
    digest: () => digestSources([...sources.values()]),
    findSyntaxError: () => findSyntaxError(sources),
  };
}

/** Over the sources of a rule and of the modules beside it, in any order. */
export function digestSources(sources: readonly string[]): string {
  return hash('sha256', JSON.stringify(sources.map((source) => hash('sha256', source)).sort()));
}

/** Whether a module is the program's own. */
export function isOwn(url: string): boolean {
  return url.startsWith(OWN);
}

function toOwnUrl(specifier: string): string | null {
  if (specifier === 'vt-auditor/rule' || /(^|\/)src\/rule\.[jt]s$/.test(specifier)) return RULE_MODULE;
  if (specifier === 'vt-auditor/rule-test') return TEST_MODULE;
  if (specifier === 'zod' || specifier.startsWith('zod/')) return import.meta.resolve(specifier);
  return null;
}

/** Parses each source once more with the parser that strips types, because it says where it stopped. */
function findSyntaxError(sources: ReadonlyMap<string, string>): SyntaxSlip | null {
  for (const [url, source] of sources) {
    try {
      const line = firstDifference(source, stripTypeScriptTypes(source, { sourceUrl: url }));
      if (line !== null && /\.m?js$/.test(url)) return { where: `${url}:${line}`, isTyped: true };
    } catch (error) {
      return { where: error instanceof Error ? (error.stack ?? '') : '', isTyped: false };
    }
  }
  return null;
}

/** The first line, from 1, that is another without its types: blanks stand in their place. */
function firstDifference(source: string, stripped: string): number | null {
  const others = stripped.split('\n');
  const index = source.split('\n').findIndex((line, at) => at < others.length && line !== others[at]);
  return index === -1 ? null : index + 1;
}
