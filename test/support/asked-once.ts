import { createFaultPicker, type FaultRule, requestLine } from '../../src/simulator/fault.ts';
import { BASE_PATH } from '../../src/simulator/serve.ts';
import type { Answer, Exchange } from '../../src/virustotal/exchange.ts';

/** Remembers answers, so that a simulator whose clock stands still is asked each thing once. */
export interface AskedOnce {
  /** Put around what sends each request. */
  readonly around: (exchange: Exchange) => Exchange;
  /** From now on, requests that one of these faults meets are sent every time, and their answers not remembered. */
  setFaults(faults: readonly FaultRule[]): void;
}

/**
 * Collections of one simulator, one after another, differ in what a fault spoils. All else is asked for once: most of what a collection
 * costs is sending requests. Only for a simulator that answers the same each time: no `times` or `after` in its faults, no rate limit.
 */
export function askOnce(): AskedOnce {
  const answers = new Map<string, Answer>();
  let faults = createFaultPicker([]);
  return {
    setFaults(rules) {
      if (rules.some(({ times, after }) => times !== undefined || after !== undefined)) {
        throw new Error('a fault that comes and goes cannot be told from an answer that is remembered');
      }
      faults = createFaultPicker(rules);
    },
    around: (exchange) => async (question) => {
      const { pathname, searchParams } = question.address;
      const line = requestLine('GET', pathname.slice(BASE_PATH.length), searchParams);
      if (faults.pick(line).length > 0) return await exchange(question);
      const known = answers.get(line) ?? (await exchange(question));
      answers.set(line, known);
      return known;
    },
  };
}
