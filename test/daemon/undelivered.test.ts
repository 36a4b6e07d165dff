import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type App, openApp } from '../../src/app.ts';
import { watchUndelivered } from '../../src/daemon/undelivered.ts';
import { configFolder } from '../support/config-folder.ts';
import { buildMessage } from '../support/store-builder.ts';

const MINUTE = 60_000;

const CONFIGURATION = `groups: [{ id: acme_soc, apiKeyFile: ./key }]
audits: [{ name: weekly, send: [{ to: siem }, { to: ops }, { to: chat }] }]
channels:
  siem: { type: webhook, url: "https://siem.acme.example/" }
  ops: { type: webhook, url: "https://ops.acme.example/" }
  chat: { type: slack, url: "https://chat.acme.example/" }
operators: [ops, siem]
store: { path: ./audit.db }
`;

async function open(t: TestContext): Promise<App> {
  const configFile = join(configFolder(t, { 'config.yaml': CONFIGURATION }), 'config.yaml');
  const app = await openApp({ configFile, logLevel: 'silent', logFormat: 'json' }, 'command');
  t.after(() => app.close());
  return app;
}

/** A message that was promised so many minutes ago, and what its one attempt came to. */
function owe(app: App, id: string, channel: string, minutesAgo: number, kind: 'retry' | 'failed' = 'retry'): void {
  const at = new Date(Date.now() - minutesAgo * MINUTE);
  app.store.enqueue([buildMessage(id, { channel })], at);
  app.store.beginAttempt(id, 'command', at);
  const recipients = { accepted: [], refused: [] };
  const error = 'The mail server refused the login.';
  const outcome =
    kind === 'failed'
      ? ({ kind, error, recipients } as const)
      : ({ kind, error, recipients, retryAfterMs: null, maybeDuplicate: false, patience: 'long' } as const);
  const nextAttemptAt = kind === 'failed' ? null : new Date(Date.now() + 60 * MINUTE).toISOString();
  app.store.finishAttempt({ id, attempt: 1, outcome, at: new Date(), nextAttemptAt, standing: null });
}

/** Notices in the outbox: the channel that tells, and the title. */
function notices(app: App): readonly string[] {
  return app.store
    .deliveries({ limit: 99 })
    .filter(({ attempts }) => attempts === 0)
    .map(({ id, channel }) => {
      const body = app.store.beginAttempt(id, 'command', new Date())?.message.body;
      const said = body === undefined || body.kind === 'email' ? '' : body.body;
      return `${channel}: ${/Messages to the channel \w+ [a-z ]+/.exec(said)?.[0] ?? said}`;
    });
}

test('a receiver that is away for more than an hour is told by another channel, once', async (t) => {
  const app = await open(t);
  const watch = watchUndelivered(app);
  owe(app, 'a', 'siem', 59);
  await watch.look(new Date());
  assert.deepEqual(notices(app), []);
  owe(app, 'b', 'siem', 61);
  await watch.look(new Date());
  await watch.look(new Date());
  assert.deepEqual(notices(app), ['ops: Messages to the channel siem do not get through']);
});

test('no channel in trouble is to tell of another one, as long as there is one that works', async (t) => {
  const app = await open(t);
  owe(app, 'a', 'siem', 61);
  owe(app, 'b', 'ops', 5, 'failed');
  await watchUndelivered(app).look(new Date());
  assert.deepEqual(notices(app).toSorted(), [
    'chat: Messages to the channel ops could not be delivered',
    'chat: Messages to the channel siem do not get through',
  ]);
});

/** A channel that took nothing ten times in a row, or whose receiver is gone. */
function hold(app: App, channel: string, nextTryAt: string | null): void {
  app.store.meetChannels({ endpoints: { [channel]: 'somewhere' }, at: new Date(), isStart: false });
  app.store.enqueue([buildMessage('last', { channel })], new Date());
  app.store.beginAttempt('last', 'command', new Date());
  const said = { error: 'HTTP 410', recipients: { accepted: [], refused: [] } };
  const outcome =
    nextTryAt === null
      ? ({ ...said, kind: 'failed', isGone: true } as const)
      : ({ ...said, kind: 'retry', retryAfterMs: null, maybeDuplicate: false, patience: 'long' } as const);
  const standing = { failures: 10, heldSince: new Date().toISOString(), nextTryAt };
  app.store.finishAttempt({ id: 'last', attempt: 1, outcome, at: new Date(), nextAttemptAt: nextTryAt, standing });
}

test('a channel that is held back is told at once, by another one', async (t) => {
  const app = await open(t);
  const watch = watchUndelivered(app);
  hold(app, 'ops', new Date(Date.now() + MINUTE).toISOString());
  await watch.look(new Date());
  await watch.look(new Date());
  const [notice, ...others] = app.store.deliveries({ limit: 99 }).filter(({ id }) => id !== 'last');
  assert.deepEqual([notice?.channel, others], ['siem', []]);
  const body = app.store.beginAttempt(notice?.id ?? '', 'command', new Date())?.message.body;
  assert.match(JSON.stringify(body), /Messages to the channel ops do not get through/);
  assert.match(JSON.stringify(body), /10 attempts in a row failed: new messages are held back/);
});

test('a receiver that is gone is told at once, and that nothing more is sent to it', async (t) => {
  const app = await open(t);
  hold(app, 'ops', null);
  await watchUndelivered(app).look(new Date());
  const [notice, ...others] = app.store.deliveries({ limit: 99 }).filter(({ id }) => id !== 'last');
  assert.deepEqual([notice?.channel, others], ['siem', []]);
  const body = app.store.beginAttempt(notice?.id ?? '', 'command', new Date())?.message.body;
  assert.match(JSON.stringify(body), /Messages to the channel ops could not be delivered/);
  assert.match(JSON.stringify(body), /Nothing more is sent to it/);
});

test('whoever mends a channel is told how what was given up is sent after all', async (t) => {
  const app = await open(t);
  owe(app, 'a', 'siem', 5, 'failed');
  await watchUndelivered(app).look(new Date());
  const notice = app.store.deliveries({ limit: 99 }).find(({ channel }) => channel === 'ops');
  const body = app.store.beginAttempt(notice?.id ?? '', 'command', new Date())?.message.body;
  assert.match(JSON.stringify(body), /Mend the channel, then: vt-auditor deliveries retry a\b/);
});
