/**
 * All built-in rules and twenty in YAML on the sections of a large group: `npm run bench:evaluate -- [members] [runs]`, 100,000 and 5
 * unless said. The sections are read once, from the simulated API by the collector; each run then has a process of its own. The figures
 * are medians of the runs. `--keep FILE` keeps the sections, or takes those that were kept.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/app/system-clock.ts';
import { collect } from '../src/collect/collect.ts';
import { packJob } from '../src/evaluate/rule-job.ts';
import { silentLog } from '../src/model/log.ts';
import { Secret } from '../src/model/secret.ts';
import {
  COLLECTED_SECTIONS,
  INTENDED_SECTIONS,
  present,
  REMEMBERED_SECTIONS,
  type SectionName,
  type Snapshot,
} from '../src/model/snapshot.ts';
import { encodeSection } from '../src/sections.ts';
import { createAuditClient } from '../src/virustotal/audit-client.ts';
import type { Listening } from './collect-simulator.ts';
import { historyOf } from './evaluate-history.ts';
import type { MeasuredEvaluation, PackedSnapshot } from './evaluate-measured.ts';
import { expressionRules } from './evaluate-rules.ts';

const LIMIT_SECONDS = 5;

/** As the program and its rule processes are started. */
const FLAGS = {
  'built-in': ['--memory-saver-mode'],
  YAML: ['--max-semi-space-size=32', '--enable-experimental-regexp-engine'],
  all: ['--memory-saver-mode'],
} as const;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'string' } } });
const members = Number(positionals[0] ?? 100_000);
const runs = Number(positionals[1] ?? 5);
const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-evaluate-'));
try {
  const file = values.keep ?? join(folder, 'sections');
  if (!existsSync(file)) writeFileSync(file, packJob(await readSections()));
  const rules = writeRules();
  const each = { 'built-in': await measure(file, rules, 'built-in'), YAML: await measure(file, rules, 'YAML') };
  print(each, await measure(file, rules, 'all'));
} finally {
  rmSync(folder, { recursive: true });
}

/** Everything that a second audit of the group has before it. */
async function readSections(): Promise<PackedSnapshot> {
  const simulator = fork(pathOf('collect-simulator.ts'), [String(members), '0', '0'], { execPath: process.execPath });
  try {
    const [listening]: Listening[] = await once(simulator, 'message');
    if (listening === undefined) throw new Error('the simulator said nothing');
    const at = systemClock.now();
    const collected = await collectAll(listening, at);
    const missing = COLLECTED_SECTIONS.filter((name) => collected[name]?.present !== true);
    if (missing.length > 0) throw new Error(`sections are missing: ${missing.join(', ')}`);
    const snapshot: Snapshot = { ...collected, ...intendedBy(listening), ...historyOf(collected, at) };
    const names: readonly SectionName[] = [...COLLECTED_SECTIONS, ...INTENDED_SECTIONS, ...REMEMBERED_SECTIONS];
    const sections = names.flatMap((name) => {
      const section = snapshot[name];
      return section?.present === true ? [encodeSection(name, section.value)] : [];
    });
    return { at: at.toISOString(), sections };
  } finally {
    simulator.disconnect();
  }
}

async function collectAll({ baseUrl, key, groupId, identity }: Listening, at: Date): Promise<Snapshot> {
  const client = createAuditClient({
    api: {
      baseUrl,
      requestsPerMinute: 1_000_000,
      concurrency: 8,
      timeoutSeconds: 30,
      budget: { run: 1_000_000, dayShare: 1 },
      network: { proxy: null, noProxy: [], ca: null },
    },
    group: { id: groupId, apiKey: new Secret(key), apiKeyFile: null },
    clock: systemClock,
    log: silentLog,
    version: 'bench',
  });
  const { snapshot } = await collect({
    client,
    groupId,
    identity,
    sections: COLLECTED_SECTIONS,
    at,
    clock: systemClock,
    log: silentLog,
    budget: 1_000_000,
  });
  client.close();
  return snapshot;
}

function intendedBy({ identity }: Listening): Snapshot {
  const approve = (id: string) => ({ id, owner: null, ticket: null, reviewBy: null });
  return {
    approvedAdministrators: present(['mf_000000', 'mf_000001', identity].map(approve)),
    approvedServiceAccounts: present([approve(identity)]),
    approvedDomains: present(['meridian.example']),
    breakGlass: present([approve('mf_000042')]),
    singleSignOn: present({ attestation: null }),
    identity: present({ id: identity }),
  };
}

function writeRules(): string {
  const rules = join(folder, 'rules');
  mkdirSync(rules);
  for (const [id, text] of expressionRules()) writeFileSync(join(rules, `${id}.yaml`), text);
  return rules;
}

type Way = keyof typeof FLAGS;

async function measure(file: string, rules: string, way: Way): Promise<Runs> {
  const results: MeasuredEvaluation[] = [];
  for (let run = 0; run < runs; run += 1) {
    const child: ChildProcess = fork(pathOf('evaluate-measured.ts'), [file, rules, way], {
      execPath: process.execPath,
      execArgv: [...FLAGS[way]],
    });
    const [result]: MeasuredEvaluation[] = await Promise.race([once(child, 'message'), failed(child)]);
    if (result === undefined) throw new Error('the measured process said nothing');
    results.push(result);
  }
  return results;
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`the measured process ended with exit code ${code}`);
}

function print(each: Readonly<Record<'built-in' | 'YAML', Runs>>, all: Runs): void {
  const line = (text = ''): void => void process.stdout.write(`${text}\n`);
  const rules = [...toRows('built-in', each['built-in']), ...toRows('YAML', each.YAML)];
  const sum = rules.reduce((total, { seconds }) => total + seconds, 0);
  line(
    `Node ${process.versions.node}, ${availableParallelism()} processors, ${members} members, medians of ${runs} runs.`,
  );
  line();
  line('| rule | kind | verdict | breaches | CPU s | share |');
  line('| --- | --- | --- | --- | --- | --- |');
  for (const { id, kind, verdict, breaches, seconds } of rules.toSorted((a, b) => b.seconds - a.seconds)) {
    const share = `${((100 * seconds) / sum).toFixed(0)} %`;
    line(`| ${[id, kind, verdict, breaches, seconds.toFixed(2), share].join(' | ')} |`);
  }
  line();
  for (const kind of ['built-in', 'YAML'] as const) {
    const own = rules.filter((rule) => rule.kind === kind);
    const total = own.reduce((seconds, rule) => seconds + rule.seconds, 0);
    line(`${own.length} ${kind} rules one after another: ${total.toFixed(2)} s of CPU.`);
  }
  const wall = median(all.map(({ wallMs }) => wallMs)) / 1_000;
  const cpu = median(all.map(({ cpuMs }) => cpuMs)) / 1_000;
  line(
    `The evaluation as a whole, with the processes that it starts: ${wall.toFixed(2)} s (${((wall / LIMIT_SECONDS) * 100).toFixed(0)} % of the ${LIMIT_SECONDS} s that it may take), ${cpu.toFixed(2)} s of CPU.`,
  );
  line(`Peak of the evaluating process: ${Math.round(median(all.map(({ peakMb }) => peakMb)))} MB.`);
}

type Runs = readonly MeasuredEvaluation[];

function toRows(kind: 'built-in' | 'YAML', measured: Runs) {
  return (measured[0]?.rules ?? []).map((rule, index) => ({
    ...rule,
    kind,
    seconds: median(measured.map((run) => run.rules[index]?.ms ?? 0)) / 1_000,
  }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
