/**
 * Kills the program again and again, at every stage of runs and deliveries, as a daemon and as a command, while receivers of every kind
 * answer, refuse, drop connections, hang and redirect: `npm run torture -- [kills] [seed]`. Afterwards the receivers come to their senses
 * and a last daemon delivers what is owed. What the receivers wrote down is held against the database. Ends with 1 when a message was
 * lost, came under two ids, or a run was left open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../src/app/system-clock.ts';
import { loadScenario } from '../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../src/simulator/server.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { simulateYear, ZONES } from './schedule-year.ts';
import { type Random, seeded } from './series/random.ts';
import { type Account, isSound, settle } from './torture/account.ts';
import { type Seen, startReceivers } from './torture/receivers.ts';

const KILLS = Number(process.argv[2] ?? 200);
const SEED = Number(process.argv[3] ?? Date.now() % 1_000_000);
const CLI = join(import.meta.dirname, '..', 'src', 'cli.ts');
const AUDIT = 'watch';

/** How long the last daemon may take to deliver what is owed. */
const DRAIN_MS = 300_000;

/** A stage that is not reached, because receivers are slow or nothing is left to do, must not last for ever. */
const MOST_MS = 15_000;

/**
 * Moments at which the program is killed: some time after its start; when it collects; when the database's log is written, which is in the
 * middle of a commit; between commit and sending; and when a receiver sees something.
 */
const STAGES = [
  'time',
  'collecting',
  'writing',
  'finished',
  'hook',
  'answered',
  'repeated',
  'recipient',
  'body',
  'mail',
  'delivered',
] as const;

/** How often at most a stage is let pass before the kill; where nothing is said, not at all. */
const OFTEN: Readonly<Record<string, number>> = { writing: 12, hook: 3, answered: 3, delivered: 3 };

type Stage = (typeof STAGES)[number] | Seen;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function writeConfiguration(folder: string, simulator: Simulator, channels: Readonly<Record<string, unknown>>): string {
  const file = join(folder, 'config.yaml');
  const configuration = {
    groups: [
      {
        id: simulator.groupId,
        apiKey: simulator.keys.administrator,
        identity: simulator.identity,
        approved: { administrators: ['jdoe'] },
      },
    ],
    api: { baseUrl: simulator.baseUrl, requestsPerMinute: 10_000, budget: { run: 10_000, dayShare: 1 } },
    // The schedule itself is never due: slots are put into the database.
    audits: [
      {
        name: AUDIT,
        schedule: '0 0 29 2 *',
        rules: ['administrators-are-approved', 'members-use-2fa'],
        send: Object.keys(channels).map((to) => ({ to })),
      },
    ],
    channels,
    store: { path: './auditor.db' },
    server: { listen: '127.0.0.1:0' },
  };
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 });
  return file;
}

/** Makes the audit due once more, or several times as after downtime, and lets what waits for a retry be tried at once. */
function prepareCycle(path: string, group: string, cycle: number, random: Random): void {
  const store = openStore({ path });
  const at = new Date();
  const slots = Array.from({ length: random.chance(0.3) ? 3 : 1 }, (_, index) => ({
    wallTime: `${new Date(Date.UTC(2020, 0, 1, 0, cycle * 3 + index)).toISOString().slice(0, 16)}[UTC]`,
    at,
  }));
  store.recordSlots({ audit: AUDIT, groups: [group], slots, until: at });
  // All of a channel, or nothing: its messages wait for each other.
  const waiting = Map.groupBy(store.deliveries({ limit: 100_000, state: 'pending' }), ({ channel }) => channel);
  for (const all of waiting.values()) if (random.chance(0.7)) for (const { id } of all) store.retryDelivery(id, at);
  store.close();
}

/** Tells whoever waits for a stage that it was reached. */
class Watch {
  #waiting: { readonly stage: Stage; readonly reached: () => void } | null = null;

  see(stage: Stage): void {
    if (this.#waiting?.stage === stage) this.#waiting.reached();
  }

  /** Resolves to whether the stage was reached so often before the program ended or the time was over. */
  async reach(stage: Stage, count: number, child: ChildProcess): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let left = count;
    this.#waiting = {
      stage,
      reached() {
        left -= 1;
        if (left === 0) resolve(true);
      },
    };
    const timer = setTimeout(() => resolve(false), MOST_MS);
    child.once('exit', () => resolve(false));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting = null;
    }
  }
}

async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await ended;
}

