import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import { bytes, text } from './row.ts';

/**
 * Tables `key_salt` (one random value, made by SQLite, that leaves this database only to make fingerprints) and `api_keys` (when each
 * key of a group was first seen, by a fingerprint that nothing can be computed from).
 */
export function apiKeysTable(database: DatabaseSync) {
  const makeSalt = database.prepare('INSERT OR IGNORE INTO key_salt (only, salt) VALUES (1, randomblob(32))');
  const salt = database.prepare('SELECT salt FROM key_salt');
  const insert = database.prepare(
    'INSERT OR IGNORE INTO api_keys (group_id, fingerprint, first_seen_at) VALUES (?, ?, ?)',
  );
  const firstSeen = database.prepare('SELECT first_seen_at FROM api_keys WHERE group_id = ? AND fingerprint = ?');
  return {
    salt(): Uint8Array {
      makeSalt.run();
      return bytes(salt.get() ?? {}, 'salt');
    },
    /** Notes that a key is in use, and returns since when it is known. */
    firstSeen(group: string, fingerprint: string, at: Instant): Instant {
      insert.run(group, fingerprint, at);
      return text(firstSeen.get(group, fingerprint) ?? {}, 'first_seen_at');
    },
  };
}
