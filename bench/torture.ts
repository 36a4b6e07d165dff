/**
 * Kills the daemon again and again, at every stage of runs and deliveries, while its receivers answer, refuse, drop connections, hang and
 * redirect: `npm run torture -- [kills] [seed]`. Afterwards the receivers come to their senses and a last daemon delivers what is owed.
 * Ends with 1 when a message was lost, came under two ids, or a run was left open.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../src/app/system-clock.ts';
import { loadScenario } from '../src/simulator/scenario.ts';
import { type Simulator, startSimulator } from '../src/simulator/server.ts';
import { openStore, type Store } from '../src/store/store.ts';
import { startSmtpSink } from '../test/support/smtp-sink.ts';
import { startWebhookSink, type WebhookAnswer } from '../test/support/webhook-sink.ts';
import { simulateYear, ZONES } from './schedule-year.ts';
import { type Random, seeded } from './series/random.ts';

const KILLS = Number(process.argv[2] ?? 200);
const SEED = Number(process.argv[3] ?? Date.now() % 1_000_000);
const CLI = join(import.meta.dirname, '..', 'src', 'cli.ts');
const AUDIT = 'watch';
const SECRET = 'a secret of the torture, worth nothing';

/** How long the last daemon may take to deliver what is owed. */
const DRAIN_MS = 120_000;

/** Moments at which a daemon is killed: some time after its start, or when the outside sees it do something. */
const STAGES = ['time', 'request', 'finished', 'hook', 'mail', 'delivered'] as const;
type Stage = (typeof STAGES)[number];

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** A receiver's mood: what it does with the next message. */
function hookAnswer(random: Random): WebhookAnswer {
  const draw = random.integer(0, 9);
  if (draw < 4) return { status: 204 };
  if (draw < 6) return { status: 503, headers: { 'retry-after': '1' } };
  if (draw === 6) return { status: 302, headers: { location: 'http://127.0.0.1:9/' } };
  if (draw === 7) return 'hang';
  return 'drop';
}

interface Accepted {
  readonly channel: string;
  readonly run: string;
  readonly wireId: string;
}

/** Receivers with moods, and what they took for good. */
async function startReceivers(random: Random, onMessage: (stage: Stage) => void) {
  const accepted: Accepted[] = [];
  let sane = false;
  const startHook = (channel: string) =>
    startWebhookSink({
      respond({ headers, body }) {
        onMessage('hook');
        const answer = sane ? { status: 204 } : hookAnswer(random);
        const { data }: { data: { report?: { run: { id: string } } } } = JSON.parse(body);
        const run = data.report?.run.id ?? '';
        // A message that was read counts as taken also where the answer is lost on the way.
        const isTaken = answer === 'drop' || answer === 'hang' || (typeof answer === 'object' && answer.status === 204);
        if (isTaken) accepted.push({ channel, run, wireId: String(headers['webhook-id']) });
        return answer;
      },
    });
  const one = await startHook('one');
  const two = await startHook('two');
  let refuses = (): boolean => random.chance(0.2);
  const mail = await startSmtpSink({
    recipient: () => (!sane && refuses() ? { code: 451, text: 'come back later' } : null),
    data() {
      onMessage('mail');
      if (sane) return 'accept';
      const draw = random.integer(0, 5);
      if (draw < 3) return 'accept';
      if (draw === 3) return { code: 452, text: 'no room' };
      return draw === 4 ? 'accept-and-drop' : 'accept-and-hang';
    },
  });
  return {
    one,
    two,
    mail,
    /** What arrived, mails included. */
    taken: (): readonly Accepted[] => [
      ...accepted,
      ...mail.messages.map(({ raw }) => ({
        channel: 'mail',
        run: /^X-Audit-Run: (.*)$/im.exec(raw)?.[1]?.trim() ?? '',
        wireId: /^Message-ID:\s*(\S+)/im.exec(raw)?.[1] ?? '',
      })),
    ],
    recover() {
      sane = true;
      refuses = () => false;
    },
    close: () => Promise.all([one.close(), two.close(), mail.close()]),
  };
}

type Receivers = Awaited<ReturnType<typeof startReceivers>>;

function writeConfiguration(folder: string, simulator: Simulator, { one, two, mail }: Receivers): string {
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
        send: ['one', 'two', 'mail'].map((to) => ({ to })),
      },
    ],
    channels: {
      one: { type: 'webhook', url: one.url, secret: SECRET },
      two: { type: 'webhook', url: two.url, secret: SECRET },
      mail: {
        type: 'email',
        from: 'a@example.com',
        to: ['b@example.com', 'c@example.com'],
        smtp: { host: mail.host, port: mail.port, security: 'none' },
      },
    },
    store: { path: './auditor.db' },
    server: { listen: '127.0.0.1:0' },
  };
  writeFileSync(file, JSON.stringify(configuration), { mode: 0o600 });
  return file;
}

/** Makes the audit due once more, and lets what waits for a retry be tried at once. */
function prepareCycle(path: string, group: string, cycle: number, random: Random): void {
  const store = openStore({ path });
  const at = new Date();
  const wallTime = `${new Date(Date.UTC(2020, 0, 1, 0, cycle)).toISOString().slice(0, 16)}[UTC]`;
  store.recordSlots({ audit: AUDIT, groups: [group], slots: [{ wallTime, at }], until: at });
  for (const { id } of store.deliveries({ limit: 100_000, state: 'pending' }))
    if (random.chance(0.5)) store.retryDelivery(id, at);
  store.close();
}

