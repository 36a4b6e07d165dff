import type { RuleResult } from '../model/judgement.ts';
import type { Log } from '../model/log.ts';
import type { Reason } from '../model/reason.ts';
import type { BuiltInRule } from './catalogue.ts';
import type { CustomRule } from './custom-rules.ts';
import { deepFreeze } from './deep-freeze.ts';
import { openExpressionSession } from './expressions/expression-session.ts';
import { failedResult, judge, notEvaluatedResult } from './judge.ts';
import { concludeCustomRule, type EncodedSnapshot, toJudgeJob } from './judge-custom-rule.ts';
import { concludeExpressionRule, toExpressionJudgeJob } from './judge-expression-rules.ts';
import { missingReason } from './missing-sections.ts';
import { checkOptions } from './options.ts';
import { inputMegabytes } from './process-watch.ts';
import { isExpressionFile } from './rule-files.ts';
import type { RuleJob } from './rule-job.ts';
import { type RuleLimits, type RuleProcessResult, startRuleProcess } from './rule-process.ts';
import { unpackSections } from './stored-sections.ts';

/** A moment of the past that a rule is judged at. */
export interface Moment {
  readonly at: Date;
  /** Items of all sections together. */
  readonly items: number;
  /** Reads the sections; called once, shortly before they are needed. */
  readonly load: () => EncodedSnapshot;
}

/** What came of a moment, but for what depends on the findings that are open then. */
export interface JudgedMoment {
  readonly sections: EncodedSnapshot;
  /** To be called once; `open` holds the `openKey`s of the rule's open findings. */
  readonly conclude: (open: ReadonlySet<string>) => RuleResult;
}

