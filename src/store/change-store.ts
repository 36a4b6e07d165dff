import type { ChangeEnd, RecordedChange } from '../model/change.ts';
import type { ChangeQuery } from './changes.ts';
import type { Access, Tables } from './tables.ts';

/** Changes by hand: intended before they are sent, ended afterwards. */
export interface ChangeStore {
  /** Records a change that is about to be sent. */
  intendChange(change: RecordedChange): void;
  /** Records how it ended, once. */
  finishChange(id: string, end: ChangeEnd): void;
  change(id: string): RecordedChange | null;
  /** Newest first. */
  changes(query: ChangeQuery): readonly RecordedChange[];
}

/** On the tables of an open database. */
export function changeStore({ changes }: Tables, { read, write }: Access): ChangeStore {
  return {
    intendChange: (change) => write(() => changes.add(change)),
    finishChange: (id, end) => write(() => changes.finish(id, end)),
    change: (id) => read(() => changes.of(id)),
    changes: (query) => read(() => changes.list(query)),
  };
}
