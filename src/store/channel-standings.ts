import type { DatabaseSync } from 'node:sqlite';
import { type ChannelStanding, type HeldChannel, WORKING } from '../model/channel-standing.ts';
import type { Instant } from '../model/instant.ts';
import { integer, type Row, text, textOrNull } from './row.ts';

function toStanding(row: Row): ChannelStanding {
  return {
    failures: integer(row, 'failures'),
    heldSince: textOrNull(row, 'held_since'),
    nextTryAt: textOrNull(row, 'next_try_at'),
  };
}

/** Table `channel_standings`: where each channel leads, and whether its messages are held back. */
export function channelStandingsTable(database: DatabaseSync) {
  const one = database.prepare('SELECT * FROM channel_standings WHERE channel = ?');
  const all = database.prepare('SELECT * FROM channel_standings ORDER BY channel');
  const meet = database.prepare(`
    INSERT INTO channel_standings (channel, endpoint) VALUES (?, ?)
    ON CONFLICT (channel) DO UPDATE SET endpoint = excluded.endpoint, failures = 0, held_since = NULL, next_try_at = NULL`);
  const save = database.prepare(`
    UPDATE channel_standings SET failures = :failures, held_since = :heldSince, next_try_at = :nextTryAt
    WHERE channel = :channel`);
  const tryHeld = database.prepare(`
    UPDATE channel_standings SET next_try_at = :at WHERE held_since IS NOT NULL AND (:channel IS NULL OR channel = :channel)
      AND (next_try_at > :at OR (:isGoneToo AND next_try_at IS NULL))`);
  return {
    of(channel: string): ChannelStanding {
      const row = one.get(channel);
      return row === undefined ? WORKING : toStanding(row);
    },
    held(): readonly HeldChannel[] {
      return all.all().flatMap((row) => {
        const standing = toStanding(row);
        const { heldSince } = standing;
        return heldSince === null ? [] : [{ ...standing, channel: text(row, 'channel'), heldSince }];
      });
    },
    /** Of these, the channels that lead elsewhere than noted, or of which nothing is noted. */
    changed(endpoints: Readonly<Record<string, string>>): readonly string[] {
      const known = new Map(all.all().map((row) => [text(row, 'channel'), text(row, 'endpoint')]));
      return Object.keys(endpoints).filter((name) => known.get(name) !== endpoints[name]);
    },
    meet(channel: string, endpoint: string): void {
      meet.run(channel, endpoint);
    },
    save(channel: string, { failures, heldSince, nextTryAt }: ChannelStanding): void {
      save.run({ channel, failures, heldSince, nextTryAt });
    },
    /** Lets what is held be tried now: one channel or all, those whose receiver is gone only where told. */
    tryHeld(
      at: Instant,
      { channel, isGoneToo }: { readonly channel: string | null; readonly isGoneToo: boolean },
    ): void {
      tryHeld.run({ at, channel, isGoneToo: isGoneToo ? 1 : 0 });
    },
  };
}