/** One rule and the moments, oldest first, that it is judged at. */
export interface ReplayInput {
  readonly rule: { readonly builtIn: BuiltInRule } | { readonly custom: CustomRule };
  /** As the configuration writes them. */
  readonly options: unknown;
  readonly moments: readonly Moment[];
  /** What a custom rule may use at each moment. */
  readonly limits: RuleLimits;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/** A rule that used up its time at so many moments in a row is not tried again: ninety days of it would take minutes, and say no more. */
export const MOST_TIMEOUTS = 3;

/**
 * Judges one rule at many moments, and gives what came of each, in their order. While one is dealt with, the next are being judged: custom
 * rules in processes of their own, a module in a fresh one each time, because it may keep what it saw; a file in YAML, which cannot, in one
 * that stays.
 * @throws the signal's reason when it is aborted.
 */
export async function* replay(input: ReplayInput): AsyncGenerator<JudgedMoment, undefined> {
  const { rule } = input;
  if ('builtIn' in rule) yield* replayBuiltIn(rule.builtIn, input);
  else yield* replayCustom(rule.custom, input);
}

async function* replayBuiltIn(
  rule: BuiltInRule,
  { options, moments, signal }: ReplayInput,
): AsyncGenerator<JudgedMoment, undefined> {
  const checked = checkOptions(rule, options);
  for (const { at, load } of moments) {
    signal?.throwIfAborted();
    const sections = load();
    const conclude: JudgedMoment['conclude'] = (open) => {
      if (!checked.ok) return failedResult(rule.id, `its options are not valid: ${checked.problems[0]?.message ?? ''}`);
      const lacking = missingReason(rule.needs, sections);
      if (lacking !== null) return notEvaluatedResult(rule.id, lacking);
      return judge({ rule, snapshot: deepFreeze(unpackSections(sections)), options: checked.options, at, open });
    };
    yield { sections, conclude };
    // Somebody may want to stop it.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function* replayCustom(rule: CustomRule, input: ReplayInput): AsyncGenerator<JudgedMoment, undefined> {
  const left = new AbortController();
  const signal = input.signal === undefined ? left.signal : AbortSignal.any([input.signal, left.signal]);
  const [ahead, asking] = isExpressionFile(rule.file)
    ? [ONE_AHEAD, askSession(rule, { ...input, signal })]
    : askProcesses(rule, { ...input, signal });
  let timeouts = 0;
  const judgeOne = async ({ at, load }: Moment): Promise<Heard> => {
    const sections = load();
    const lacking = missingReason(rule.needs, sections);
    if (lacking !== null) return { sections, result: { ok: false, reason: lacking }, isTried: false };
    if (timeouts >= MOST_TIMEOUTS) return { sections, result: { ok: false, reason: GIVEN_UP }, isTried: false };
    return { sections, result: await asking.ask(at, sections), isTried: true };
  };
  try {
    const heard = inOrder({ items: input.moments, ahead, work: judgeOne, abandon: () => left.abort() });
    for await (const one of heard) {
      if (one.isTried) timeouts = isTimeOut(one.result) ? timeouts + 1 : 0;
      yield { sections: one.sections, conclude: (open) => asking.conclude(one.sections, open, take(one)) };
    }
  } finally {
    await asking.close();
  }
}

const GIVEN_UP: Reason = {
  kind: 'timed_out',
  text: `not tried: the rule did not finish in time on the ${MOST_TIMEOUTS} days before`,
};

/** What was said is given away: two days of a rule that breaches for everybody, in all their forms, are more than there is room for. */
function take(heard: Heard): RuleProcessResult {
  const { result } = heard;
  heard.result = TAKEN;
  return result;
}

const TAKEN: RuleProcessResult = { ok: false, reason: { kind: 'rule_failed', text: 'its answer was taken already' } };

function isTimeOut(result: RuleProcessResult): boolean {
  return !result.ok && result.reason.kind === 'timed_out';
}

interface Heard {
  readonly sections: EncodedSnapshot;
  result: RuleProcessResult;
  /** Whether a process was asked. */
  readonly isTried: boolean;
}

/** How a custom rule is asked, and what follows from what is said. */
interface Asking {
  ask(at: Date, sections: EncodedSnapshot): Promise<RuleProcessResult>;
  conclude(sections: EncodedSnapshot, open: ReadonlySet<string>, result: RuleProcessResult): RuleResult;
  close(): Promise<void>;
}

/** The next one is judged while the last one is dealt with. */
const ONE_AHEAD = 1;

function askSession(rule: CustomRule, { options, limits, signal }: ReplayInput): Asking {
  const session = openExpressionSession({ file: rule.file, limits, signal });
  return {
    ask: async (at, sections) => await session.judge(toExpressionJudgeJob([{ rule, options }], { sections, at })),
    conclude: (sections, open, result) => concludeExpressionRule({ rule, open }, sections, result),
    close: async () => await session.close(),
  };
}

/** Processes at a time while their input is small. */
const WIDTH = 4;

/** From so many items on, one rule at a time: the machine shall hold one's memory. The next process starts meanwhile, but is given nothing. */
const LARGE_ITEMS = 5_000;

function askProcesses(rule: CustomRule, { options, moments, limits, log, signal }: ReplayInput): [number, Asking] {
  const isLarge = moments.some(({ items }) => items >= LARGE_ITEMS);
  let before: Promise<unknown> = Promise.resolve();
  const ask = async (at: Date, sections: EncodedSnapshot): Promise<RuleProcessResult> => {
    const job: RuleJob = toJudgeJob({ rule, sections, options, at });
    const inputMb = inputMegabytes(job.sections);
    const started = startRuleProcess({ file: rule.file, inputMb, limits, log, signal });
    if (!isLarge) return await started.run(job);
    const result = before.then(async () => await started.run(job));
    before = result.catch(() => undefined);
    return await result;
  };
  const conclude: Asking['conclude'] = (sections, open, result) => concludeCustomRule(rule, { sections, open, result });
  return [isLarge ? ONE_AHEAD : WIDTH - 1, { ask, conclude, close: async () => undefined }];
}

interface Ordered<Item, Result> {
  readonly items: readonly Item[];
  /** Pieces of work beyond the one that is waited for. */
  readonly ahead: number;
  readonly work: (item: Item) => Promise<Result>;
  /** Called when nobody waits any more. */
  readonly abandon: () => void;
}

/** Does some work for each item, some ahead of what is taken, and gives the results in the items' order. */
async function* inOrder<Item, Result>({
  items,
  ahead,
  work,
  abandon,
}: Ordered<Item, Result>): AsyncGenerator<Result, undefined> {
  const begun: Promise<Result>[] = [];
  try {
    for (const index of items.keys()) {
      const from = index + begun.length;
      for (const item of items.slice(from, index + ahead + 1)) {
        const one = work(item);
        // Whoever fails is heard in its turn, or not at all when an earlier one failed.
        one.catch(() => undefined);
        begun.push(one);
      }
      const next = begun.shift();
      if (next !== undefined) yield await next;
    }
  } finally {
    abandon();
    await Promise.allSettled(begun);
  }
}
