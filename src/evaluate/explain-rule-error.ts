import { basename } from 'node:path';
import { explainThrown, oneLine } from './explain-thrown.ts';
import { isOwn, type RuleModules } from './rule-modules.ts';

const ERASABLE =
  'only TypeScript that can be erased runs: write a union of strings instead of an enum, plain fields instead of parameter properties, a module instead of a namespace';

const TYPED = 'a file of this name is JavaScript, which has no types; name it .ts, or take them out';

const FORBIDDEN =
  'rules may read the files beside them and no others, and not write files, start programs or open connections';

/** What went wrong in a custom rule's code: file and line where they are known, then a sentence with what to do about it. */
export function explainRuleError(thrown: unknown, modules: RuleModules): string {
  try {
    const own = firstPlace(stackOf(thrown));
    const slip = own === null && thrown instanceof SyntaxError ? modules.findSyntaxError() : null;
    const place = own ?? firstPlace(slip?.where ?? '');
    const text = slip?.isTyped === true ? `${explain(thrown)}; ${TYPED}` : explain(thrown);
    return place === null ? text : `${place}: ${text}`;
  } catch {
    return explainThrown(thrown);
  }
}

function explain(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return `${explainThrown(thrown)}; ${ERASABLE}`;
    case 'ERR_ACCESS_DENIED':
      return `${explainThrown(thrown)}; ${FORBIDDEN}`;
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_UNSUPPORTED_DIR_IMPORT':
      return explainMissingModule(thrown);
    default:
      return explainThrown(thrown);
  }
}

/** `fetch` says "fetch failed" and keeps the reason in its cause. */
function codeOf(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return null;
  return 'code' in thrown ? thrown.code : thrown.cause instanceof Error ? codeOf(thrown.cause) : null;
}

/** The runtime's own sentence names two absolute paths of the machine. */
function explainMissingModule(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : '';
  const [, kind = 'module', name = ''] = /^Cannot find (module|package) '([^']*)'/.exec(message) ?? [];
  if (name === 'vt-auditor') {
    return 'it imports something of vt-auditor that is not there; there are vt-auditor/rule and, for tests, vt-auditor/rule-test';
  }
  return kind === 'package'
    ? oneLine(
        `it imports the package "${name}", which is not there; a rule can import vt-auditor/rule, zod, node: modules and files beside it`,
      )
    : oneLine(`it imports "${basename(name)}", which is not there; an import names a file with its extension`);
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack : '';
}

/** `name.ts:12`: the first line of a stack that lies in a rule's file. */
function firstPlace(stack: string): string | null {
  for (const [, url = '', line = ''] of stack.matchAll(/(file:\/\/[^\s()]+?):(\d+)/g)) {
    if (!isOwn(url)) return oneLine(`${decodeURIComponent(basename(new URL(url).pathname))}:${line}`);
  }
  return null;
}
