import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setDaemonStage } from '../support/daemon-stage.ts';

const LIMIT_MB = 120;

/** Resident memory of a process, in MB. */
function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

test('a daemon that waits holds less than 120 MB', {
  timeout: 120_000,
  skip: process.platform !== 'linux',
}, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure({ audits: [{ name: 'watch', schedule: '0 0 1 1 *', send: [{ to: 'team' }] }] });
  // The first start leaves the compiled source behind for the second.
  const first = await stage.start();
  first.kill('SIGTERM');
  await first.ended;
  const daemon = await stage.start();
  const held = residentMb(daemon.pid);
  assert.ok(held > 0 && held < LIMIT_MB, `${Math.round(held)} MB`);
});
