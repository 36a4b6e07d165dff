import type { Sender } from '../model/attempt.ts';
import { type ChangeStore, changeStore } from './change-store.ts';
import { openDatabase } from './database.ts';
import { type GroupStore, groupStore } from './group-store.ts';
import { type HealthStore, healthStore } from './health-store.ts';
import { migrations } from './migrations.ts';
import { type OutboxStore, outboxStore } from './outbox-store.ts';
import { runLocks } from './run-locks.ts';
import { type RunStore, runStore } from './run-store.ts';
import { type SlotStore, slotStore } from './slot-store.ts';
import { accessTo, openTables } from './tables.ts';
import { type Upkeep, upkeep } from './upkeep.ts';

/** The database: everything that outlives a process. Every method throws `StoreError` when the file fails. */
export interface Store extends RunStore, SlotStore, GroupStore, ChangeStore, HealthStore, OutboxStore, Upkeep {
  close(): void;
}

/**
 * Opens the store, creating folder and file where they are missing, for the one daemon or for a command.
 * @throws StoreError with one sentence when the file cannot be used.
 */
export function openStore({ path, sender = 'daemon' }: { readonly path: string; readonly sender?: Sender }): Store {
  const database = openDatabase(path, migrations);
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
