import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

const READ_WITHOUT_WAITING = constants.O_RDONLY | constants.O_NONBLOCK;

/** The bytes of a file, or a sentence that says why they cannot be had. The sentence does not repeat the file's name. `absent`: there is none. */
export type FileBytes =
  | { readonly ok: true; readonly bytes: Uint8Array; readonly mode: number }
  | { readonly ok: false; readonly why: string; readonly absent: boolean };

/** The text of a file, without a byte order mark, or a sentence that says why it cannot be had. */
export type FileText =
  | { readonly ok: true; readonly text: string; readonly mode: number }
  | { readonly ok: false; readonly why: string; readonly absent: boolean };

/** Reads a regular file of at most so many bytes. Never throws for what a user can do wrong. */
export async function readBytes(path: string, maxBytes: number): Promise<FileBytes> {
  try {
    // Without O_NONBLOCK, opening a named pipe waits for a writer for ever.
    await using file = await open(path, READ_WITHOUT_WAITING);
    const stat = await file.stat();
    if (!stat.isFile()) {
      return refuse(stat.isDirectory() ? 'it is a directory, not a file' : 'it is not a regular file');
    }
    if (stat.size > maxBytes) {
      return refuse(`it is larger than ${Math.floor(maxBytes / 1024)} KB`);
    }
    return { ok: true, bytes: await file.readFile(), mode: stat.mode };
  } catch (error) {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { ok: false, why: whyUnreadable(error), absent };
  }
}

/** Reads a text file in UTF-8 of at most so many bytes. Never throws for what a user can do wrong. */
export async function readText(path: string, maxBytes: number): Promise<FileText> {
  const file = await readBytes(path, maxBytes);
  if (!file.ok) {
    return file;
  }
  const { bytes, mode } = file;
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refuse('it is in UTF-16; save it in UTF-8');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const nul = text.indexOf('\0');
    return nul === -1
      ? { ok: true, text, mode }
      : refuse(`it is not a text file: line ${text.slice(0, nul).split('\n').length} has a NUL character`);
  } catch {
    return refuse('it is not a text file in UTF-8');
  }
}

function refuse(why: string): { readonly ok: false; readonly why: string; readonly absent: boolean } {
  return { ok: false, why, absent: false };
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not read it';
    case 'ELOOP':
      return 'it is a symbolic link that leads nowhere';
    case 'ENAMETOOLONG':
      return 'the name is too long for a file';
    case 'ERR_INVALID_ARG_VALUE':
      return 'the name has a character that no file name can have';
    default:
      return `reading it failed (${code})`;
  }
}