/** Delivers what is owed, with receivers that take everything. */
async function drain(store: Store, start: () => ChildProcess): Promise<void> {
  const retry = (): void => {
    for (const { id } of store.deliveries({ limit: 100_000, state: 'failed' })) store.retryDelivery(id, new Date());
    store.hastenDeliveries(new Date());
  };
  retry();
  const child = start();
  const deadline = performance.now() + DRAIN_MS;
  const isOver = (): boolean =>
    store.pendingAudits().length === 0 &&
    store.runs({ limit: 100_000 }).every(({ run }) => run.status !== 'running') &&
    store.deliveries({ limit: 100_000, state: 'pending' }).length === 0 &&
    store.deliveries({ limit: 1, state: 'failed' }).length === 0;
  while (!isOver() && performance.now() < deadline && child.exitCode === null) {
    await wait(500);
    // Failed ones were redirected, pending ones wait for their time.
    retry();
  }
  if (child.exitCode !== null) {
    print(`the last daemon ended by itself with ${child.exitCode}`);
    return;
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  const code = await ended;
  if (code !== 0) print(`the last daemon ended with ${code} on SIGTERM`);
}

function report(account: Account): void {
  const { runs } = account;
  const [complete, partial, failed, open] = ['complete', 'partial', 'failed', 'running'].map((each) => runs[each] ?? 0);
  const all = Object.values(runs).reduce((sum, count) => sum + count, 0);
  print(`runs                        ${all}: ${complete} complete, ${partial} partial, ${failed} failed, ${open} open`);
  print(`runs said done, not kept    ${account.runsForgotten}`);
  print(`runs without their messages ${account.runsUnpromised}`);
  print(`slots run twice, left over  ${account.slotsDoubled}, ${account.slotsOpen}`);
  print(`messages owed               ${account.owed}, and ${account.superseded} replaced by newer ones`);
  print(`delivered                   ${account.delivered}`);
  print(`lost                        ${account.lost}`);
  print(`repeated with the same id   ${account.sameId}`);
  print(`repeated with another id    ${account.otherId}`);
}

/** A folder, a simulated group, receivers, and a way to start the program in them. */
async function setStage(random: Random) {
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-torture-'));
  const path = join(folder, 'auditor.db');
  const seen = new Watch();
  const simulator = await startSimulator({ scenario: loadScenario('acme'), clock: systemClock });
  const receivers = await startReceivers(random, (what) => seen.see(what));
  const config = writeConfiguration(folder, simulator, receivers.channels);
  const children = new Set<ChildProcess>();
  const finished = new Set<string>();
  const listen = (line: string): void => {
    if (line.includes('"audit started"')) seen.see('collecting');
    if (line.includes('"delivered a message"')) seen.see('delivered');
    if (!line.includes('"audit finished')) return;
    finished.add(/"runId":"([^"]+)"/.exec(line)?.[1] ?? 'a run without an id');
    seen.see('finished');
  };
  const start = (...args: readonly string[]): ChildProcess => {
    const child = spawn(process.execPath, [CLI, ...args, '--config', config, '--log-level', 'info'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    let rest = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) listen(line);
    });
    return child;
  };
  const watcher: FSWatcher = watch(folder, (_, name) => {
    if (name === `${basename(path)}-wal`) seen.see('writing');
  });
  return {
    path,
    group: simulator.groupId,
    seen,
    receivers,
    finished,
    start,
    async close() {
      watcher.close();
      for (const child of children) await endNow(child);
      await Promise.all([receivers.close(), simulator.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function torture(): Promise<boolean> {
  print(`seed ${SEED}, ${KILLS} kills`);
  const random = seeded(SEED);
  const stage = await setStage(random);
  const reached = new Map<string, number>();
  try {
    for (let cycle = 0; cycle < KILLS; cycle += 1) {
      prepareCycle(stage.path, stage.group, cycle, random);
      const at = STAGES[cycle % STAGES.length] ?? 'time';
      const isCommand = random.chance(0.3);
      const child = isCommand ? stage.start('run', AUDIT, '--deliver-within', '30') : stage.start('start');
      const isReached = at === 'time' || (await stage.seen.reach(at, random.integer(1, OFTEN[at] ?? 1), child));
      await wait(at === 'time' ? random.integer(20, 4000) : random.chance(0.5) ? 0 : random.integer(1, 60));
      await endNow(child);
      const name = `${isCommand ? 'run' : 'start'}: ${isReached ? at : 'later than planned'}`;
      reached.set(name, (reached.get(name) ?? 0) + 1);
      if ((cycle + 1) % 25 === 0) print(`  ${cycle + 1} kills, ${stage.receivers.journal().length} messages taken`);
    }
    const stages = [...reached].map(([name, count]) => `${name} ${count}`);
    print(`killed at                   ${stages.toSorted((a, b) => a.localeCompare(b)).join(', ')}`);
    stage.receivers.recover();
    const store = openStore({ path: stage.path });
    try {
      await drain(store, () => stage.start('start'));
    } finally {
      store.close();
    }
    const account = settle(stage.path, {
      journal: stage.receivers.journal(),
      mailsOf: ['b@example.com', 'c@example.com'].map((recipient) => stage.receivers.mailsOf(recipient)),
      finished: stage.finished,
    });
    report(account);
    return isSound(account);
  } finally {
    await stage.close();
  }
}

/** A year of schedules in many zones, with a daemon that looks at random moments. */
function tortureSchedules(): boolean {
  const years = [2026, 2027].map((year) => ({ year, ...simulateYear(year, SEED) }));
  for (const { year, slots, missed, doubled } of years)
    print(`schedules of ${year}           ${ZONES.length} zones, ${slots} slots, missed ${missed}, doubled ${doubled}`);
  return years.every(({ missed, doubled }) => missed + doubled === 0);
}

const isEverythingThere = await torture();
process.exitCode = tortureSchedules() && isEverythingThere ? 0 : 1;
