import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nearMiss } from '../model/near-miss.ts';

/** A template's source and the file that it was read from. */
export interface TemplateSource {
  readonly file: string;
  readonly text: string;
}

/** Sources by name: `mail` and, for partials, `partials/mail-style`. */
export type TemplateSources = ReadonlyMap<string, TemplateSource>;

const SUFFIX = '.hbs';
const PARTIALS = 'partials';

/** Templates are small; what is larger is something else. */
const MAX_BYTES = 256 * 1024;

/** A folder of templates cannot be used: what is wrong with each of its files, as `file:line: what`. */
export class TemplateError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`A template cannot be used:\n${problems.join('\n')}`);
    this.name = 'TemplateError';
    this.problems = problems;
  }
}

/**
 * Every template in a folder and in its `partials`. Other files are nobody's business.
 * @throws TemplateError when the folder or a template cannot be read.
 */
export function readTemplates(folder: string): TemplateSources {
  const partials = join(folder, PARTIALS);
  return new Map([
    ...readFolder(folder, ''),
    ...(statSync(partials, { throwIfNoEntry: false })?.isDirectory() === true
      ? readFolder(partials, `${PARTIALS}/`)
      : []),
  ]);
}

function readFolder(folder: string, prefix: string): readonly (readonly [string, TemplateSource])[] {
  return listFolder(folder).map((name) => {
    const file = join(folder, name);
    return [`${prefix}${name.slice(0, -SUFFIX.length)}`, { file, text: readTemplate(file) }] as const;
  });
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
      .sort();
  } catch (cause) {
    throw new TemplateError([`${folder}: this folder cannot be read (${codeOf(cause)})`]);
  }
}

function readTemplate(file: string): string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > MAX_BYTES) throw new TemplateError([`${file}: a template has at most ${MAX_BYTES / 1024} KB`]);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof TemplateError) throw cause;
    const why = cause instanceof TypeError ? 'it is not UTF-8' : codeOf(cause);
    throw new TemplateError([`${file}: this template cannot be read (${why})`]);
  }
}

function codeOf(cause: unknown): string {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  return typeof code === 'string' ? code : 'it is damaged';
}

/**
 * Ours, with those of the house in their place, one by one. Partials of any other name may be added.
 * @throws TemplateError when a file would replace nothing: a misspelt name must not pass for a look that is in force.
 */
export function overrideTemplates(ours: TemplateSources, own: TemplateSources): TemplateSources {
  const known = [...ours.keys()].filter((name) => !name.startsWith(`${PARTIALS}/`));
  const problems = [...own]
    .filter(([name]) => !name.startsWith(`${PARTIALS}/`) && !ours.has(name))
    .map(([name, { file }]) => {
      const near = nearMiss(name, known);
      return `${file}: there is no template ${name}${near === null ? `, only ${known.join(', ')}` : `; did you mean ${near}?`}`;
    });
  if (problems.length > 0) throw new TemplateError(problems);
  return new Map([...ours, ...own]);
}
