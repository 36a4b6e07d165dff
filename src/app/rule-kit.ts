import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { App, Prepared } from '../app.ts';
import { builtInIds, ruleDoc, toRequirement } from '../evaluate/catalogue.ts';
import { loadCustomRule } from '../evaluate/custom-rules.ts';
import { docFileOf, findCustomRules, isRuleFileName, type RuleFile, toRuleFile } from '../evaluate/rule-files.ts';
import { editorFile, newRuleFiles, RULE_KINDS, type RuleKind } from '../evaluate/rule-kit/scaffold.ts';
import { type RuleTrial, testRules } from '../evaluate/rule-kit/test-rules.ts';
import { DEFAULT_LIMITS } from '../evaluate/rule-process.ts';
import type { Log } from '../model/log.ts';
import { didYouMean } from '../model/near-miss.ts';
import type { Config } from '../model/settings.ts';
import type { ReplayedRule } from './backtest.ts';
import { UsageError } from './complaint.ts';
import { noSuchRule, withSeverity } from './rule-set.ts';

export type { RuleTrial } from '../evaluate/rule-kit/test-rules.ts';

export { RULE_KINDS, type RuleKind };

/** A rule to begin: its id, its kind and the folder for its files. */
export interface NewRuleOrder {
  readonly id: string;
  readonly kind: RuleKind;
  readonly folder: string;
}

/**
 * Writes the files of a new rule and returns their paths. Never replaces a file.
 * @throws UsageError when the id cannot be used, or a file of the rule is there already.
 */
export async function newRule({ id, kind, folder }: NewRuleOrder): Promise<readonly string[]> {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id)) {
    throw new UsageError(
      `"${id}" cannot be a rule's id: write small letters, digits and hyphens, as in members-sign-in`,
    );
  }
  if ((await builtInIds()).includes(id)) throw new UsageError(`a built-in rule has the id "${id}"; choose another`);
  const files = newRuleFiles(id, kind).map(({ name, text }) => ({
    path: `${folder.replace(/\/+$/, '')}/${name}`,
    text,
  }));
  const there = files.find(({ path }) => existsSync(path));
  if (there !== undefined) throw new UsageError(`${there.path} is there already; nothing was written`);
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of files) writeFileSync(path, text, { flag: 'wx' });
  // Ours and always the same: an older one is replaced.
  const { name, text } = editorFile();
  if (kind === 'yaml') writeFileSync(join(folder, name), text);
  return files.map(({ path }) => path);
}

/** Where rules are looked for and begun while no configuration names a folder. */
export const USUAL_FOLDER = 'custom-rules';

/**
 * Whether the usual folder is there.
 * @throws UsageError when it is not: whoever asks has rules to try.
 */
export function requireUsualFolder(): string {
  if (existsSync(USUAL_FOLDER)) return USUAL_FOLDER;
  throw new UsageError(
    `no rule was found: no configuration names a folder under customRules, and there is no folder ./${USUAL_FOLDER}; say which files or folders, or begin with \`vt-auditor rules new ID\``,
  );
}

/** The page about a rule that comes with the program; null where it is none of those. */
export async function builtInDoc(id: string): Promise<string | null> {
  return (await builtInIds()).includes(id) ? ruleDoc(id) : null;
}

/** How the rule files at some paths (files or folders) do on their own tests. */
export async function tryRules(paths: readonly string[], log: Log): Promise<readonly RuleTrial[]> {
  const files: RuleFile[] = [];
  const broken: RuleTrial[] = [];
  for (const path of paths) {
    if (!existsSync(path)) throw new UsageError(`there is no file or folder ${path}`);
    if (!statSync(path).isDirectory()) files.push(toFile(path));
    else {
      const found = await findCustomRules([path]);
      files.push(...found.files);
      broken.push(
        ...found.broken.map((one): RuleTrial => ({ ...toRuleFile(one.file), is: 'broken', text: one.reason.text })),
      );
    }
  }
  if (files.length === 0 && broken.length === 0) {
    throw new UsageError(`no rule was found in ${paths.join(', ')}: rules are files that end in ${RULE_ENDINGS}`);
  }
  return [...(await testRules({ files, limits: DEFAULT_LIMITS, log })), ...broken];
}

