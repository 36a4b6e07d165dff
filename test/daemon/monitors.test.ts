import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMonitorQueue } from '../../src/daemon/monitors.ts';
import { type Log, silentLog } from '../../src/model/log.ts';

function listening() {
  const said: string[] = [];
  const log: Log = {
    ...silentLog,
    warn: (message, fields) => void said.push(`${message}: ${String(fields?.['problem'])}`),
    error: (message, fields) => void said.push(`${message}: ${String(fields?.['problem'])}`),
  };
  return { said, log };
}

test('a monitor that hangs holds up neither whoever tells it nor another group, and hears in order', async () => {
  const monitors = createMonitorQueue(silentLog);
  const hanging = Promise.withResolvers<void>();
  const heard: string[] = [];
  const beat =
    (name: string, answer: Promise<void> = Promise.resolve()) =>
    async (): Promise<void> => {
      heard.push(name);
      await answer;
    };
  monitors.tell('a', beat('start of a', hanging.promise));
  monitors.tell('a', beat('end of a'));
  monitors.tell('b', beat('start of b'));
  monitors.tell('b', beat('end of b'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual([...heard].sort(), ['end of b', 'start of a', 'start of b']);
  hanging.resolve();
  await monitors.ended();
  assert.equal(heard.at(-1), 'end of a');
  assert.equal(heard.length, 4);
});

test('a beat that fails is told, and the next one goes out', async () => {
  const { said, log } = listening();
  const monitors = createMonitorQueue(log);
  const heard: string[] = [];
  monitors.tell('a', () => Promise.reject(new Error('no database')));
  monitors.tell('a', async () => void heard.push('end'));
  await monitors.ended();
  assert.deepEqual(heard, ['end']);
  assert.deepEqual(said, ['heartbeat not sent: Error: no database']);
});

test('beats for a monitor that never keeps up do not pile up for ever', async () => {
  const { said, log } = listening();
  const monitors = createMonitorQueue(log);
  const hanging = Promise.withResolvers<void>();
  let sent = 0;
  for (let i = 0; i < 25; i += 1)
    monitors.tell('a', async () => {
      sent += 1;
      await hanging.promise;
    });
  assert.equal(said.length, 5);
  hanging.resolve();
  await monitors.ended();
  assert.equal(sent, 20);
  monitors.tell('a', async () => void (sent += 1));
  await monitors.ended();
  assert.equal(sent, 21);
});
