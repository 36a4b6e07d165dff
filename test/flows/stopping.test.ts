import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type DaemonStage, eventually, setDaemonStage } from '../support/daemon-stage.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { startWebhookSink } from '../support/webhook-sink.ts';

const TIMEOUT = { timeout: 120_000 };
const SECRET = 'a secret of the tests, worth nothing';
const MOST_MS = 8000;

/** Stops a daemon once something is so, and says how that went. */
async function stopWhen(stage: DaemonStage, what: string, isSo: () => boolean): Promise<void> {
  const daemon = await stage.start();
  await eventually(isSo, what);
  const begun = performance.now();
  daemon.kill('SIGTERM');
  const { code, stderr } = await daemon.ended;
  assert.equal(code, 0, stderr);
  assert.ok(performance.now() - begun < MOST_MS, `${what}: ${Math.round(performance.now() - begun)} ms`);
}

const audit = (to: string) => [
  { name: 'watch', schedule: '* * * * *', rules: ['administrators-are-approved'], send: [{ to }] },
];

function withChannel(stage: DaemonStage, channel: object): void {
  stage.configure({
    channels: { slow: channel, ops: { type: 'webhook', url: stage.ops.url, secret: SECRET } },
    audits: audit('slow'),
  });
  stage.wasAwayFor(3);
}

/** A server that accepts and says nothing, until the test ends. */
async function hangingHook(t: TestContext) {
  const hook = await startWebhookSink({ respond: () => 'hang' });
  t.after(() => hook.close());
  return hook;
}

test('ends in time while the API does not answer, and runs the slot after the restart', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure();
  stage.wasAwayFor(3);
  stage.simulator.setFaults([{ on: '.', fault: { kind: 'hang' } }]);
  await stopWhen(stage, 'a request', () => stage.simulator.requests.length > 0);
  stage.simulator.setFaults([]);
  await stopWhen(stage, 'the report', () => stage.team.requests.length > 0);
  const { report } = JSON.parse(stage.team.requests[0]?.body ?? '{}').data;
  assert.equal(report.run.status, 'complete');
  assert.equal(report.run.trigger, 'catch_up');
});

test('ends in time while a webhook hangs', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  const hook = await hangingHook(t);
  withChannel(stage, { type: 'webhook', url: hook.url, secret: SECRET });
  await stopWhen(stage, 'the post', () => hook.requests.length > 0);
});

test('ends in time while a mail server is silent after the message', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  const mail = await startSmtpSink({ data: () => 'accept-and-hang' });
  t.after(() => mail.close());
  withChannel(stage, {
    type: 'email',
    from: 'a@example.com',
    to: ['b@example.com'],
    smtp: { host: mail.host, port: mail.port, security: 'none' },
  });
  await stopWhen(stage, 'the mail', () => mail.messages.length > 0);
});

test('ends in time while a monitor hangs', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  const hook = await hangingHook(t);
  stage.configure({ heartbeat: { url: hook.url } });
  stage.wasAwayFor(3);
  await stopWhen(stage, 'the heartbeat', () => hook.requests.length > 0);
});

test('ends in time while a custom rule never ends', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  stage.workspace.write(
    'rules/loops-for-ever.js',
    `import { defineRule, z } from 'vt-auditor/rule';
export default defineRule({
  id: 'loops-for-ever', title: 'Never ends', severity: 'low', tags: ['access'], why: 'A test.',
  fix: { text: 'Nothing.', effort: 'low' }, controls: {}, needs: ['group'], options: z.strictObject({}),
  evaluate() { for (;;); },
});
`,
  );
  stage.configure({ customRules: ['./rules'], audits: [{ ...audit('team')[0], rules: ['loops-for-ever'] }] });
  stage.wasAwayFor(3);
  await stopWhen(stage, 'the collection', () => stage.simulator.requests.length > 0);
});

test('an error that nobody caught ends the program with 2, and is in the log', TIMEOUT, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure();
  stage.workspace.write('crash.mjs', "process.on('SIGUSR2', () => { throw new Error('planted'); });\n");
  const daemon = stage.workspace.start(['start'], {
    environment: { NODE_OPTIONS: `--import=${stage.workspace.path('crash.mjs')}` },
  });
  await eventually(() => daemon.stderr().includes('daemon started'), 'the start');
  daemon.kill('SIGUSR2');
  const { code, stderr } = await daemon.ended;
  assert.equal(code, 2, stderr);
  assert.match(stderr, /"level":"error".*planted.*"msg":"crashed"/);
});
