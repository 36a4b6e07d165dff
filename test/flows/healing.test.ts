import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { eventually, setDaemonStage } from '../support/daemon-stage.ts';

test('a run whose report could not be stored is closed and caught up while the daemon lives', {
  timeout: 120_000,
}, async (t) => {
  const stage = await setDaemonStage(t);
  stage.configure();
  stage.wasAwayFor(3);
  const database = new DatabaseSync(stage.workspace.databaseFile);
  t.after(() => database.close());
  database.exec(`CREATE TRIGGER full BEFORE INSERT ON reports BEGIN SELECT RAISE(ABORT, 'no room'); END`);
  const daemon = await stage.start();
  await eventually(() => /"audit crashed"/.test(daemon.stderr()), 'the crash');
  database.exec('DROP TRIGGER full');
  // A reload looks at the schedules, as the next minute would.
  stage.configure({ report: { organization: 'Another name' } });
  await eventually(() => stage.team.requests.length > 0, 'the report', 70_000);
  const { report } = JSON.parse(stage.team.requests[0]?.body ?? '{}').data;
  assert.equal(report.run.trigger, 'catch_up');
  const statuses = database.prepare('SELECT status FROM runs ORDER BY started_at').all();
  assert.deepEqual(
    statuses.map(({ status }) => status),
    ['failed', 'complete'],
  );
});
