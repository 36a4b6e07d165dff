/**
 * A daemon without audits, to be killed: it commits a run with two messages again and again and delivers them to a webhook and an SMTP
 * server. Arguments: database, web address, SMTP port, how many runs to commit (0: only deliver what is owed).
 */
import { setTimeout as wait } from 'node:timers/promises';
import { createPump } from '../../src/deliver/pump.ts';
import { silentLog } from '../../src/model/log.ts';
import { lockDaemon } from '../../src/store/daemon-lock.ts';
import { openStore } from '../../src/store/store.ts';
import { buildEmailChannel, buildMail, buildWebhookChannel } from './channel-builder.ts';
import { buildRun } from './report-builder.ts';
import { buildCommit, buildMessage } from './store-builder.ts';

const [, , path = '', url = '', port = '', count = '0'] = process.argv;

lockDaemon(path);
const store = openStore({ path });
store.closeAbandoned(new Date());
const pump = createPump({
  store,
  channels: () => ({ siem: buildWebhookChannel(url), 'security-team': buildEmailChannel(Number(port)) }),
  clock: {
    now: () => new Date(),
    sleep: async (ms, signal) => {
      await wait(ms, undefined, { signal });
    },
  },
  log: silentLog,
  random: () => 0.5,
  sender: 'daemon',
});
pump.start();

for (let n = 0; n < Number(count); n += 1) {
  const run = buildRun({ id: `run-${process.pid}-${n}`, slot: null, startedAt: new Date().toISOString() });
  store.startRun({ ...run, status: 'running', finishedAt: null });
  await wait(2);
  const messages = [buildMessage(`${run.id}-hook`), buildMail(`${run.id}-mail`, { date: run.startedAt })];
  const basedOn = store.lastRun(run.group)?.run.id ?? null;
  store.commitRun(buildCommit(run.id, { run, basedOn, messages, at: new Date() }));
  pump.wake();
  await wait(2);
}
// Stays alive like a daemon; the test ends it.
setInterval(() => undefined, 1000);
