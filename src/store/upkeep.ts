import type { DatabaseSync } from 'node:sqlite';
import { type Instant, toDay } from '../model/instant.ts';
import { checkAndCopy, type Soundness } from './checked-copy.ts';
import { copyDatabase } from './database.ts';
import { type ForgetOrder, type Forgotten, forgetAccount } from './forget.ts';
import type { Access, Tables } from './tables.ts';

/** How long bulky things are kept; runs, findings, reports and receipts are kept for ever. */
export interface PruneOptions {
  readonly at: Date;
  readonly keepDays: { readonly snapshots: number; readonly messages: number };
}

/** Upkeep of the file. */
export interface Upkeep {
  /** Deletes old section bytes, use by account, message bodies and slots; says how many of sections and messages. */
  prune(options: PruneOptions): { readonly snapshots: number; readonly messages: number };
  /** Takes an account out of what is kept of sections and of use by account; digests, findings and reports stay. */
  forget(order: ForgetOrder): Forgotten;
  /** Writes a whole copy; works while others use the database, and holds up everything else of this process. */
  backup(target: string): void;
  /** Why the last write of this process failed; null: it did not. */
  writeProblem(): string | null;
  /** Checks the whole file, indexes included, and copies it where it is sound; beside everything else. Null: only checks. */
  checkAndCopy(target: string | null, signal: AbortSignal): Promise<Soundness>;
}

interface OpenDatabase {
  readonly database: DatabaseSync;
  readonly path: string;
}

function daysBefore(at: Date, days: number): Instant {
  return new Date(at.getTime() - days * 86_400_000).toISOString();
}

function prune({ sections, messages, slots, accountDays }: Tables, { at, keepDays }: PruneOptions) {
  accountDays.prune(toDay(daysBefore(at, keepDays.snapshots)));
  slots.prune(daysBefore(at, keepDays.snapshots));
  return {
    snapshots: sections.prune(daysBefore(at, keepDays.snapshots)),
    messages: messages.prune(daysBefore(at, keepDays.messages)),
  };
}

/** On an open database at a path, and its tables. */
export function upkeep({ database, path }: OpenDatabase, tables: Tables, access: Access): Upkeep {
  const { read, write, writeProblem } = access;
  return {
    prune: (options) => write(() => prune(tables, options)),
    forget: (order) => write(() => forgetAccount(database, order)),
    backup: (target) => read(() => copyDatabase(database, target)),
    writeProblem,
    checkAndCopy: (target, signal) => checkAndCopy(path, target, signal),
  };
}
