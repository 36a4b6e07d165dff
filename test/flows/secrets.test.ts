import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { createWorkspace, type Ended, showsStack, type Workspace } from '../support/flow-program.ts';
import { type Expected, keyOf, vendorConfiguration, vendorGroup } from '../support/flow-vendor-group.ts';
import { startVendorServer, type VendorFault, type VendorServer } from '../support/flow-vendor-server.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

const SMTP_PASSWORD = 'correct-horse-battery-9';
const SIGNING_SECRET = 'signs-every-message-of-the-flow-tests';
const URL_TOKEN = 'T0K3N-in-the-address-of-the-hook';
const CONFIGURED = ['config.yaml', 'secrets/'];

interface Scene {
  readonly workspace: Workspace;
  readonly server: VendorServer;
  readonly inbox: SmtpSink;
  readonly receiver: WebhookSink;
  readonly expected: Expected;
}

/** A group whose server plants keys wherever it can, and channels with secrets of every kind. */
async function setScene(t: TestContext): Promise<Scene> {
  const expected = vendorGroup('larkspur_soc', 25, { pageCap: 10 });
  const server = await startVendorServer(t, [expected.group]);
  const inbox = await startSmtpSink({ auth: { user: 'auditor', password: SMTP_PASSWORD } });
  t.after(() => inbox.close());
  const receiver = await startWebhookSink();
  t.after(() => receiver.close());
  const workspace = createWorkspace(t);
  const configuration = vendorConfiguration(server.baseUrl, [expected]);
  workspace.write('secrets/key', `${expected.group.key}\n`);
  workspace.write('secrets/hook', `http://127.0.0.1:${receiver.port}/in/${URL_TOKEN}?token=${URL_TOKEN}\n`);
  workspace.configure({
    ...configuration,
    groups: configuration.groups.map(({ id, identity, approved }) => ({
      id,
      identity,
      approved,
      apiKeyFile: './secrets/key',
    })),
    audits: [{ name: 'review', send: [{ to: 'mail' }, { to: 'siem' }] }],
    channels: {
      mail: {
        type: 'email',
        from: 'auditor@larkspur.example',
        to: ['it@larkspur.example'],
        attach: ['html', 'csv', 'json'],
        smtp: { host: inbox.host, port: inbox.port, security: 'none', user: 'auditor', password: SMTP_PASSWORD },
      },
      siem: { type: 'webhook', urlFile: './secrets/hook', secret: SIGNING_SECRET },
    },
  });
  return { workspace, server, inbox, receiver, expected };
}

/** Every secret in the forms in which it could be carried out. */
function formsOfSecrets({ expected }: Scene): readonly string[] {
  const { group } = expected;
  const secrets = [
    group.key,
    ...group.serviceAccounts.map(({ apiKey }) => apiKey),
    keyOf('larkspur_soc member'),
    SMTP_PASSWORD,
    SIGNING_SECRET,
    URL_TOKEN,
  ];
  return secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64').replaceAll('=', ''),
    Buffer.from(`\0auditor\0${secret}`).toString('base64'),
  ]);
}

/** Where a secret was found: a name of the place for each, without the secret. */
function leaks(scene: Scene, ended: readonly Ended[]): readonly string[] {
  const { workspace, server, inbox, receiver } = scene;
  const places = new Map<string, string>([
    ...ended.flatMap(({ stdout, stderr }, index): [string, string][] => [
      [`stdout ${index}`, stdout],
      [`stderr ${index}`, stderr],
    ]),
    ...[...workspace.files()].filter(([name]) => !CONFIGURED.some((prefix) => name.startsWith(prefix))),
    ...inbox.messages.map(({ raw }, index): [string, string] => [`mail ${index}`, withoutSoftBreaks(raw)]),
    ...receiver.requests.map(({ body }, index): [string, string] => [`webhook ${index}`, body]),
    ...server.requests.map(({ target }, index): [string, string] => [`request ${index}`, target]),
  ]);
  const forms = formsOfSecrets(scene);
  return [...places].filter(([, text]) => forms.some((form) => text.includes(form))).map(([name]) => name);
}

