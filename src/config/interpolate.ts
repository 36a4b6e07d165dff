import type { Environment } from './environment.ts';

/** What became of a text with variables. */
export interface Interpolated {
  readonly text: string;
  /** Variables that it names, in order. */
  readonly names: readonly string[];
  /** Variables without a value and without a default. */
  readonly missing: readonly string[];
  /** Whether a default out of the file was used, so that the value is as readable as any other in it. */
  readonly usedDefault: boolean;
  /** What is wrong with the notation; null when it can be read. */
  readonly malformed: string | null;
}

const PART = /\$(?:\$|\{(?<inside>[^{}]*)(?<end>\}?))/gu;
const VARIABLE = /^(?<name>[A-Za-z_]\w*)(?::-(?<fallback>.*))?$/su;

/**
 * Puts environment variables into a text: `${NAME}`, `${NAME:-default}` (also used when the variable is empty), `$$` for a dollar
 * sign. Values are put in as they are: what they contain is not looked at again.
 */
export function interpolate(text: string, environment: Environment): Interpolated {
  const names: string[] = [];
  const missing: string[] = [];
  let usedDefault = false;
  let malformed: string | null = null;
  const replaced = text.replaceAll(PART, (part, inside: string | undefined, end: string | undefined) => {
    if (part === '$$') {
      return '$';
    }
    const variable = end === '}' ? VARIABLE.exec(inside ?? '') : null;
    const name = variable?.groups?.['name'];
    if (name === undefined) {
      malformed = whyMalformed(end === '}');
      return '';
    }
    names.push(name);
    const fallback = variable?.groups?.['fallback'];
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (fallback !== undefined && (value === undefined || value === '')) {
      usedDefault ||= fallback !== '';
      return fallback;
    }
    if (value === undefined) {
      missing.push(name);
    }
    return value ?? '';
  });
  return { text: replaced, names, missing, usedDefault, malformed };
}

function whyMalformed(closed: boolean): string {
  const meant = 'write $$ where a dollar sign is meant';
  return closed
    ? `expected \${NAME} or \${NAME:-default}, where NAME has only letters, digits and underscores; ${meant}`
    : `"\${" is not closed by "}", or another "\${" stands inside it, which is not supported; ${meant}`;
}
