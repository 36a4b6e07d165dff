import { formatProblem } from '../config/problem.ts';
import type { Problem } from '../model/settings.ts';

/** The configuration cannot be used. Caught at the top of a command, where each problem is printed on a line of its own. */
export class ConfigurationError extends Error {
  /** One line a problem: place, key path, what is wrong, what was probably meant. */
  readonly lines: readonly string[];

  constructor(problems: readonly Problem[]) {
    super(`the configuration has ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`);
    this.name = 'ConfigurationError';
    this.lines = problems.map(formatProblem);
  }
}

/** Something a person asked for that cannot be done as asked. The message says what to do; there is no stack worth printing. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}
