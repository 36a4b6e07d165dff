import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import PostalMime from 'postal-mime';
import { runInProcess } from '../support/flow-in-process.ts';
import { reportIn, runsIn } from '../support/flow-json.ts';
import { createScope, type Ended } from '../support/flow-program.ts';
import { createStage, postedReport, type Stage } from '../support/flow-stage.ts';

describe('a run that somebody narrowed by hand', () => {
  const scope = createScope();
  let stage: Stage;
  const run = (args: readonly string[]): Promise<Ended> => runInProcess(stage.workspace, args);
  const sent = () => stage.inbox.messages.length + stage.receiver.requests.length;
  before(async () => {
    stage = await createStage(scope, { scenario: 'acme' });
  });
  after(() => scope.close());

  it('sends nothing and says in every form that it is narrowed', async () => {
    const ended = await run([
      'run',
      '--rule',
      'privileges-are-current',
      '--format',
      'json',
      '--output',
      stage.workspace.path('out'),
    ]);
    const report = reportIn(ended.stdout);
    assert.equal(sent(), 0);
    assert.equal(report.run.narrowed, true);
    assert.deepEqual(
      report.rules.map(({ id }) => id),
      ['privileges-are-current'],
    );
    const files = stage.workspace.files();
    assert.match(files.get('out/report.txt') ?? '', /narrowed/i);
    assert.match(files.get('out/report.html') ?? '', /narrowed/i);
    const { stdout } = await run(['runs']);
    assert.match(stdout, /\(narrowed\)/);
  });

  it('withdraws and resolves nothing of the rules that it left out', async () => {
    await run(['run', '--no-send', '--format', 'json']);
    await run(['run', '--rule', 'auto-join-is-restricted', '--format', 'json']);
    const after = await run(['run', '--no-send', '--format', 'json']);
    const states = new Set(reportIn(after.stdout).findings.map(({ state }) => state));
    assert.deepEqual(states, new Set(['persisting']));
    assert.equal(sent(), 0);
  });

  it('is sent when it is asked to be, and says that it is narrowed in the subject', async () => {
    const ended = await run(['run', '--group', stage.simulator.groupId, '--send', '--format', 'json']);
    assert.equal(ended.code, 1, ended.stderr);
    assert.deepEqual([stage.inbox.messages.length, stage.receiver.requests.length], [1, 1]);
    assert.match((await PostalMime.parse(stage.inbox.messages[0]?.raw ?? '')).subject ?? '', /narrowed/i);
    assert.equal(postedReport(stage.receiver.requests[0]?.body ?? '').run.narrowed, true);
  });

  it('is another thing than a whole run that sends nothing', async () => {
    const before = sent();
    const ended = await run(['run', '--no-send', '--format', 'json']);
    assert.equal(reportIn(ended.stdout).run.narrowed, false);
    assert.equal(sent(), before);
    const { stdout } = await run(['runs', '--json', '--limit', '1']);
    assert.equal(runsIn(stdout)[0]?.trigger, 'manual');
  });
});
