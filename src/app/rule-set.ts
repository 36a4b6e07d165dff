import { hash } from 'node:crypto';
import { ruleIdOf } from '../audit/auditor-health.ts';
import type { RuleSet } from '../audit/job.ts';
import { formatKeyPath, type KeyPath, valueAt } from '../config/key-path.ts';
import type { Loaded } from '../config/load.ts';
import { sortProblems } from '../config/problem.ts';
import type { RuleWords } from '../config/rule-words.ts';
import { showValue } from '../config/shown-value.ts';
import { type BuiltInRule, loadBuiltInRules, toRequirement } from '../evaluate/catalogue.ts';
import { type CustomRule, checkCustomOptions, loadCustomRules } from '../evaluate/custom-rules.ts';
import { type CheckedOptions, checkOptions } from '../evaluate/options.ts';
import { DEFAULT_LIMITS } from '../evaluate/rule-process.ts';
import type { Day } from '../model/instant.ts';
import { toDay } from '../model/instant.ts';
import { type Log, silentLog } from '../model/log.ts';
import { nearMiss } from '../model/near-miss.ts';
import type { Requirement } from '../model/requirement.ts';
import type { AuditSettings, Config, Problem, RuleSettings } from '../model/settings.ts';
import type { Severity } from '../model/severity.ts';

/** Rules as loaded from files, before the configuration is applied. */
export interface LoadedRules {
  readonly builtIn: readonly BuiltInRule[];
  readonly custom: readonly CustomRule[];
  readonly broken: RuleSet['broken'];
  readonly requirements: ReadonlyMap<string, Requirement>;
  /** By rule id: what the configuration's options come to, or what is wrong with them. */
  readonly options: ReadonlyMap<string, CheckedOptions>;
}

/** Loads the rules that come with the program and those of the configured folders, and checks the configuration's options of each. */
export async function loadRules(config: Pick<RuleWords, 'customRules' | 'rules'>, log: Log): Promise<LoadedRules> {
  const builtIn = await loadBuiltInRules();
  const { rules: custom, broken } = await loadCustomRules({ folders: config.customRules, log, ...DEFAULT_LIMITS });
  const requirements = new Map(
    [...builtIn.map(toRequirement), ...custom.map(({ requirement }) => requirement)].map((requirement) => [
      requirement.id,
      requirement,
    ]),
  );
  const options = new Map<string, CheckedOptions>(
    builtIn.map((rule) => [rule.id, checkOptions(rule, rawOptions(config, rule.id))]),
  );
  for (const rule of custom) {
    const raw = rawOptions(config, rule.id);
    const isPlain = Object.keys(raw).length === 0;
    options.set(
      rule.id,
      isPlain
        ? { ok: true, options: rule.defaults }
        : await checkCustomOptions({ rule, raw, limits: DEFAULT_LIMITS, log }),
    );
  }
  return { builtIn, custom, broken, requirements, options };
}

/** The rules in force at a time: a rule that is switched off until a day is on again after it. */
export function toRuleSet(loaded: LoadedRules, config: Config, at: Date): RuleSet {
  const today = toDay(at);
  const ids = [...loaded.requirements.keys()].sort();
  const offByDefault = new Set(loaded.builtIn.flatMap((rule) => (rule.offByDefault === true ? [rule.id] : [])));
  const offOf = (id: string) => offUntil(config.rules, id, { today, offByDefault });
  const isOn = (id: string): boolean => offOf(id) === null;
  const on = ids.filter(isOn);
  const options = new Map(on.flatMap((id) => toEntry(id, loaded.options.get(id))));
  const requirements = new Map(
    [...loaded.requirements].map(([id, requirement]) => [id, withSeverity(requirement, config)]),
  );
  return {
    builtIn: loaded.builtIn.filter(({ id }) => isOn(id)),
    custom: loaded.custom.filter(({ id }) => isOn(id)),
    broken: loaded.broken,
    requirements,
    settings: Object.fromEntries(
      on.flatMap((id) => (Object.hasOwn(config.rules, id) ? [[id, switchedOn(config.rules[id])]] : [])),
    ),
    options,
    severities: new Map(on.flatMap((id) => toSeverityEntry(id, severityOf(id, config)))),
    disabled: ids
      .flatMap((id) => offOf(id) ?? [])
      .map((off) => ({
        ...off,
        title: requirements.get(off.id)?.title ?? off.id,
        controls: requirements.get(off.id)?.controls ?? {},
      })),
    sections: new Map(
      [...loaded.builtIn, ...loaded.custom].map(({ id, needs, wants = [], consults = [] }) => [
        id,
        [...needs, ...wants, ...consults],
      ]),
    ),
    digest: hash('sha256', JSON.stringify(on.map((id) => [id, requirements.get(id)?.version, options.get(id)]))),
  };
}

/** Rules of an audit: ids, `tag:NAME` or `*`, without those that are switched off. */
export function rulesOf(audit: AuditSettings, rules: RuleSet): readonly string[] {
  const off = new Set(rules.disabled.map(({ id }) => id));
  return [...rules.requirements.values()]
    .filter((requirement) => !off.has(requirement.id) && audit.rules.some((pattern) => matches(pattern, requirement)))
    .map(({ id }) => id)
    .sort();
}

