import { DatabaseSync } from 'node:sqlite';
import type { Sender } from '../model/attempt.ts';
import { type ChangeStore, changeStore } from './change-store.ts';
import { openDatabase, takeSteps, type Upgrade } from './database.ts';
import { type GroupStore, groupStore } from './group-store.ts';
import { type HealthStore, healthStore } from './health-store.ts';
import { migrations } from './migrations.ts';
import { type OutboxStore, outboxStore } from './outbox-store.ts';
import { runLocks } from './run-locks.ts';
import { type RunStore, runStore } from './run-store.ts';
import { type SlotStore, slotStore } from './slot-store.ts';
import { accessTo, openTables } from './tables.ts';
import { olderSchema, type UpgradeInput, unlessDaemonRuns, upgradeDatabase } from './upgrade.ts';
import { type Upkeep, upkeep } from './upkeep.ts';

/** The database: everything that outlives a process. Every method throws `StoreError` when the file fails. */
export interface Store extends RunStore, SlotStore, GroupStore, ChangeStore, HealthStore, OutboxStore, Upkeep {
  close(): void;
}

/** How a store is opened. */
export interface StoreOptions {
  readonly path: string;
  /** Default: the daemon, which holds the lock of daemons. */
  readonly sender?: Sender;
  /** Called when the schema of a database that existed was changed. */
  readonly upgraded?: (upgrade: Upgrade) => void;
}

/**
 * Opens the store, creating folder and file where they are missing, for the one daemon or for a command.
 * @throws StoreError with one sentence when the file cannot be used.
 */
export function openStore({ path, sender = 'daemon', upgraded }: StoreOptions): Store {
  const { database, upgrade } = openDatabase(path, {
    steps: migrations,
    ...(sender === 'command' ? { guarded: (change: () => void) => unlessDaemonRuns(path, change) } : {}),
  });
  if (upgrade !== null) upgraded?.(upgrade);
  return onDatabase({ database, path, sender });
}

/** The schema of a database that an older version wrote; null: there is none, or it is as this version wants it. */
export function schemaBehind(path: string): number | null {
  return olderSchema(path, migrations);
}

/**
 * Brings the database of an older version up to date before the daemon opens it, without holding anything up; null: nothing was to be done.
 * @throws StoreError with one sentence, or what the signal says.
 */
export function upgradeStore(input: Omit<UpgradeInput, 'steps'>): Promise<Upgrade | null> {
  return upgradeDatabase({ ...input, steps: migrations });
}

/** A store that remembers nothing and leaves nothing behind. */
export function openEmptyStore(): Store {
  const database = new DatabaseSync(':memory:');
  takeSteps(database, migrations);
  return onDatabase({ database, path: ':memory:', sender: 'command' });
}

/** An open database with a current schema. */
interface Ready {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly sender: Sender;
}

function onDatabase({ database, path, sender }: Ready): Store {
  const locks = runLocks(path);
  const tables = openTables(database, path);
  const access = accessTo(database, path);
  return {
    ...runStore(tables, access, { locks, sender }),
    ...slotStore(tables, access),
    ...groupStore(tables, access),
    ...changeStore(tables, access),
    ...healthStore(tables, access),
    ...outboxStore(tables, access),
    ...upkeep({ database, path }, tables, access),
    close() {
      database.close();
      locks.close();
    },
  };
}
