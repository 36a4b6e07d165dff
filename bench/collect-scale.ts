/**
 * What two whole audits of a large group need, one after the other: `node bench/collect-scale.ts [members] [entry]`, 100,000 and the
 * program's source unless said; after a build the entry is `dist/src/cli.js`. It is the program itself (`run`: collect, evaluate,
 * reconcile, report, render, store), as a process, against the simulated API in another.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Listening } from './collect-simulator.ts';

const POLL_MS = 20;

const members = Number(process.argv[2] ?? 100_000);
const entry = resolve(process.argv[3] ?? pathOf('../src/cli.ts'));
const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-scale-'));
const simulator = fork(pathOf('collect-simulator.ts'), [String(members), '0', '0'], { execPath: process.execPath });
try {
  const [listening] = await once(simulator, 'message');
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(configuration(listening)));
  process.stdout.write('| members | audit | wall s | peak MB | database MB |\n| --- | --- | --- | --- | --- |\n');
  for (const name of ['first', 'second']) {
    const { wallMs, peakMb } = await audit();
    const stored = statSync(join(folder, 'store.db')).size / 1e6;
    const cells = [members, name, (wallMs / 1_000).toFixed(1), Math.round(peakMb), stored.toFixed(1)];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
} finally {
  simulator.disconnect();
  rmSync(folder, { recursive: true });
}

/** JSON is YAML. */
function configuration({ baseUrl, key, groupId, identity }: Listening): unknown {
  const approved = {
    administrators: ['mf_000000', 'mf_000001'],
    serviceAccounts: [identity],
    domains: ['meridian.example'],
  };
  return {
    groups: [{ id: groupId, apiKey: key, identity, approved }],
    api: { baseUrl, requestsPerMinute: 10_000, budget: { run: 100_000 } },
    audits: [{ name: 'review' }],
    store: { path: join(folder, 'store.db') },
  };
}

async function audit(): Promise<{ readonly wallMs: number; readonly peakMb: number }> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [entry, '-c', join(folder, 'config.yaml'), '--log-level', 'error', 'run', '--no-send'],
    { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  let peakMb = 0;
  const poll = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child));
  }, POLL_MS);
  const [code] = await once(child, 'exit');
  clearInterval(poll);
  // 1 is an audit with findings; this group has some.
  if (code !== 0 && code !== 1) throw new Error(`the audit ended with exit code ${code}`);
  return { wallMs: performance.now() - startedAt, peakMb };
}

/** The most memory that the process ever had resident, as Linux keeps it; 0 where it does not tell. */
function peakOf({ pid }: ChildProcess): number {
  try {
    const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) / 1_024;
  } catch {
    return 0;
  }
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
