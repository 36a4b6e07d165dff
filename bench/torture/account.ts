import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import { digest, type Entry, HTTP_CHANNELS } from './receivers.ts';

/** What the database says it owes, read without the program's own code. */
interface Owed {
  readonly channel: string;
  readonly id: string;
  readonly run: string | null;
  readonly state: string;
}

/** The accounts of both sides, held against each other. */
export interface Account {
  readonly runs: Readonly<Record<string, number>>;
  /** Runs that the program said were finished and that the database does not have. */
  readonly runsForgotten: number;
  /** Committed runs that owe some channel nothing. */
  readonly runsUnpromised: number;
  readonly slotsDoubled: number;
  readonly slotsOpen: number;
  readonly owed: number;
  readonly superseded: number;
  readonly delivered: number;
  /** Owed, and in no receiver's journal, whatever the database says. */
  readonly lost: number;
  readonly sameId: number;
  readonly otherId: number;
}

const NAMES = [...Object.keys(HTTP_CHANNELS), 'mail'];

function idOf(channel: string, wireId: string, body: unknown): string {
  const type =
    channel === 'mail' ? 'email' : Object.entries(HTTP_CHANNELS).find(([name]) => name === channel)?.[1].type;
  if (type === 'webhook' || type === 'email' || type === 'googlechat') return wireId;
  const said: { body: string } = JSON.parse(
    zstdDecompressSync(body instanceof Uint8Array ? body : new Uint8Array()).toString(),
  );
  return digest(said.body);
}

function countBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(items, key)].map(([name, all]) => [name, all.length]));
}

function total(counts: Iterable<number>): number {
  return [...counts].reduce((sum, count) => sum + Math.max(0, count), 0);
}

/** Runs that a message under another id was about: by what the receivers read in it. */
function otherIds(journal: readonly Entry[]): number {
  const byRun = Map.groupBy(
    journal.filter(({ run }) => run !== null),
    ({ channel, run }) => `${channel} ${run ?? ''}`,
  );
  return [...byRun.values()].filter((all) => new Set(all.map(({ id }) => id)).size > 1).length;
}

/** Holds the receivers' journals against the database. `finished`: runs that the program logged as finished. */
export function settle(
  path: string,
  {
    journal,
    mailsOf,
    finished,
  }: {
    readonly journal: readonly Entry[];
    readonly mailsOf: readonly (readonly string[])[];
    readonly finished: ReadonlySet<string>;
  },
): Account {
  const database = new DatabaseSync(path, { readOnly: true });
  const runs = database.prepare('SELECT id, status, slot, sequence FROM runs').all();
  const open = database.prepare(`SELECT count(*) AS count FROM slots WHERE state IN ('due', 'claimed')`).get();
  const all = database
    .prepare(
      'SELECT channel, run, wire_id, state, body FROM deliveries JOIN messages ON messages.delivery = deliveries.id',
    )
    .all()
    .map((row): Owed => {
      const channel = String(row['channel']);
      const run = row['run'] === null ? null : String(row['run']);
      return { channel, run, id: idOf(channel, String(row['wire_id']), row['body']), state: String(row['state']) };
    });
  database.close();
  const committed = runs.filter((row) => row['sequence'] !== null);
  const slots = committed.map((row) => row['slot']).filter((slot) => slot !== null);
  const ids = new Set(committed.map((row) => String(row['id'])));
  const promised = new Set(all.map(({ channel, run }) => `${channel} ${run ?? ''}`));
  const keyOf = ({ channel, id }: { readonly channel: string; readonly id: string }): string => `${channel} ${id}`;
  const due = all.filter(({ state }) => state !== 'superseded');
  const [owed, known, taken] = [countBy(due, keyOf), countBy(all, keyOf), countBy(journal, keyOf)];
  const lostMails = mailsOf.flatMap((mails) =>
    due.filter(({ channel, id }) => channel === 'mail' && !mails.includes(id)),
  );
  return {
    runs: Object.fromEntries(countBy(runs, (row) => String(row['status']))),
    runsForgotten: [...finished].filter((id) => !ids.has(id)).length,
    runsUnpromised: [...ids].filter((id) => NAMES.some((name) => !promised.has(`${name} ${id}`))).length,
    slotsDoubled: slots.length - new Set(slots).size,
    slotsOpen: Number(open?.['count'] ?? 0),
    owed: due.length,
    superseded: all.length - due.length,
    delivered: due.filter(({ state }) => state === 'delivered').length,
    lost: total([...owed].map(([key, count]) => count - (taken.get(key) ?? 0))) + lostMails.length,
    sameId: total([...taken].map(([key, count]) => (known.has(key) ? count - (known.get(key) ?? 0) : 0))),
    // What came and is on nobody's record came under an id that the program forgot.
    otherId: otherIds(journal) + [...taken.keys()].filter((key) => !known.has(key)).length,
  };
}

/** Whether nothing was lost, repeated under another id, or left open. */
export function isSound(account: Account): boolean {
  const { runs, runsForgotten, runsUnpromised, slotsDoubled, slotsOpen, owed, delivered, lost, otherId } = account;
  return (
    (runs['running'] ?? 0) + runsForgotten + runsUnpromised + slotsDoubled + slotsOpen + lost + otherId === 0 &&
    delivered === owed &&
    owed > 0
  );
}