interface Killing {
  readonly stage: Stage;
  readonly afterMs: number;
  readonly count: number;
}

/** Resolves when the daemon is to die. */
function momentOf(
  { stage, afterMs, count }: Killing,
  child: ChildProcess,
  watch: (stage: Stage, seen: () => void) => () => void,
): Promise<void> {
  return new Promise((resolve) => {
    let seen = 0;
    const stop = watch(stage, () => {
      seen += 1;
      if (seen >= count) setTimeout(done, afterMs % 30);
    });
    // A stage that is not reached, because receivers are slow or nothing is left to do, must not last for ever.
    const timer = setTimeout(() => done(), stage === 'time' ? afterMs : 4000);
    const done = (): void => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    child.once('exit', done);
  });
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
    for (const state of ['pending', 'failed'] as const)
      for (const { id } of store.deliveries({ limit: 100_000, state })) store.retryDelivery(id, new Date());
  };
  retry();
  const child = start();
  const deadline = performance.now() + DRAIN_MS;
  const isOver = (): boolean =>
    store.pendingAudits().length === 0 &&
    store.runs({ limit: 100_000 }).every(({ run }) => run.status !== 'running') &&
    store.deliveries({ limit: 100_000 }).every(({ state }) => state === 'delivered' || state === 'superseded');
  while (!isOver() && performance.now() < deadline && child.exitCode === null) {
    await wait(200);
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

function report(store: Store, taken: readonly Accepted[]): boolean {
  const runs = store.runs({ limit: 100_000 }).map(({ run }) => run);
  const committed = store.runs({ limit: 100_000 }).filter(({ summary }) => summary !== null);
  const owed = store.deliveries({ limit: 100_000 }).filter(({ run, state }) => run !== null && state !== 'superseded');
  const received = new Set(taken.map(({ wireId }) => wireId));
  const lost = owed.filter(({ wireId }) => !received.has(wireId));
  const unpromised = committed.length * 3 - owed.length;
  const notOver = owed.filter(({ state }) => state !== 'delivered');
  const sameId = taken.length - received.size;
  const byMessage = Map.groupBy(taken, ({ channel, run }) => `${channel} ${run}`);
  const otherId = [...byMessage.values()].filter((all) => new Set(all.map(({ wireId }) => wireId)).size > 1);
  const count = (status: string): number => runs.filter((run) => run.status === status).length;
  const slots = committed.map(({ run }) => run.slot).filter((slot) => slot !== null);
  const doubled = slots.length - new Set(slots).size;
  print(
    `runs                        ${runs.length}: ${count('complete')} complete, ${count('partial')} partial, ${count('failed')} failed, ${count('running')} open`,
  );
  print(`slots run twice             ${doubled}`);
  print(`messages owed               ${owed.length}`);
  print(`delivered                   ${owed.length - notOver.length}`);
  print(`lost                        ${lost.length + Math.abs(unpromised)}`);
  print(`repeated with the same id   ${sameId}`);
  print(`repeated with another id    ${otherId.length}`);
  return (
    lost.length === 0 &&
    unpromised === 0 &&
    notOver.length === 0 &&
    otherId.length === 0 &&
    doubled === 0 &&
    count('running') === 0
  );
}

async function torture(): Promise<boolean> {
  print(`seed ${SEED}, ${KILLS} kills`);
  const random = seeded(SEED);
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-torture-'));
  const path = join(folder, 'auditor.db');
  const watchers = new Map<Stage, () => void>();
  const see = (stage: Stage): void => watchers.get(stage)?.();
  const simulator = await startSimulator({ scenario: loadScenario('acme'), clock: systemClock });
  const receivers = await startReceivers(random, see);
  const config = writeConfiguration(folder, simulator, receivers);
  const children = new Set<ChildProcess>();
  const start = (): ChildProcess => {
    const child = spawn(process.execPath, [CLI, 'start', '--config', config], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'cache') },
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    child.stderr?.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      if (text.includes('"audit started"')) see('request');
      if (text.includes('"audit finished"')) see('finished');
      if (text.includes('"delivered a message"')) see('delivered');
    });
    return child;
  };
  const reached = new Map<Stage, number>();
  try {
    for (let cycle = 0; cycle < KILLS; cycle += 1) {
      prepareCycle(path, simulator.groupId, cycle, random);
      const stage = STAGES[random.integer(0, STAGES.length - 1)] ?? 'time';
      const killing: Killing = {
        stage,
        afterMs: random.integer(20, 2500),
        count: stage === 'request' ? 1 : random.integer(1, 3),
      };
      const child = start();
      await momentOf(killing, child, (at, seen) => {
        watchers.set(at, seen);
        return () => watchers.delete(at);
      });
      await endNow(child);
      reached.set(stage, (reached.get(stage) ?? 0) + 1);
      if ((cycle + 1) % 25 === 0) print(`  ${cycle + 1} kills, ${receivers.taken().length} messages taken`);
    }
    print(`kills by stage              ${[...reached].map(([stage, count]) => `${stage} ${count}`).join(', ')}`);
    receivers.recover();
    const store = openStore({ path });
    try {
      await drain(store, start);
      return report(store, receivers.taken());
    } finally {
      store.close();
    }
  } finally {
    for (const child of children) await endNow(child);
    await Promise.all([receivers.close(), simulator.close()]);
    rmSync(folder, { recursive: true, force: true });
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