/** Quoted-printable lines joined, and every base64 part also decoded. */
function withoutSoftBreaks(raw: string): string {
  const decoded = raw
    .split(/\r?\n\r?\n/)
    .filter((part) => /^[A-Za-z\d+/=\r\n]+$/.test(part))
    .map((part) => Buffer.from(part.replaceAll(/\s/g, ''), 'base64').toString());
  return [raw, raw.replaceAll(/=\r?\n/g, ''), ...decoded].join('\n');
}

const LOUD = ['--log-level', 'debug'];

describe('secrets', () => {
  it('are in nothing that a good audit leaves, says or sends', async (t) => {
    const scene = await setScene(t);
    const run = await scene.workspace.run(['run', '--output', scene.workspace.path('out'), ...LOUD]);
    const [check, findings, deliveries] = await Promise.all([
      scene.workspace.run(['check', ...LOUD]),
      scene.workspace.run(['findings', '--json', ...LOUD]),
      scene.workspace.run(['deliveries', '--json', ...LOUD]),
    ]);
    assert.equal(run.code, 1, run.stderr);
    assert.equal(check.code, 0, check.stdout);
    assert.equal(scene.inbox.messages.length, 1);
    assert.equal(scene.receiver.requests.length, 1);
    const names = [...scene.workspace.files().keys()];
    assert.ok(names.includes('data/auditor.db') && names.includes('out/report.html'), names.join());
    assert.deepEqual(leaks(scene, [run, check, findings, deliveries]), []);
  });

  const faults: readonly (readonly [string, VendorFault])[] = [
    ['a page of HTML that repeats the key', { kind: 'html' }],
    ['an error that repeats the key', { kind: 'status', status: 403, code: 'ForbiddenError' }],
    ['a 401 that repeats the key', { kind: 'status', status: 401, code: 'WrongCredentialsError' }],
    ['a code that is the key', { kind: 'status', status: 400, code: keyOf('larkspur_soc administrator') }],
  ];
  for (const [name, fault] of faults) {
    it(`are in nothing that an audit leaves, says or sends that met ${name}`, async (t) => {
      const scene = await setScene(t);
      for (const list of ['group', 'members', 'serviceAccounts', 'consumption'] as const)
        scene.server.setFault('larkspur_soc', list, fault);
      const run = await scene.workspace.run(['run', '--output', scene.workspace.path('out'), ...LOUD]);
      assert.ok(run.code === 3 || run.code === 2, run.stderr);
      assert.equal(showsStack(run.stderr), false, run.stderr);
      assert.equal(scene.receiver.requests.length, 1);
      assert.deepEqual(leaks(scene, [run]), []);
    });
  }

  it('are in nothing that is said when neither API nor channels can be reached', async (t) => {
    const scene = await setScene(t);
    await Promise.all([scene.inbox.close(), scene.receiver.close()]);
    scene.server.setFault('larkspur_soc', 'members', { kind: 'html' });
    const run = await scene.workspace.run(['run', '--deliver-within', '1', ...LOUD]);
    const check = await scene.workspace.run(['check', ...LOUD]);
    assert.equal(run.code, 3);
    assert.equal(check.code, 2);
    assert.match(run.stderr, /not yet delivered: siem/);
    assert.equal(showsStack(run.stderr + check.stderr), false, run.stderr);
    assert.deepEqual(leaks(scene, [run, check]), []);
  });

  it('are in nothing that is said of a configuration that is broken around them', async (t) => {
    const scene = await setScene(t);
    const group = { id: 'larkspur_soc', apiKey: scene.expected.group.key, idenity: 'x', apiKeyFil: SIGNING_SECRET };
    scene.workspace.configure({
      groups: [group],
      audits: [{ name: 'a', send: [{ to: URL_TOKEN }] }],
      channels: { siem: { type: 'webhook', url: `ftp://${URL_TOKEN}/`, secret: SIGNING_SECRET } },
    });
    const check = await scene.workspace.run(['check', ...LOUD]);
    assert.equal(check.code, 2);
    assert.match(check.stderr, /idenity/);
    assert.doesNotMatch(check.stderr, new RegExp(scene.expected.group.key));
    assert.doesNotMatch(check.stderr, /ftp:/);
  });
});
