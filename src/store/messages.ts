import type { DatabaseSync } from 'node:sqlite';
import type { Instant } from '../model/instant.ts';
import type { MessageBody } from '../model/message.ts';
import { pack, unpack } from './packed-json.ts';
import { bytes } from './row.ts';

/** Table `messages`: what is said, until it is old; who got it stays with the delivery. */
export function messagesTable(database: DatabaseSync) {
  const insert = database.prepare('INSERT INTO messages (delivery, body) VALUES (?, ?)');
  const select = database.prepare('SELECT body FROM messages WHERE delivery = ?');
  const prune = database.prepare(`
    DELETE FROM messages WHERE delivery IN (
      SELECT id FROM deliveries WHERE state IN ('delivered', 'failed', 'superseded') AND finished_at < ?)`);
  return {
    add(delivery: string, body: MessageBody): void {
      insert.run(delivery, pack(body));
    },
    of(delivery: string): MessageBody | null {
      const row = select.get(delivery);
      return row === undefined ? null : unpack(bytes(row, 'body'));
    },
    /** Deletes bodies of deliveries that ended before `before`. */
    prune(before: Instant): number {
      return Number(prune.run(before).changes);
    },
  };
}
