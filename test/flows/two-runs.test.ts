import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import PostalMime from 'postal-mime';
import { Webhook } from 'standardwebhooks';
import { runInProcess } from '../support/flow-in-process.ts';
import {
  deliveriesIn,
  findingsIn,
  openSubjects,
  type ReportJson,
  reportIn,
  ruleOf,
  runsIn,
} from '../support/flow-json.ts';
import { createScope, type Ended } from '../support/flow-program.ts';
import { createStage, mailHeader, postedReport, type Stage, WEBHOOK_SECRET } from '../support/flow-stage.ts';

describe('two audits with a change of the group in between', () => {
  const scope = createScope();
  let stage: Stage;
  let first: Ended;
  let second: Ended;
  let reports: { readonly first: ReportJson; readonly second: ReportJson };
  const webhook = (index: number) => stage.receiver.requests[index] ?? assert.fail(`no webhook ${index}`);
  const mail = (index: number): string => stage.inbox.messages[index]?.raw ?? assert.fail(`no mail ${index}`);

  before(async () => {
    stage = await createStage(scope, {
      configuration: {
        audits: [
          {
            name: 'review',
            send: [{ to: 'mail' }, { to: 'siem' }, { to: 'news', when: 'changes', minSeverity: 'critical' }],
          },
        ],
      },
    });
    const { channels } = stage.configuration;
    stage.configure({
      audits: [
        {
          name: 'review',
          send: [{ to: 'mail' }, { to: 'siem' }, { to: 'news', when: 'changes', minSeverity: 'critical' }],
        },
      ],
      channels: {
        ...(channels as object),
        news: { type: 'webhook', url: stage.receiver.url.replace('/hook', '/news') },
      },
    });
    first = await runInProcess(stage.workspace, ['run', 'review', '--format', 'json']);
    stage.simulator.advance('second-week');
    second = await runInProcess(stage.workspace, [
      'run',
      'review',
      '--format',
      'json',
      '--output',
      stage.workspace.path('out'),
    ]);
    reports = { first: reportIn(first.stdout), second: reportIn(second.stdout) };
  });
  after(() => scope.close());

  it('ends with 1 both times, for there are findings at the threshold', () => {
    assert.deepEqual([first.code, second.code], [1, 1]);
  });

  it('calls everything a starting point at first', () => {
    const { run, summary, findings, baseline } = reports.first;
    assert.equal(run.status, 'complete');
    assert.equal(baseline, true);
    assert.deepEqual(new Set(findings.map(({ state }) => state)), new Set(['new']));
    assert.ok(findings.every((finding) => finding.baseline));
    assert.equal(summary.findings.new, findings.length);
  });

  it('tells new, persisting and resolved findings apart afterwards', () => {
    const { findings, baseline } = reports.second;
    const stateOf = (rule: string, subject: string) =>
      findings.find((finding) => finding.rule === rule && finding.subject.id === subject)?.state;
    assert.equal(baseline, false);
    assert.equal(stateOf('members-use-2fa', 'wim.jonker'), 'new');
    assert.equal(stateOf('members-use-2fa', 'freja.holst'), 'resolved');
    assert.equal(stateOf('service-accounts-are-approved', 'northwind_dfir_export'), 'new');
    const before = new Set(reports.first.findings.map(({ id }) => id));
    for (const finding of findings) {
      assert.equal(finding.state === 'new', !before.has(finding.id), finding.message);
      if (finding.state === 'persisting') assert.ok(finding.firstSeenAt < finding.lastSeenAt);
      if (finding.state === 'resolved') assert.equal(finding.because, 'group_changed');
    }
  });

  it('signs the webhook so that the standard library of receivers verifies it', () => {
    const verifier = new Webhook(WEBHOOK_SECRET);
    const signed = stage.receiver.requests.filter(({ path }) => path === '/hook');
    assert.equal(signed.length, 2);
    for (const { body, headers } of signed) verifier.verify(body, headers as Record<string, string>);
    assert.throws(() => verifier.verify(`${signed[0]?.body} `, signed[0]?.headers as Record<string, string>));
  });

  it('says the same in the webhook as on standard output', () => {
    for (const [index, printed] of [reports.first, reports.second].entries()) {
      const request = stage.receiver.requests.filter(({ path }) => path === '/hook')[index];
      const posted = postedReport(request?.body ?? '');
      assert.deepEqual(posted.summary, printed.summary);
      assert.equal(posted.run.id, printed.run.id);
      assert.deepEqual(posted.rules, printed.rules);
    }
  });

  it('tells a channel that wants changes from critical on of critical ones and of their end, and of nothing else', () => {
    const news = stage.receiver.requests.filter(({ path }) => path === '/news').map(({ body }) => postedReport(body));
    assert.equal(news.length, 2);
    const severities = news.flatMap(({ findings }) => findings.map(({ severity }) => severity));
    assert.deepEqual(new Set(severities), new Set(['critical']));
    const ended = news[1]?.findings.filter(({ state }) => state === 'resolved').map(({ rule }) => rule);
    assert.deepEqual(ended, ['auto-join-is-restricted']);
    assert.equal(
      news[1]?.findings.some(({ state }) => state === 'new'),
      false,
    );
  });

  it('mails both parts and a Message-ID that the outbox knows', async () => {
    const { stdout } = await runInProcess(stage.workspace, ['deliveries', '--json']);
    const deliveries = deliveriesIn(stdout);
    const wireIds = (channel: string) =>
      deliveries
        .filter((delivery) => delivery.channel === channel)
        .map(({ wireId }) => wireId)
        .sort();
    assert.deepEqual(wireIds('mail'), [mail(0), mail(1)].map((raw) => mailHeader(raw, 'Message-ID') ?? '').sort());
    assert.deepEqual(
      wireIds('siem'),
      stage.receiver.requests
        .filter(({ path }) => path === '/hook')
        .map(({ headers }) => String(headers['webhook-id']))
        .sort(),
    );
    const parsed = await PostalMime.parse(mail(1));
    assert.match(parsed.text ?? '', /wim\.jonker/);
    assert.match(parsed.html ?? '', /wim\.jonker/);
  });

  it('documents the fields of deliveries, runs and findings, newest first', async () => {
    const [deliveries, runs, findings] = await Promise.all([
      runInProcess(stage.workspace, ['deliveries', '--json', '--limit', '3']),
      runInProcess(stage.workspace, ['runs', '--json', '--limit', '1']),
      runInProcess(stage.workspace, ['--json', 'findings']),
    ]);
    const delivered = deliveriesIn(deliveries.stdout);
    assert.equal(delivered.length, 3);
    for (const delivery of delivered) {
      for (const key of ['id', 'run', 'channel', 'state', 'attempts', 'nextAttemptAt', 'lastError', 'wireId'])
        assert.ok(key in delivery, `deliveries have no ${key}`);
      assert.equal(delivery.state, 'delivered');
    }
    const [run, ...others] = runsIn(runs.stdout);
    assert.equal(others.length, 0);
    assert.equal(run?.id, reports.second.run.id);
    for (const key of ['id', 'audit', 'group', 'status', 'dueAt', 'startedAt', 'finishedAt', 'findings'])
      assert.ok(run !== undefined && key in run, `runs have no ${key}`);
    assert.deepEqual(run?.findings, reports.second.summary.findings);
    const open = findingsIn(findings.stdout);
    const expected = reports.second.findings.filter(({ state }) => state !== 'resolved').map(({ id }) => id);
    assert.deepEqual(open.map(({ id }) => id).sort(), expected.sort());
  });

  it('writes the report in every format', async () => {
    const files = stage.workspace.files();
    assert.equal(files.get('out/report.json'), Buffer.from(second.stdout).toString('latin1'));
    assert.match(files.get('out/report.html') ?? '', /^<!doctype html>/i);
    assert.match(files.get('out/report.txt') ?? '', /wim\.jonker/);
    assert.match(files.get('out/report.csv') ?? '', /wim\.jonker/);
  });

  it('ends with 0 when told not to fail on findings, and with 1 from the given severity on', async () => {
    const [never, low] = await Promise.all([
      runInProcess(stage.workspace, ['run', '--no-send', '--fail-on', 'never', '--rule', 'members-use-2fa']),
      runInProcess(stage.workspace, ['run', '--no-send', '--fail-on', 'low', '--rule', 'privileges-are-current']),
    ]);
    assert.deepEqual([never.code, low.code], [0, 1]);
    assert.equal(openSubjects(reports.second, 'members-use-2fa').includes('wim.jonker'), true);
    assert.equal(ruleOf(reports.second, 'members-use-2fa').verdict, 'breached');
    assert.equal(webhook(0).method, 'POST');
  });
});
