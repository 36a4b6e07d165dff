/** Regular expressions that a rule uses, each compiled once. */
export interface Patterns {
  /** @throws an error whose message says what the pattern may not contain. */
  test(text: string, pattern: string): boolean;
}

/** More patterns than a rule can have written; one made for each member would fill the memory. */
const MOST_PATTERNS = 1000;

/** Asks for the engine without backtracking; the flag exists in the engine we run on, not in the language. */
const LINEAR = 'l';

/**
 * Patterns for the engine that needs time in proportion to the text, whatever the pattern (the flag `l`; the process must have been
 * started with --enable-experimental-regexp-engine). An ordinary engine takes minutes for `(a+)+$` on forty characters.
 */
export function createPatterns(): Patterns {
  const compiled = new Map<string, RegExp>();
  return {
    test(text, pattern) {
      const known = compiled.get(pattern);
      if (known !== undefined) return known.test(text);
      if (compiled.size >= MOST_PATTERNS) compiled.clear();
      const made = compile(pattern);
      compiled.set(pattern, made);
      return made.test(text);
    },
  };
}

/** What is wrong with a pattern; null when it can be used. */
export function patternProblem(pattern: string): string | null {
  try {
    compile(pattern);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, LINEAR);
  } catch (error) {
    const text = error instanceof Error ? error.message : '';
    if (text.includes('linear time')) {
      throw new Error(
        `the pattern ${JSON.stringify(pattern)} cannot be matched in linear time: leave out look-ahead, back-references, (?i:…) and counts above 16`,
        { cause: error },
      );
    }
    throw new Error(
      `${JSON.stringify(pattern)} is not a regular expression: ${text.split(': ').at(-1) ?? 'it cannot be read'}`,
      { cause: error },
    );
  }
}
