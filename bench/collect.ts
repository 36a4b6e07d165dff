/**
 * The collector next to the vendor's own scripts, on one simulated API: `npm run bench`. Everything that is measured has a process of
 * its own, the simulator too. Numbers as arguments are the sizes of the groups; `--save` writes `RESULTS.md`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Measured, Settings } from './collect-measured.ts';
import type { Counted, Listening } from './collect-simulator.ts';

const LATENCY_MS = 50;
const CONCURRENCY = 4;

/** The most that the configuration allows: here the latency binds and not the rate. */
const NO_RATE = 10_000;

/** From this size on the vendor's calls for each member are measured for some and reckoned for the others. */
const EXTRAPOLATED_FROM = 10_000;
const MEASURED_MEMBERS = 200;

/** Where the rate binds, in requests a minute. */
const RATE = 120;
const RATE_MEMBERS = 1_000;

const sizes = process.argv.slice(2).map(Number).filter(Boolean);
const lines: string[] = [];
const print = (line = ''): void => {
  lines.push(line);
  process.stdout.write(`${line}\n`);
};
const row = (cells: readonly (string | number)[]): void => print(`| ${cells.join(' | ')} |`);

print('# Collecting: results');
print();
print(
  `Measured on ${new Date().toISOString().slice(0, 10)} by \`npm run bench\` (Node ${process.versions.node}, ${availableParallelism()} processors), against the simulated API`,
);
print(
  `in a process of its own: ${LATENCY_MS} ms an answer, ${CONCURRENCY} requests at a time (the default), every section that a rule reads by default, a first`,
);
print(
  'audit. The lower bound is requests × latency ÷ requests at a time; “times faster” is the wall time of the vendor’s way by ours.',
);
print();
row(['members', 'way', 'requests', 'wall s', 'lower bound s', 'wall ÷ bound', 'times faster', 'CPU s', 'peak MB']);
row(Array.from({ length: 9 }, () => '---'));
for (const members of sizes.length > 0 ? sizes : [100, 1_000, 10_000]) await compare(members);
print();
print(
  'The vendor’s way is that of its administrator scripts: pages of ten, one request after another, then two calls a member. Its',
);
print(
  `scripts list the ids once each; “ids listed once” leaves out what a reader would save by hand. From ${EXTRAPOLATED_FROM} members on its calls were`,
);
print(`measured for ${MEASURED_MEMBERS} members and reckoned for the others.`);
print();
await measureRate();
if (process.argv.includes('--save')) save();

/** Replaces what this program says in `RESULTS.md`; what follows under headings of its own stays. */
function save(): void {
  const file = new URL('RESULTS.md', import.meta.url);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const others = before.includes('\n## ') ? before.slice(before.indexOf('\n## ')) : '';
  writeFileSync(file, `${lines.join('\n')}\n${others}`);
}

async function compare(members: number): Promise<void> {
  const simulator = await startSimulator(members, 0);
  const partly = members >= EXTRAPOLATED_FROM;
  const vendor = await measure('vendor', simulator, { membersAtMost: partly ? MEASURED_MEMBERS : null });
  const ours = await measure('ours', simulator, {});
  simulator.process.disconnect();
  const { listMs = 0, callMs = 0, members: asked = 0 } = vendor.vendor ?? {};
  const reckoned = 2 * (members - asked);
  const vendorMs = vendor.wallMs + reckoned * callMs;
  const onceMs = vendorMs - listMs;
  const note = partly ? ' (partly reckoned)' : '';
  const pages = Math.ceil(members / 10);
  const vendorRow = (name: string, requests: number, ms: number): void =>
    row([members, name + note, requests, seconds(ms), '', '', (ms / ours.wallMs).toFixed(1), '', '']);
  vendorRow('vendor’s scripts', vendor.requests + reckoned, vendorMs);
  vendorRow('… ids listed once', vendor.requests + reckoned - pages * 2, onceMs - listMs);
  const boundMs = (ours.requests * LATENCY_MS) / CONCURRENCY;
  const ratio = (ours.wallMs / boundMs).toFixed(2);
  row([members, 'vt-auditor', ours.requests, seconds(ours.wallMs), seconds(boundMs), ratio, 1, ...resources(ours)]);
}

async function measureRate(): Promise<void> {
  const simulator = await startSimulator(RATE_MEMBERS, RATE);
  const ours = await measure('ours', simulator, { requestsPerMinute: RATE });
  simulator.process.disconnect();
  // A minute's requests may leave at once, so the last ones wait for whole minutes.
  const boundMs = Math.floor((ours.requests - 1) / RATE) * 60_000;
  const over = ((ours.wallMs / boundMs - 1) * 100).toFixed(1);
  print(
    `Where the rate binds (${RATE_MEMBERS} members, ${RATE} requests a minute, counted by the simulator over any minute): ${ours.requests} requests in ${seconds(ours.wallMs)} s,`,
  );
  print(`${over} % above the least that the rate allows (${seconds(boundMs)} s), ${ours.refused} answers 429.`);
}

interface Simulator extends Listening {
  readonly process: ChildProcess;
}

async function startSimulator(members: number, requestsPerMinute: number): Promise<Simulator> {
  const child = start('collect-simulator.ts', [members, LATENCY_MS, requestsPerMinute].map(String));
  const listening: Listening = await answerOf(child);
  return { ...listening, process: child };
}

async function measure(
  way: 'ours' | 'vendor',
  { process: simulator, ...listening }: Simulator,
  overrides: Partial<Settings>,
): Promise<Measured & Counted> {
  const settings: Settings = {
    ...listening,
    concurrency: CONCURRENCY,
    requestsPerMinute: NO_RATE,
    membersAtMost: null,
    ...overrides,
  };
  const measured: Measured = await answerOf(start('collect-measured.ts', [way, JSON.stringify(settings)]));
  if (measured.missing.length > 0) throw new Error(`not everything was read: ${measured.missing.join('; ')}`);
  simulator.send('count');
  const counted: Counted = await answerOf(simulator);
  return { ...measured, ...counted };
}

function start(file: string, values: readonly string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), values, { execPath: process.execPath });
}

/** The next message of a process. */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('a process ended before it had answered');
    }),
  ]);
  return answer;
}

function resources({ cpuMs, peakMb }: Measured): readonly string[] {
  return [seconds(cpuMs), String(Math.round(peakMb))];
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}
