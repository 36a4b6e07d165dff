import type { Log } from '../model/log.ts';
import type { Requirement } from '../model/requirement.ts';
import type { SectionName } from '../model/snapshot.ts';
import { builtInIds } from './catalogue.ts';
import type { ExpressionJob } from './expressions/expression-job.ts';
import { runExpressions } from './expressions/expression-process.ts';
import type { CheckedOptions } from './options.ts';
import { inPool } from './pool.ts';
import {
  type BrokenRule,
  findCustomRules,
  findProblem,
  isExpressionFile,
  type RuleFile,
  toBroken,
} from './rule-files.ts';
import type { RuleAnswer, RuleJob } from './rule-job.ts';
import { type RuleLimits, type RuleProcessResult, runRuleProcess } from './rule-process.ts';

/** A rule from a file of the operator's, as it described itself. Its code is never loaded into this process. */
export interface CustomRule {
  readonly id: string;
  /** Absolute path. */
  readonly file: string;
  readonly requirement: Requirement;
  readonly needs: readonly SectionName[];
  readonly wants: readonly SectionName[];
  readonly consults: readonly SectionName[];
  /** Its options where the configuration says nothing. */
  readonly defaults: unknown;
}

/** Folders to load from, and what each rule may use. */
export interface LoadInput extends RuleLimits {
  readonly folders: readonly string[];
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** The rules that loaded, sorted by id, and the files that did not, each with its reason. */
export interface LoadedRules {
  readonly rules: readonly CustomRule[];
  readonly broken: readonly BrokenRule[];
}

/** Files that describe themselves at a time; they are given no sections, so it is only the start of processes. */
const WIDTH = 4;

/**
 * Asks each file of the folders to describe its rule: a module in a process of its own, all files in YAML together in one. A broken file
 * stops no other.
 */
export async function loadCustomRules({ folders, log, signal, ...limits }: LoadInput): Promise<LoadedRules> {
  const found = await findCustomRules(folders);
  const setting: Setting = { limits, log, signal };
  const broken = [...found.broken];
  const rules = new Map<string, CustomRule>();
  const builtIn = new Set(await builtInIds());
  const files = found.files.filter(({ id }) => !builtIn.has(id));
  const expressions = await describeExpressions(
    files.filter(({ path }) => isExpressionFile(path)),
    setting,
  );
  const described = await inPool(
    files,
    WIDTH,
    async (file) => expressions.get(file.path) ?? (await describeFile(file, setting)),
  );
  const loaded = new Map(files.map((file, index) => [file.path, described[index]]));
  for (const file of found.files) {
    const one = takenBy(file, builtIn, rules) ?? loaded.get(file.path);
    if (one === undefined) continue;
    if ('requirement' in one) rules.set(one.id, one);
    else broken.push(one);
  }
  for (const { file, reason } of broken)
    log.warn('custom rule not loaded', { file, kind: reason.kind, problem: reason.text });
  return { rules: [...rules.values()].sort((one, other) => (one.id < other.id ? -1 : 1)), broken };
}

function takenBy(
  file: RuleFile,
  builtIn: ReadonlySet<string>,
  rules: ReadonlyMap<string, CustomRule>,
): BrokenRule | null {
  if (builtIn.has(file.id)) {
    return toBroken(file.path, takenId(file.id));
  }
  const other = rules.get(file.id);
  return other === undefined
    ? null
    : toBroken(file.path, `another file has the same id "${file.id}"; rename one of them`);
}

/** What a file is told whose name a rule has that comes with the program. */
export function takenId(id: string): string {
  return `a built-in rule has the id "${id}"; rename the file and its id`;
}

interface Setting {
  readonly limits: RuleLimits;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** The rule of one file, or why it cannot be used; whether another has the same id is not asked. */
export async function loadCustomRule(
  file: RuleFile,
  { log, signal, ...limits }: Omit<LoadInput, 'folders'>,
): Promise<CustomRule | BrokenRule> {
  const problem = await findProblem(file.path);
  if (problem !== null) return toBroken(file.path, problem);
  const setting: Setting = { limits, log, signal };
  const [expression] = await describeExpressions(isExpressionFile(file.path) ? [file] : [], setting);
  return expression?.[1] ?? (await describeFile(file, setting));
}

async function describeExpressions(
  files: readonly RuleFile[],
  { limits, signal }: Setting,
): Promise<ReadonlyMap<string, CustomRule | BrokenRule>> {
  const results = await runExpressions({ job: toExpressionJob('describe', files), limits, signal });
  const loaded = files.map((file, index): [string, CustomRule | BrokenRule] => [
    file.path,
    toCustomRule(file, results[index] ?? NO_RESULT),
  ]);
  return new Map(loaded);
}

const NO_RESULT: RuleProcessResult = { ok: false, reason: { kind: 'rule_failed', text: 'it gave no answer' } };

async function describeFile(file: RuleFile, setting: Setting): Promise<CustomRule | BrokenRule> {
  return toCustomRule(file, await runRuleProcess({ job: toJob(file, { task: 'describe' }), ...setting }));
}

function toCustomRule(file: RuleFile, result: RuleProcessResult): CustomRule | BrokenRule {
  if (!result.ok) return { file: file.path, reason: result.reason };
  const { answer } = result;
  if (answer.is !== 'described') return toBroken(file.path, textOf(answer));
  if (answer.requirement.id !== file.id) return toBroken(file.path, 'the rule interfered with its own answer');
  const { requirement, needs, wants, consults, options, digest } = answer;
  return {
    id: file.id,
    file: file.path,
    requirement: { ...requirement, source: 'custom', version: digest },
    needs,
    wants,
    consults,
    defaults: options,
  };
}

/** The options of a custom rule as the configuration writes them, and what its check may use. */
export interface CustomOptionsInput {
  readonly rule: CustomRule;
  readonly raw: unknown;
  readonly limits: RuleLimits;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/** Checks options against the rule's schema, in the rule's process, because a schema cannot leave it. */
export async function checkCustomOptions({ rule, raw, ...setting }: CustomOptionsInput): Promise<CheckedOptions> {
  const file = { path: rule.file, id: rule.id };
  const [result = NO_RESULT] = isExpressionFile(rule.file)
    ? await runExpressions({ job: toExpressionJob('check-options', [{ ...file, options: raw }]), ...setting })
    : [await runRuleProcess({ job: toJob(file, { task: 'check-options', options: raw }), ...setting })];
  if (result.ok && result.answer.is === 'options') return { ok: true, options: result.answer.options };
  if (result.ok && result.answer.is === 'bad-options') return { ok: false, problems: result.answer.problems };
  return { ok: false, problems: [{ path: [], message: `could not be checked: ${whyNot(result)}` }] };
}

/** A job for a rule file; what is not given is empty. */
export function toJob(file: RuleFile, job: Pick<RuleJob, 'task'> & Partial<RuleJob>): RuleJob {
  return { options: {}, at: null, sections: [], missing: [], ...job, file: file.path, id: file.id };
}

/** A job for files in YAML; what is not given is empty. */
export function toExpressionJob(
  task: ExpressionJob['task'],
  files: readonly (RuleFile & { readonly options?: unknown })[],
): ExpressionJob {
  const rules = files.map(({ path, id, options = {} }) => ({ file: path, id, options }));
  return { task, rules, at: null, sections: [], missing: [] };
}

/** Why a process's result is not the answer that was asked for. */
export function whyNot(result: RuleProcessResult): string {
  return result.ok ? textOf(result.answer) : result.reason.text;
}

function textOf(answer: RuleAnswer): string {
  return answer.is === 'failed' ? answer.text : 'the rule interfered with its own answer';
}
