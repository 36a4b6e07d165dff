import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { App, Prepared } from '../app.ts';
import { builtInIds, ruleDoc, toRequirement } from '../evaluate/catalogue.ts';
import { loadCustomRule } from '../evaluate/custom-rules.ts';
import { openKey } from '../evaluate/outcome.ts';
import { docFileOf, findCustomRules, isRuleFileName, type RuleFile, toRuleFile } from '../evaluate/rule-files.ts';
import { editorFile, newRuleFiles, RULE_KINDS, type RuleKind } from '../evaluate/rule-kit/scaffold.ts';
import { type RuleTrial, testRules } from '../evaluate/rule-kit/test-rules.ts';
import { DEFAULT_LIMITS } from '../evaluate/rule-process.ts';
import type { Breach, RuleResult } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import { didYouMean } from '../model/near-miss.ts';
import type { Config } from '../model/settings.ts';
import { judgeStored, onePerDay, type ReplayedRule } from './backtest.ts';
import { UsageError } from './complaint.ts';
import { noSuchRule } from './rule-set.ts';

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
    const requirement = toRequirement(builtIn);
    const reads = [...needs, ...wants, ...consults];
    return { requirement, builtIn, custom: null, needs, reads, options: optionsOf(config, named) };
  }
  const installed = rules.custom.find(({ id }) => id === named);
  const custom = installed ?? (await loadFile(named, prepared));
  const { requirement, needs, wants, consults } = custom;
  return {
    requirement,
    builtIn: null,
    custom,
    needs,
    reads: [...needs, ...wants, ...consults],
    options: optionsOf(config, custom.id),
  };
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

function optionsOf(config: Config, id: string): Readonly<Record<string, unknown>> {
  const own = Object.hasOwn(config.rules, id) ? config.rules[id] : undefined;
  return own?.enabled === true ? own.options : {};
}

/** A breach as a diff shows it. */
export type Told = Pick<Breach, 'subject' | 'key' | 'message'>;

/** What an edited rule changes on the latest stored snapshot of a group. */
export interface RuleDiff {
  readonly group: string;
  /** The run whose sections were judged, and when it began; null: nothing is stored of the group. */
  readonly run: { readonly id: string; readonly startedAt: string } | null;
  /** What it is compared with: the installed rule, what is open in the database (the file is the installed one), or nothing. */
  readonly against: 'installed' | 'open' | 'nothing';
  readonly after: RuleResult | null;
  readonly added: readonly Told[];
  readonly removed: readonly Told[];
  readonly kept: number;
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

/** Days back that the latest snapshot is looked for. */
const DIFF_DAYS = 400;

/**
 * Judges the latest snapshot of each group with an edited file, and compares: with the installed rule of the same id, or, where the file
 * is the installed one, with what it has open.
 */
export async function diffRule(app: App, path: string, groups: readonly string[]): Promise<readonly RuleDiff[]> {
  const edited = await findRule(app, path);
  const { id } = edited.requirement;
  const installed = app.rules.requirements.has(id) ? await findRule(app, id) : null;
  const isItself =
    installed?.custom !== null && installed?.custom !== undefined && isSameFile(installed.custom.file, path);
  const against = installed === null ? 'nothing' : isItself ? 'open' : 'installed';
  const since = new Date(app.clock.now().getTime() - DIFF_DAYS * 86_400_000).toISOString();
  const diffs: RuleDiff[] = [];
  for (const group of groups) {
    const stored = onePerDay(app.store.snapshots({ group, since }), edited.reads).at(-1);
    if (stored === undefined) {
      diffs.push({ group, run: null, against, after: null, added: [], removed: [], kept: 0 });
      continue;
    }
    const before = isItself
      ? app.store.openFindings(group).filter(({ rule }) => rule === id)
      : ((installed === null ? null : await judgeStored(installed, stored, app.log))?.breaches ?? []);
    const after = await judgeStored(edited, stored, app.log);
    const run = { id: stored.run.id, startedAt: stored.run.startedAt };
    diffs.push({ group, run, against, after, ...compare(before, after.breaches) });
  }
  return diffs;
}

function isSameFile(one: string, other: string): boolean {
  return realpathSync(one) === realpathSync(other);
}

function compare(before: readonly Told[], after: readonly Told[]): Pick<RuleDiff, 'added' | 'removed' | 'kept'> {
  const old = new Set(before.map((breach) => openKey(breach)));
  const now = new Set(after.map((breach) => openKey(breach)));
  const added = after.filter((breach) => !old.has(openKey(breach)));
  return { added, removed: before.filter((breach) => !now.has(openKey(breach))), kept: after.length - added.length };
}