/** Everything that the configuration says of rules that do not exist, or options that they do not have. */
export function ruleProblems(loaded: LoadedRules, config: RuleWords): readonly Problem[] {
  const known = [...loaded.requirements.keys()];
  const brokenIds = new Set(loaded.broken.map(({ file }) => ruleIdOf(file)));
  const unknownRules = Object.keys(config.rules)
    .filter((id) => !loaded.requirements.has(id) && !brokenIds.has(id))
    .map((id) => problem(config, ['rules', id], noSuchRule(id, known)));
  const badOptions = [...loaded.options].flatMap(([id, checked]) =>
    checked.ok
      ? []
      : checked.problems.map(({ path, message }) =>
          problem(config, ['rules', id, ...path], `${message}${found(message, rawOptions(config, id), path)}`),
        ),
  );
  const patterns = config.audits.flatMap((audit, index) => [
    ...audit.rules.map((pattern, position) => ({ pattern, path: ['audits', index, 'rules', position] })),
    // A reader's filter with a typo would let nothing through, in silence.
    ...audit.send.flatMap(({ rules }, place) =>
      (rules ?? []).map((pattern, position) => ({
        pattern,
        path: ['audits', index, 'send', place, 'rules', position],
      })),
    ),
  ]);
  const requirements = [...loaded.requirements.values()];
  const unknownPatterns = patterns
    .filter(
      ({ pattern }) => !brokenIds.has(pattern) && !requirements.some((requirement) => matches(pattern, requirement)),
    )
    .map(({ pattern, path }) => problem(config, path, unknownPattern(pattern, requirements)));
  return [...unknownRules, ...badOptions, ...unknownPatterns];
}

/** All that is wrong with a configuration that cannot be used, with what only the rules know: ids, tags and options. */
export async function allProblems({
  problems,
  ruleWords,
}: Extract<Loaded, { ok: false }>): Promise<readonly Problem[]> {
  if (ruleWords === null) return problems;
  return sortProblems([...problems, ...ruleProblems(await loadRules(ruleWords, silentLog), ruleWords)]);
}

function unknownPattern(pattern: string, requirements: readonly Requirement[]): string {
  if (!pattern.startsWith('tag:'))
    return noSuchRule(
      pattern,
      requirements.map(({ id }) => id),
    );
  const tags = [...new Set(requirements.flatMap((requirement) => requirement.tags))].sort();
  return `no rule has the tag ${showValue(pattern.slice(4))}; there are ${tags.join(', ')}`;
}

function matches(pattern: string, requirement: Requirement): boolean {
  return (
    pattern === '*' ||
    pattern === requirement.id ||
    (pattern.startsWith('tag:') && requirement.tags.includes(pattern.slice(4)))
  );
}

/** The sentence about the id of a rule that there is not, wherever it was written. */
export function noSuchRule(id: string, known: readonly string[]): string {
  return `there is no rule ${showValue(id)}${meant(id, known)}`;
}

function meant(written: string, known: readonly string[]): string {
  const near = nearMiss(written, known);
  return near === null ? '; `vt-auditor rules list` shows those that there are' : `; did you mean "${near}"?`;
}

function problem(config: RuleWords, path: KeyPath, message: string): Problem {
  return { place: config.locate(path), path: formatKeyPath(path), message };
}

/** What stands in the place of what was expected. */
function found(message: string, options: unknown, path: KeyPath): string {
  const value = valueAt(options, path);
  return message.startsWith('expected ') && value !== undefined ? `, found ${showValue(value)}` : '';
}

function rawOptions(config: Pick<RuleWords, 'rules'>, id: string): Readonly<Record<string, unknown>> {
  const settings = Object.hasOwn(config.rules, id) ? config.rules[id] : undefined;
  return settings?.enabled === true ? settings.options : {};
}

function switchedOn(settings: RuleSettings | undefined): RuleSettings {
  return settings?.enabled === true ? settings : { enabled: true, severity: null, options: {} };
}

interface Off {
  readonly id: string;
  readonly reason: string;
  readonly until: string | null;
}

/** Why a rule is not in force; null: it is. One that is off by default is on only where the configuration says so. */
function offUntil(
  settings: Config['rules'],
  id: string,
  { today, offByDefault }: { readonly today: Day; readonly offByDefault: ReadonlySet<string> },
): Off | null {
  const own = Object.hasOwn(settings, id) ? settings[id] : undefined;
  const isOver = own?.enabled === false && own.until !== null && own.until < today;
  if (own?.enabled === false && !isOver) return { id, reason: own.reason, until: own.until };
  if (own?.enabled === true || !offByDefault.has(id)) return null;
  return { id, reason: 'off by default; `enabled: true` switches it on', until: null };
}

/** A requirement as the configuration has it: its own severity, or the one that is set for it. */
export function withSeverity(requirement: Requirement, config: Config): Requirement {
  return { ...requirement, severity: severityOf(requirement.id, config) ?? requirement.severity };
}

function severityOf(id: string, config: Config): Severity | null {
  const settings = Object.hasOwn(config.rules, id) ? config.rules[id] : undefined;
  return settings?.enabled === true ? settings.severity : null;
}

function toSeverityEntry(id: string, severity: Severity | null): [string, Severity][] {
  return severity === null ? [] : [[id, severity]];
}

function toEntry(id: string, checked: CheckedOptions | undefined): [string, unknown][] {
  return checked?.ok === true ? [[id, checked.options]] : [];
}
