/**
 * One evaluation of packed sections, in a process of its own: arguments are the file with the sections, the folder with the rules in
 * YAML, and what is measured: `all` is `evaluate` as an audit calls it; `built-in` and `YAML` are the rules of a kind, one after another
 * in this process.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadBuiltInRules } from '../src/evaluate/catalogue.ts';
import { loadCustomRules } from '../src/evaluate/custom-rules.ts';
import { deepFreeze } from '../src/evaluate/deep-freeze.ts';
import { evaluate } from '../src/evaluate/evaluate.ts';
import { compileRule } from '../src/evaluate/expressions/compile-rule.ts';
import { createViews } from '../src/evaluate/expressions/views.ts';
import { type Judgeable, judge } from '../src/evaluate/judge.ts';
import { DEFAULT_LIMITS } from '../src/evaluate/process-watch.ts';
import { unpackJob } from '../src/evaluate/rule-job.ts';
import type { EncodedSection } from '../src/model/encoded-section.ts';
import type { RuleResult } from '../src/model/judgement.ts';
import { silentLog } from '../src/model/log.ts';
import { present, type Snapshot } from '../src/model/snapshot.ts';
import { decodeSection } from '../src/sections.ts';

/** What of a rule is told. */
export interface MeasuredRule {
  readonly id: string;
  readonly verdict: RuleResult['verdict'];
  readonly breaches: number;
  /** CPU time of the rule alone; null where rules are measured together. */
  readonly ms: number | null;
}

/** What came of it. The CPU is that of all processes. */
export interface MeasuredEvaluation {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly rules: readonly MeasuredRule[];
}

/** What the file with the sections holds besides them. */
export interface PackedSnapshot {
  readonly at: string;
  readonly sections: readonly EncodedSection[];
}

const [file = '', folder = '', way = 'all'] = process.argv.slice(2);
const { at: instant, sections } = unpackJob<PackedSnapshot>(readFileSync(file));
const at = new Date(instant);
const snapshot: Snapshot = Object.fromEntries(
  sections.map((section) => [section.name, present<unknown>(decodeSection(section))]),
);
const builtIn = await loadBuiltInRules();
const { rules: custom, broken } = await loadCustomRules({ folders: [folder], log: silentLog, ...DEFAULT_LIMITS });
if (broken.length > 0) throw new Error(broken.map((rule) => `${rule.file}: ${rule.reason.text}`).join('\n'));
const measured = way === 'all' ? await measureAll() : measureEach(way === 'YAML' ? compileAll() : builtIn);
process.send?.(measured, () => process.disconnect?.());

async function measureAll(): Promise<MeasuredEvaluation> {
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  const results = await evaluate({
    builtIn,
    custom,
    settings: {},
    snapshot,
    encoded: sections,
    at,
    open: new Map(),
    log: silentLog,
  });
  const wallMs = performance.now() - startedAt;
  // The kernel counts a process's time with its parent's when it is gone.
  await sleep(50);
  const rules = results.map((result) => toMeasured(result, null));
  return { wallMs, cpuMs: cpuMs() - cpuBefore, peakMb: process.resourceUsage().maxRSS / 1_024, rules };
}

function measureEach(rules: readonly Measurable[]): MeasuredEvaluation {
  const frozen = deepFreeze(snapshot);
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  const measured = rules.map((rule) => measureRule(rule, frozen));
  const wallMs = performance.now() - startedAt;
  return { wallMs, cpuMs: cpuMs() - cpuBefore, peakMb: process.resourceUsage().maxRSS / 1_024, rules: measured };
}

type Measurable = Judgeable & { readonly options: { parse(raw: unknown): unknown } };

function compileAll(): readonly Measurable[] {
  const views = createViews();
  return custom.map(({ id, file: path }) => {
    const compiled = compileRule({ text: readFileSync(path, 'utf8'), id, views });
    if (!compiled.ok) throw new Error(`${id} does not compile`);
    return compiled.rule;
  });
}

function measureRule(rule: Measurable, frozen: Snapshot): MeasuredRule {
  const before = cpuMs();
  const result = judge({ rule, snapshot: frozen, options: rule.options.parse({}), at, open: new Set() });
  return toMeasured(result, cpuMs() - before);
}

function toMeasured({ rule, verdict, breaches }: RuleResult, ms: number | null): MeasuredRule {
  return { id: rule, verdict, breaches: breaches.length, ms };
}

/** CPU time of this process and of those that it has started and that have ended; only of this one where there is no /proc. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + ofChildrenMs();
}

function ofChildrenMs(): number {
  try {
    // The name of the program, which stands in brackets, may hold spaces. Ticks are hundredths of a second on every Linux.
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /su, '')
      .split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return 0;
  }
}