function toFile(path: string): RuleFile {
  if (!isRuleFileName(path)) {
    throw new UsageError(`${path} is no rule file: rules end in ${RULE_ENDINGS}${hintOf(path)}`);
  }
  return toRuleFile(path);
}

const RULE_ENDINGS = '.yaml, .yml, .ts, .mts, .js or .mjs';

/** The files beside a rule are easily taken for it. */
function hintOf(path: string): string {
  const rule = /^(.+)\.test(\.[cm]?[jt]s)$/.exec(basename(path));
  if (rule !== null) return `; its tests are run with the rule: ${rule[1]}${rule[2]}`;
  return path.endsWith('.md') ? '; this is the page about one' : '';
}

/** The page beside a custom rule's file; null when there is none. */
export function customRuleDoc(prepared: Pick<Prepared, 'rules'>, id: string): string | null {
  const rule = prepared.rules.custom.find((custom) => custom.id === id);
  const doc = rule === undefined ? null : docFileOf(rule.file);
  return doc !== null && existsSync(doc) ? readFileSync(doc, 'utf8') : null;
}

/**
 * A rule by its id, or by the path of its file, which need not be in a configured folder.
 * @throws UsageError when there is none, or the file cannot be loaded.
 */
export async function findRule(
  prepared: Pick<Prepared, 'config' | 'rules' | 'log'>,
  named: string,
): Promise<ReplayedRule> {
  const { config, rules } = prepared;
  const builtIn = rules.builtIn.find(({ id }) => id === named) ?? null;
  if (builtIn !== null) {
    const { needs, wants = [], consults = [] } = builtIn;
    const reads = [...needs, ...wants, ...consults];
    const requirement = withSeverity(toRequirement(builtIn), config);
    return { requirement, builtIn, custom: null, needs, wants, reads, ...settingsOf(config, named) };
  }
  const installed = rules.custom.find(({ id }) => id === named);
  const custom = installed ?? (await loadFile(named, prepared));
  const { needs, wants, consults } = custom;
  const reads = [...needs, ...wants, ...consults];
  const requirement = withSeverity(custom.requirement, config);
  return { requirement, builtIn: null, custom, needs, wants, reads, ...settingsOf(config, custom.id) };
}

async function loadFile(path: string, { log, rules }: Pick<Prepared, 'rules' | 'log'>) {
  if (!existsSync(path)) {
    const broken = rules.broken.find(({ file }) => toRuleFile(file).id === path);
    if (broken !== undefined) throw new UsageError(`${broken.file} cannot be loaded: ${broken.reason.text}`);
    const isPath = /[./\\]/.test(path);
    throw new UsageError(isPath ? `there is no file ${path}` : noSuchRule(path, [...rules.requirements.keys()]));
  }
  const loaded = await loadCustomRule(toFile(path), { log, ...DEFAULT_LIMITS });
  if ('reason' in loaded) throw new UsageError(`${path} cannot be loaded: ${loaded.reason.text}`);
  return loaded;
}

function settingsOf(config: Config, id: string): Pick<ReplayedRule, 'options' | 'severity'> {
  const own = Object.hasOwn(config.rules, id) ? config.rules[id] : undefined;
  return own?.enabled === true ? own : { options: {}, severity: null };
}

/**
 * The groups to look back on: those that are named, or all that are configured. One that was taken out of the configuration may be named.
 * @throws UsageError for one of which nothing is known.
 */
export function storedGroups(
  { config, store }: Pick<App, 'config' | 'store'>,
  named: readonly string[],
): readonly string[] {
  const configured = config.groups.map(({ id }) => id);
  const unknown = named.find((id) => !configured.includes(id) && store.lastRun(id) === null);
  if (unknown !== undefined)
    throw new UsageError(
      `there is no group "${unknown}"${didYouMean(unknown, configured) || `; there is ${configured.join(', ')}`}`,
    );
  return named.length > 0 ? named : configured;
}
