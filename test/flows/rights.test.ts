import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import PostalMime from 'postal-mime';
import { runInProcess } from '../support/flow-in-process.ts';
import { findingsIn, reportIn, ruleOf, runsIn } from '../support/flow-json.ts';
import { createWorkspace, type Workspace } from '../support/flow-program.ts';
import { postedReport } from '../support/flow-stage.ts';
import { type Expected, vendorConfiguration, vendorGroup } from '../support/flow-vendor-group.ts';
import {
  startVendorServer,
  type VendorFault,
  type VendorList,
  type VendorServer,
} from '../support/flow-vendor-server.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

interface Scene {
  readonly workspace: Workspace;
  readonly server: VendorServer;
  readonly inbox: SmtpSink;
  readonly receiver: WebhookSink;
  readonly expected: Expected;
  readonly configuration: ReturnType<typeof vendorConfiguration>;
  spoil(lists: readonly VendorList[], fault: VendorFault): void;
}

const EVERYTHING: readonly VendorList[] = [
  'group',
  'members',
  'membersWithout2fa',
  'administrators',
  'roles',
  'serviceAccounts',
  'groupUsage',
  'consumption',
  'peakDays',
];

async function setScene(t: TestContext): Promise<Scene> {
  const expected = vendorGroup('larkspur_soc', 25, { autoAddUsers: ['*@*'] });
  const server = await startVendorServer(t, [expected.group]);
  const inbox = await startSmtpSink();
  t.after(() => inbox.close());
  const receiver = await startWebhookSink();
  t.after(() => receiver.close());
  const workspace = createWorkspace(t);
  const configuration = {
    ...vendorConfiguration(server.baseUrl, [expected]),
    channels: {
      mail: {
        type: 'email',
        from: 'auditor@larkspur.example',
        to: ['it@larkspur.example'],
        smtp: { host: inbox.host, port: inbox.port, security: 'none' },
      },
      siem: { type: 'webhook', url: receiver.url },
    },
  };
  const audits = configuration.audits.map((audit) => ({
    ...audit,
    send: [{ to: 'mail' }, { to: 'siem', when: 'changes' }],
  }));
  workspace.configure({ ...configuration, audits });
  return {
    workspace,
    server,
    inbox,
    receiver,
    expected,
    configuration: { ...configuration, audits },
    spoil(lists, fault) {
      for (const list of lists) server.setFault('larkspur_soc', list, fault);
    },
  };
}

async function subjectOf({ inbox }: Scene, index: number): Promise<string> {
  return (await PostalMime.parse(inbox.messages[index]?.raw ?? '')).subject ?? '';
}

describe('an audit that is partial or failed', { concurrency: 2 }, () => {
  it('says so in the subject of the mail, and to a channel that wants changes only', async (t) => {
    const scene = await setScene(t);
    await runInProcess(scene.workspace, ['run', '--format', 'json']);
    scene.spoil(['members'], { kind: 'html' });
    const run = await runInProcess(scene.workspace, ['run', '--format', 'json']);
    assert.equal(run.code, 3);
    assert.doesNotMatch(await subjectOf(scene, 0), /incomplete|partial|failed/i);
    assert.match(await subjectOf(scene, 1), /incomplete|partial/i);
    assert.equal(scene.receiver.requests.length, 2);
    assert.equal(postedReport(scene.receiver.requests[1]?.body ?? '').run.status, 'partial');
  });

  it('is a report also where the key is refused: 2, sent, and every open finding stays open', async (t) => {
    const scene = await setScene(t);
    const good = await runInProcess(scene.workspace, ['run', '--format', 'json']);
    scene.spoil(EVERYTHING, { kind: 'status', status: 401, code: 'WrongCredentialsError' });
    const asked = scene.server.requests.length;
    const run = await runInProcess(scene.workspace, ['run', '--format', 'json']);
    assert.equal(run.code, 2);
    // No more than were under way when the first refusal came.
    assert.ok(scene.server.requests.length - asked <= scene.configuration.api.concurrency);
    const report = reportIn(run.stdout);
    assert.equal(report.run.status, 'failed');
    assert.match(report.run.failure?.text ?? '', /401/);
    assert.equal(report.summary.rules.passed, 0);
    assert.deepEqual(new Set(report.findings.map(({ state }) => state)), new Set(['unverified']));
    const open = (stdout: string) =>
      reportIn(stdout)
        .findings.map(({ id }) => id)
        .sort();
    assert.deepEqual(open(run.stdout), open(good.stdout));
    assert.deepEqual(report.summary.bySeverity, reportIn(good.stdout).summary.bySeverity);
    assert.match(await subjectOf(scene, 1), /failed/i);
    assert.equal(postedReport(scene.receiver.requests[1]?.body ?? '').run.status, 'failed');
    const [runs, findings] = await Promise.all([
      runInProcess(scene.workspace, ['runs', '--json']),
      runInProcess(scene.workspace, ['findings', '--json']),
    ]);
    assert.deepEqual(
      runsIn(runs.stdout).map(({ status }) => status),
      ['failed', 'complete'],
    );
    assert.ok(findingsIn(findings.stdout).every(({ state }) => state === 'unverified'));
    const check = await runInProcess(scene.workspace, ['check']);
    assert.equal(check.code, 2);
  });
});

describe("a plain member's key with an administrator's name beside it", () => {
  it('passes nothing that only an administrator can see, and check says so with 2', async (t) => {
    const scene = await setScene(t);
    const [group] = scene.configuration.groups;
    scene.workspace.configure({
      ...scene.configuration,
      groups: [{ ...group, apiKey: scene.expected.group.memberKey, identity: 'larkspur.000' }],
    });
    const [run, check] = await Promise.all([
      runInProcess(scene.workspace, ['run', '--format', 'json', '--no-send']),
      runInProcess(scene.workspace, ['check']),
    ]);
    assert.equal(run.code, 3);
    const report = reportIn(run.stdout);
    assert.equal(report.run.status, 'partial');
    for (const id of ['members-use-2fa', 'auto-join-is-restricted', 'usage-without-spikes'])
      assert.equal(ruleOf(report, id).verdict, 'not_evaluated', id);
    assert.equal(ruleOf(report, 'auto-join-is-restricted').reasonKind, 'not_visible');
    assert.notEqual(ruleOf(report, 'administrators-are-approved').verdict, 'passed');
    assert.equal(check.code, 2);
    assert.match(check.stdout, /FAILED.*nothing proves that the key has administrator rights/);
  });
});
