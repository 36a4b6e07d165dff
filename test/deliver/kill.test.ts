import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore, type Store } from '../../src/store/store.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { temporaryFolder } from '../support/store-builder.ts';
import { until } from '../support/until.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const program = new URL('../support/outbox-process.ts', import.meta.url).pathname;

function start(t: TestContext, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

function open(t: TestContext, path: string): Store {
  const store = openStore({ path });
  t.after(() => store.close());
  return store;
}

test('what was being sent when the daemon was killed arrives after the restart, with the same id', async (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  let hanging = true;
  const hook = await startWebhookSink({ respond: () => (hanging ? 'hang' : { status: 200 }) });
  t.after(() => hook.close());
  const mail = await startSmtpSink({ data: () => (hanging ? 'accept-and-hang' : 'accept') });
  t.after(() => mail.close());
  const args = [path, hook.url, String(mail.port)];

  const first = start(t, [...args, '1']);
  await Promise.all([hook.waitFor(1), mail.waitFor(1)]);
  await kill(first);
  hanging = false;
  const second = start(t, [...args, '0']);
  const store = open(t, path);
  await until(() => store.deliveries({ limit: 9 }).every(({ state }) => state === 'delivered'), 'delivery');
  await kill(second);

  assert.equal(hook.requests.length, 2);
  assert.equal(new Set(hook.requests.map(({ headers }) => headers['webhook-id'])).size, 1);
  assert.equal(mail.messages.length, 2);
  assert.equal(mail.messages[0]?.raw, mail.messages[1]?.raw);
  assert.deepEqual(
    store.deliveries({ limit: 9 }).map(({ maybeDuplicate, attempts }) => ({ maybeDuplicate, attempts })),
    [
      { maybeDuplicate: true, attempts: 2 },
      { maybeDuplicate: true, attempts: 2 },
    ],
  );
});

test('killed again and again, it loses no message and leaves no run open', { timeout: 60_000 }, async (t) => {
  const path = join(temporaryFolder(t), 'x.db');
  const hook = await startWebhookSink();
  t.after(() => hook.close());
  const mail = await startSmtpSink();
  t.after(() => mail.close());
  const args = [path, hook.url, String(mail.port)];

  // First before its work or at the beginning of it, then in the middle, however slow the machine is.
  for (const afterMs of [20, 120, 240]) {
    const child = start(t, [...args, '1000']);
    await wait(afterMs);
    await kill(child);
  }
  const store = open(t, path);
  const all = () => store.deliveries({ limit: 100_000 });
  for (const afterMs of [0, 13, 40, 90]) {
    const before = all().length;
    const child = start(t, [...args, '1000']);
    await until(() => all().length > before, 'a committed run');
    await wait(afterMs);
    await kill(child);
  }
  const last = start(t, [...args, '0']);
  await until(() => all().every(({ state }) => state === 'delivered'), 'delivery of everything');
  await until(
    () => store.runs({ limit: 100_000 }).every(({ run }) => run.status !== 'running'),
    'closing of every run',
  );
  await kill(last);

  const owed = all().map(({ wireId }) => wireId);
  const received = new Set([
    ...hook.requests.map(({ headers }) => String(headers['webhook-id'])),
    ...mail.messages.map(({ raw }) => /^Message-ID: (.*)$/im.exec(raw)?.[1] ?? ''),
  ]);
  assert.deepEqual(
    owed.filter((id) => !received.has(id)),
    [],
    'lost',
  );
  assert.deepEqual(
    [...received].filter((id) => !owed.includes(id)),
    [],
    'sent but not on record',
  );
  assert.ok(owed.length > 0);
  const complete = store.runs({ limit: 100_000 }).filter(({ run }) => run.status === 'complete');
  assert.equal(owed.length, complete.length * 2, 'two messages a committed run, none of any other');
});
