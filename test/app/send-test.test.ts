import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { sendTest } from '../../src/app/send-test.ts';
import { openApp } from '../../src/app.ts';
import { configFolder } from '../support/config-folder.ts';
import { buildMessage } from '../support/store-builder.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

test('a sample tries a channel that is held back, and lets all go that waits when it gets through', async (t) => {
  let status = 410;
  const receiver = await startWebhookSink({ respond: () => ({ status }) });
  t.after(() => receiver.close());
  const configuration = `groups: [{ id: acme_soc, identity: x, apiKeyFile: ./key }]
audits: [{ name: weekly }]
channels: { siem: { type: webhook, url: "${receiver.url}", secret: "worth nothing, and long enough" } }
store: { path: ./audit.db }
`;
  const configFile = join(configFolder(t, { 'config.yaml': configuration }), 'config.yaml');
  const app = await openApp({ configFile, logLevel: 'silent' }, 'command');
  t.after(() => app.close());
  app.store.enqueue([buildMessage('lost'), buildMessage('waits')], new Date());
  await app.pump.drain(new AbortController().signal);
  assert.equal(receiver.requests.length, 1);

  const refused = await sendTest(app, 'siem');
  assert.equal(refused.state, 'pending');
  assert.match(refused.lastError ?? '', /still takes nothing/);
  assert.equal(receiver.requests.length, 2);

  status = 204;
  assert.equal((await sendTest(app, 'siem')).state, 'delivered');
  // Two that were refused meanwhile are sent by the next look.
  await app.pump.drain(new AbortController().signal);
  assert.deepEqual(
    app.store.deliveries({ limit: 9 }).map(({ state }) => state),
    ['delivered', 'delivered', 'delivered', 'delivered'],
  );
});
