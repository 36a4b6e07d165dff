import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The database cannot be used, or not any more: wrong file, no rights, no room, somebody else's lock. The message is one sentence for
 * the person who runs the program. Not for values that the caller got wrong; those are defects.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

const IO_ERROR = 10;
const FULL = 13;

/** What lies beside a database, its shared memory for one, fails with an error of the disk where the file itself would say that it is full. */
function isFull(path: string): boolean {
  try {
    return statfsSync(dirname(path)).bavail === 0;
  } catch {
    return false;
  }
}

/** Primary result codes of SQLite, https://www.sqlite.org/rescode.html */
const sentences: Readonly<Record<number, (path: string) => string>> = {
  1: (path) => `The database ${path} lacks parts that this version needs; restore a backup.`,
  5: (path) => `The database ${path} is locked by another program; try again when that has ended.`,
  8: (path) => `The database ${path} cannot be written; give this user write access to the file and its folder.`,
  10: (path) => `The database ${path} could not be read or written: the disk reported an error.`,
  11: (path) => `The database ${path} is damaged; restore a backup or move the file away to start anew.`,
  13: (path) => `The disk that holds the database ${path} is full; make room and start again.`,
  14: (path) => `The database ${path} cannot be opened or created; check that its folder exists and is writable.`,
  26: (path) => `The file ${path} is not a database of vt-auditor; choose another path in store.path.`,
};

function noAccess(path: string): string {
  return `The database ${path} cannot be created or written: this user may not write the file or its folder.`;
}

/** Errors of the file system before SQLite gets to see the file. */
const systemSentences: Readonly<Record<string, (path: string) => string>> = {
  EACCES: noAccess,
  EPERM: noAccess,
  EROFS: (path) => `The database ${path} cannot be written: its file system is read-only.`,
  ENOSPC: (path) => `The disk that holds the database ${path} is full; make room and start again.`,
  EDQUOT: (path) => `The disk quota for the database ${path} is used up; make room and start again.`,
  ENOENT: (path) => `The database ${path} cannot be created: its folder is not there and cannot be made.`,
  ENAMETOOLONG: (path) => `The database ${path} cannot be created: a part of its path is too long.`,
  ELOOP: (path) => `The database ${path} cannot be created: links of its path lead in a circle.`,
  EISDIR: (path) => `The path ${path} is a folder; store.path must name a file.`,
  EEXIST: (path) => `The database ${path} cannot be created: a part of its path is a file, not a folder.`,
  ENOTDIR: (path) => `The database ${path} cannot be created: a part of its path is a file, not a folder.`,
};

/** The primary SQLite result code of an error, or null when it is none. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** Turns what `node:sqlite` or `node:fs` threw into a sentence; anything else is passed on unchanged. */
export function toStoreError(path: string, error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const code = sqliteCode(error);
  const sentence = code === null ? undefined : sentences[code === IO_ERROR && isFull(path) ? FULL : code];
  if (sentence !== undefined) return new StoreError(sentence(path), { cause: error });
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const system = systemSentences[error.code];
    if (system !== undefined) return new StoreError(system(path), { cause: error });
  }
  return error;
}
