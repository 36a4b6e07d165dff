import { randomBytes } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Document, isSeq, parseDocument } from 'yaml';
import type { WrittenWaiver } from './waiver-schema.ts';
import { loadWaivers, type WaiverInput } from './waivers.ts';

/** Order in which the keys of an entry are written. */
const KEYS = [
  'rule',
  'group',
  'subject',
  'key',
  'reason',
  'approvedBy',
  'approvedOn',
  'severity',
  'expires',
  'ticket',
] as const satisfies readonly (keyof WrittenWaiver)[];

const NO_FOLDING = { lineWidth: 0 } as const;

/** What became of an attempt to write waivers. */
export type WaiverWriting =
  | { readonly ok: true; readonly file: string }
  /** Nothing was changed. */
  | { readonly ok: false; readonly why: string };

/** Entries as they stand in a waiver file. */
export function formatWaivers(entries: readonly WrittenWaiver[]): string {
  return new Document(entries.map(inOrder)).toString(NO_FOLDING);
}

/**
 * Adds entries to a waiver file, keeping its comments and what else it says; a file that is not there is begun. The new file is read as
 * an audit would before it takes the place of the old one, in one step. Never throws for what a user can do wrong.
 */
export async function addWaivers(entries: readonly WrittenWaiver[], input: WaiverInput): Promise<WaiverWriting> {
  const before = await readText(input.file);
  if (!before.ok) return before;
  const text = append(before.text, entries);
  if (text === null) return { ok: false, why: 'the file is not a list of waivers; mend it first' };
  const part = `${before.file}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(part, text, { mode: before.mode, flag: 'wx' });
    const why = await whyWrong(entries, { ...input, file: part }, before.text === '' ? null : input.file);
    if (why !== null) return { ok: false, why: why.replaceAll(part, before.file) };
    await rename(part, before.file);
    return { ok: true, file: before.file };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { ok: false, why: `the file cannot be written (${code})` };
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

type Read =
  | { readonly ok: true; readonly text: string; readonly file: string; readonly mode: number }
  | { readonly ok: false; readonly why: string };

/** Follows links: the file that they lead to is the one to replace. */
async function readText(name: string): Promise<Read> {
  try {
    const file = await realpath(name);
    const { mode } = await stat(file);
    return { ok: true, text: await readFile(file, 'utf8'), file, mode: mode & 0o777 };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return code === 'ENOENT'
      ? { ok: true, text: '', file: name, mode: 0o600 }
      : { ok: false, why: `the file cannot be read (${code})` };
  }
}

/** Null: what the file has in it is no list. */
function append(text: string, entries: readonly WrittenWaiver[]): string | null {
  const document = parseDocument(text);
  if (document.errors.length > 0) return null;
  if (document.contents === null) {
    const comment = text.trim() === '' ? '' : `${text.trimEnd()}\n\n`;
    return comment + formatWaivers(entries);
  }
  if (!isSeq(document.contents)) return null;
  for (const entry of entries) document.add(document.createNode(inOrder(entry)));
  return document.toString(NO_FOLDING);
}

/** What a run would say against the new entries; null: nothing. What was bad before may stay so. */
async function whyWrong(
  entries: readonly WrittenWaiver[],
  input: WaiverInput,
  old: string | null,
): Promise<string | null> {
  const after = await loadWaivers(input);
  const before = old === null ? [] : (await loadWaivers({ ...input, file: old })).bad;
  if (after.unreadable !== null) return after.unreadable;
  if (after.bad.length <= before.length) return null;
  return after.bad
    .slice(-entries.length)
    .map(({ problem }) => problem.replace(/^\[\d+\]\.?/u, ''))
    .join('; ');
}

function inOrder(entry: WrittenWaiver): Readonly<Record<string, string>> {
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = entry[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}
