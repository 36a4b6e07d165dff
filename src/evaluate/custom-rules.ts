import type { Log } from '../model/log.ts';
import type { Requirement } from '../model/requirement.ts';
import type { SectionName } from '../model/snapshot.ts';
import { builtInIds } from './catalogue.ts';
import type { CheckedOptions } from './options.ts';
import { type BrokenRule, findCustomRules, type RuleFile, toBroken } from './rule-files.ts';
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

/** Asks each file of the folders, in a process of its own and one at a time, to describe its rule. A broken file stops no other. */
export async function loadCustomRules({ folders, log, signal, ...limits }: LoadInput): Promise<LoadedRules> {
  const found = await findCustomRules(folders);
  const broken = [...found.broken];
  const rules = new Map<string, CustomRule>();
  const builtIn = new Set(await builtInIds());
  for (const file of found.files) {
    const taken = takenBy(file, builtIn, rules);
    const loaded = taken ?? (await describeFile(file, { limits, log, signal }));
    if ('requirement' in loaded) rules.set(loaded.id, loaded);
    else broken.push(loaded);
  }
  for (const { file, reason } of broken) log.warn('custom rule not loaded', { file, kind: reason.kind });
  return { rules: [...rules.values()].sort((one, other) => (one.id < other.id ? -1 : 1)), broken };
}

function takenBy(
  file: RuleFile,
  builtIn: ReadonlySet<string>,
  rules: ReadonlyMap<string, CustomRule>,
): BrokenRule | null {
  if (builtIn.has(file.id)) {
    return toBroken(file.path, `a built-in rule has the id "${file.id}"; rename the file and its id`);
  }
  const other = rules.get(file.id);
  return other === undefined
    ? null
    : toBroken(file.path, `another file has the same id "${file.id}"; rename one of them`);
}

interface Setting {
  readonly limits: RuleLimits;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

async function describeFile(file: RuleFile, setting: Setting): Promise<CustomRule | BrokenRule> {
  const result = await runRuleProcess({ job: toJob(file, { task: 'describe' }), ...setting });
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
  const result = await runRuleProcess({ job: toJob(file, { task: 'check-options', options: raw }), ...setting });
  if (result.ok && result.answer.is === 'options') return { ok: true, options: result.answer.options };
  if (result.ok && result.answer.is === 'bad-options') return { ok: false, problems: result.answer.problems };
  return { ok: false, problems: [{ path: [], message: `could not be checked: ${whyNot(result)}` }] };
}

/** A job for a rule file; what is not given is empty. */
export function toJob(file: RuleFile, job: Pick<RuleJob, 'task'> & Partial<RuleJob>): RuleJob {
  return { options: {}, at: null, sections: [], missing: [], ...job, file: file.path, id: file.id };
}

/** Why a process's result is not the answer that was asked for. */
export function whyNot(result: RuleProcessResult): string {
  return result.ok ? textOf(result.answer) : result.reason.text;
}

function textOf(answer: RuleAnswer): string {
  return answer.is === 'failed' ? answer.text : 'the rule interfered with its own answer';
}
