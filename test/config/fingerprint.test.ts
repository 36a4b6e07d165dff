import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../src/app/system-clock.ts';
import { createFingerprints } from '../../src/config/fingerprint.ts';
import type { Clock } from '../../src/model/clock.ts';
import { temporaryFolder } from '../support/store-builder.ts';
import { until } from '../support/until.ts';

/** For which everything was written long ago. */
const later: Clock = { ...systemClock, now: () => new Date(Date.now() + 3_600_000) };

/** Writes in a way that the file system can tell from what was there, be it that its time stands still for some milliseconds. */
async function changeVisibly(file: string, change: () => void): Promise<void> {
  const before = statSync(file, { bigint: true }).ctimeNs;
  await until(() => {
    change();
    return statSync(file, { bigint: true }).ctimeNs !== before;
  });
}

test('sees every way in which a file changes, also under its old time and size', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'config.yaml');
  const time = new Date('2026-01-01T00:00:00Z');
  const put = (path: string, text: string): void => {
    writeFileSync(path, text);
    utimesSync(path, time, time);
  };
  put(file, 'one');
  const prints = createFingerprints(later);
  const look = () => prints.of({ files: [file], folders: [] });
  const one = await look();
  assert.equal(await look(), one);

  await changeVisibly(file, () => put(file, 'two'));
  const two = await look();
  assert.notEqual(two, one, 'written in place, its time set back');

  const other = join(folder, 'other');
  put(other, 'one');
  renameSync(other, file);
  assert.equal(await look(), one, 'another file put in its place');

  mkdirSync(join(folder, 'v1'));
  mkdirSync(join(folder, 'v2'));
  put(join(folder, 'v1', 'x'), 'one');
  put(join(folder, 'v2', 'x'), 'two');
  rmSync(file);
  symlinkSync('v1/x', file);
  assert.equal(await look(), one, 'a link');
  symlinkSync('v2/x', other);
  renameSync(other, file);
  assert.equal(await look(), two, 'a link that leads elsewhere');

  rmSync(file);
  const none = await look();
  assert.notEqual(none, two, 'gone');
  copyFileSync(join(folder, 'v2', 'x'), file);
  assert.equal(await look(), two, 'back');
});

test('a file that was written just now is read again, whatever its time says', async (t) => {
  const file = join(temporaryFolder(t), 'config.yaml');
  const seen = new Set<string>();
  const prints = createFingerprints(systemClock);
  // Faster than the time of a file system passes: many of these have the times of the one before.
  for (let i = 0; i < 200; i += 1) {
    writeFileSync(file, String(1000 + i));
    seen.add(await prints.of({ files: [file], folders: [] }));
  }
  assert.equal(seen.size, 200);
});

/** Bytes that this process has read so far. */
function bytesRead(): number {
  return Number(/^rchar: (\d+)$/mu.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

test('reads what changed, everything after sixty looks, and everything when it is asked', {
  skip: process.platform !== 'linux' && 'only Linux counts what a process reads',
}, async (t) => {
  const folder = temporaryFolder(t);
  const size = 100_000;
  const names = Array.from({ length: 40 }, (_, i) => join(folder, `rule-${i}.yaml`));
  for (const name of names) writeFileSync(name, 'x'.repeat(size));
  const prints = createFingerprints(later);
  const costOf = async (how?: 'anew'): Promise<number> => {
    const before = bytesRead();
    await prints.of({ files: [], folders: [folder] }, how);
    return (bytesRead() - before) / size;
  };
  assert.ok((await costOf()) >= 40, 'the first look');
  const again = await costOf();
  assert.ok(again < 5, `nothing changed: ${again} files`);
  await changeVisibly(names[0] ?? '', () => appendFileSync(names[0] ?? '', 'y'));
  const one = await costOf();
  assert.ok(one >= 1 && one < 5, `one changed: ${one} files`);
  assert.ok((await costOf('anew')) >= 40, 'asked for');
  const costs: number[] = [];
  for (let i = 0; i < 60; i += 1) costs.push(await costOf());
  assert.equal(costs.filter((cost) => cost >= 40).length, 1, costs.join(' '));
});
