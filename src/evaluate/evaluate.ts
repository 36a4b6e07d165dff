import { setImmediate } from 'node:timers/promises';
import type { EncodedSection } from '../model/encoded-section.ts';
import type { RuleResult } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import type { RuleSettings } from '../model/settings.ts';
import { present, type SectionName, type Snapshot } from '../model/snapshot.ts';
import { encodeSection } from '../sections.ts';
import type { BuiltInRule } from './catalogue.ts';
import type { CustomRule } from './custom-rules.ts';
import { freezeSnapshot } from './deep-freeze.ts';
import { failedResult, judge } from './judge.ts';
import { type EncodedSnapshot, judgeCustomRule } from './judge-custom-rule.ts';
import { judgeExpressionRules } from './judge-expression-rules.ts';
import { checkOptions } from './options.ts';
import { inPool } from './pool.ts';
import { inputMegabytes } from './process-watch.ts';
import { isExpressionFile } from './rule-files.ts';
import { DEFAULT_LIMITS, type RuleLimits } from './rule-process.ts';

/** The rules of a run and everything they are judged on. */
export interface EvaluateInput {
  readonly builtIn: readonly BuiltInRule[];
  readonly custom: readonly CustomRule[];
  /** By rule id. A rule that is switched off is left out; one that is not named has its defaults. */
  readonly settings: Readonly<Record<string, RuleSettings>>;
  readonly snapshot: Snapshot;
  /** Sections that are packed already; the others that a custom rule reads are packed here. */
  readonly encoded: readonly EncodedSection[];
  readonly at: Date;
  /** By rule id, the `openKey`s of its open findings. */
  readonly open: ReadonlyMap<string, ReadonlySet<string>>;
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** What each custom rule may use. */
  readonly limits?: RuleLimits;
}

const NOTHING_OPEN: ReadonlySet<string> = new Set();

/**
 * Evaluates every rule that is switched on, and gives one result each, sorted by rule. A rule that fails stops no other. The
 * snapshot is frozen through and through, once.
 * @throws the signal's reason when it is aborted.
 */
export async function evaluate(input: EvaluateInput): Promise<readonly RuleResult[]> {
  // The processes of custom rules begin first and work while this one judges the built-in rules: it must not turn to them before what the
  // first process shall judge is written, because of a large group that takes many turns. Those are taken while the snapshot is frozen.
  const fed = Promise.withResolvers<void>();
  const judging = judgeCustomRules(input, () => fed.resolve());
  const begun = Promise.race([fed.promise, judging]);
  const [snapshot] = await Promise.all([freezeSnapshot(input.snapshot), begun]);
  const [custom, builtIn] = await Promise.all([judging, judgeBuiltInRules({ ...input, snapshot })]);
  const results = [...builtIn, ...custom];
  for (const { rule, verdict, reason, breaches } of results) {
    input.log.debug('rule evaluated', { ruleId: rule, verdict, kind: reason?.kind ?? null, breaches: breaches.length });
  }
  return results.sort((one, other) => (one.rule < other.rule ? -1 : 1));
}

async function judgeBuiltInRules(input: EvaluateInput): Promise<readonly RuleResult[]> {
  const results: RuleResult[] = [];
  for (const rule of input.builtIn.filter(({ id }) => isOn(id, input))) {
    results.push(judgeBuiltInRule(rule, input));
    // Lets the process answer its health check, and see a signal, between two rules.
    await setImmediate();
    input.signal?.throwIfAborted();
  }
  return results;
}

function judgeBuiltInRule(rule: BuiltInRule, { settings, snapshot, at, open }: EvaluateInput): RuleResult {
  const checked = checkOptions(rule, optionsOf(rule.id, settings));
  if (!checked.ok) return failedResult(rule.id, `its options are not valid: ${checked.problems[0]?.message ?? ''}`);
  return judge({ rule, snapshot, options: checked.options, at, open: open.get(rule.id) ?? NOTHING_OPEN });
}

/** Rule processes at a time while their input is small: one that hangs then holds up nobody for as long as it may. */
const WIDTH = 4;

/** From this much input on, one process at a time: the machine shall hold one rule's memory and not four. */
const LARGE_INPUT_MB = 32;

async function judgeCustomRules(input: EvaluateInput, fed: () => void): Promise<readonly RuleResult[]> {
  const rules = input.custom.filter(({ id }) => isOn(id, input));
  const modules = rules.filter(({ file }) => !isExpressionFile(file));
  const sections = pack(input, new Set(rules.flatMap((rule) => [...rule.needs, ...rule.wants, ...rule.consults])));
  const judgeOne = async (rule: CustomRule): Promise<RuleResult> => {
    const { settings, at, open, log, signal, limits = DEFAULT_LIMITS } = input;
    const options = optionsOf(rule.id, settings);
    const found = open.get(rule.id) ?? NOTHING_OPEN;
    return await judgeCustomRule({ rule, sections, options, at, open: found, limits, log, signal });
  };
  const expressions = rules.filter(({ file }) => isExpressionFile(file));
  if (expressions.length === 0) fed();
  const fromExpressions = await judgeExpressions(expressions, sections, input, fed);
  fed();
  return [...fromExpressions, ...(await inPool(modules, widthFor(sections), judgeOne))];
}

function widthFor(sections: EncodedSnapshot): number {
  const present = Object.values(sections).flatMap((section) => (section.present ? [section.value] : []));
  return inputMegabytes(present) < LARGE_INPUT_MB ? WIDTH : 1;
}

async function judgeExpressions(
  custom: readonly CustomRule[],
  sections: EncodedSnapshot,
  { settings, at, open, limits = DEFAULT_LIMITS, signal }: EvaluateInput,
  fed: () => void,
): Promise<readonly RuleResult[]> {
  const rules = custom.map((rule) => ({
    rule,
    options: optionsOf(rule.id, settings),
    open: open.get(rule.id) ?? NOTHING_OPEN,
  }));
  return await judgeExpressionRules({ rules, sections, at, limits, signal, fed });
}

/** The sections of these names in the form that a rule process is given. */
function pack({ snapshot, encoded }: EvaluateInput, names: ReadonlySet<SectionName>): EncodedSnapshot {
  const packed = new Map(encoded.map((section) => [section.name, section]));
  const entries = [...names].flatMap((name) => {
    const section = snapshot[name];
    if (section === undefined) return [];
    return [
      [name, section.present ? present(packed.get(name) ?? encodeSection(name, section.value)) : section] as const,
    ];
  });
  return Object.fromEntries(entries);
}

function isOn(id: string, { settings }: EvaluateInput): boolean {
  return settings[id]?.enabled !== false;
}

function optionsOf(id: string, settings: EvaluateInput['settings']): unknown {
  const own = settings[id];
  return own?.enabled === true ? own.options : {};
}
