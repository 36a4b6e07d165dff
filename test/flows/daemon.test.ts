import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { openStore, type Store } from '../../src/store/store.ts';
import { deliveriesIn, reportIn, runsIn } from '../support/flow-json.ts';
import { type Running, until, type Workspace } from '../support/flow-program.ts';
import { createStage, mailHeader, type Stage, type StageOptions } from '../support/flow-stage.ts';
import type { WebhookAnswer } from '../support/webhook-sink.ts';

const HANG_ON_MEMBERS = [{ on: 'GET /groups/[^/]+/users\\?', fault: { kind: 'hang' } }] as const;
const STARTED = 'daemon started';
/** What a container gives a program between SIGTERM and SIGKILL, less some. */
const STOP_WITHIN_MS = 8000;

/** A schedule whose only time this year was two minutes ago, so that one slot is due and no other becomes due meanwhile. */
function dueSchedule(): string {
  const at = new Date(Date.now() - 120_000);
  return `${at.getUTCMinutes()} ${at.getUTCHours()} ${at.getUTCDate()} ${at.getUTCMonth() + 1} *`;
}

/** A stage whose audit is due as soon as a daemon looks. */
async function createDueStage(t: TestContext, options: StageOptions = {}): Promise<Stage> {
  const stage = await createStage(t, {
    scenario: 'quiet',
    ...options,
    configuration: {
      audits: [
        {
          name: 'review',
          schedule: dueSchedule(),
          timezone: 'UTC',
          rules: ['members-use-2fa', 'auto-join-is-restricted'],
          send: [{ to: 'mail' }, { to: 'siem' }],
        },
      ],
    },
  });
  withStore(stage.workspace, (store) =>
    store.recordSlots({ audit: 'review', groups: [], slots: [], until: new Date(Date.now() - 3_600_000) }),
  );
  return stage;
}

function withStore<T>({ databaseFile }: Workspace, use: (store: Store) => T): T {
  const store = openStore({ path: databaseFile });
  try {
    return use(store);
  } finally {
    store.close();
  }
}

async function startDaemon({ workspace }: Stage): Promise<Running> {
  const daemon = workspace.start(['start']);
  await until('the daemon says that it started', () => daemon.stderr().includes(STARTED) || gone(daemon));
  return daemon;
}

const dead = new WeakSet<Running>();

function gone(running: Running): false {
  void running.ended.then(() => dead.add(running));
  if (dead.has(running)) throw new Error(`the program ended: ${running.stderr()}`);
  return false;
}

async function kill(daemon: Running): Promise<void> {
  daemon.kill('SIGKILL');
  await daemon.ended;
}

/** Stops a daemon as a container does, and says how long that took. */
async function stop(daemon: Running): Promise<{ readonly code: number | null; readonly ms: number }> {
  const from = performance.now();
  daemon.kill('SIGTERM');
  const { code } = await daemon.ended;
  return { code, ms: performance.now() - from };
}

const deliveriesOf = (stage: Stage) => withStore(stage.workspace, (store) => store.deliveries({ limit: 100 }));
const runsOf = (stage: Stage) =>
  withStore(stage.workspace, (store) => store.runs({ limit: 100 }).map(({ run }) => run));
const messageIds = ({ inbox }: Stage) => inbox.messages.map(({ raw }) => mailHeader(raw, 'Message-ID'));

describe('a daemon that is killed', () => {
  it('between commit and delivery leaves messages that arrive after a restart, once, with the ids they had', async (t) => {
    let answer: WebhookAnswer = 'hang';
    const stage = await createDueStage(t, {
      webhook: { respond: () => answer },
      // The mail server knows nobody at first, and says so in a way that passes.
      smtp: { recipient: () => (answer === 'hang' ? { code: 451, text: 'Try again later' } : null) },
    });
    const first = await startDaemon(stage);
    await stage.receiver.waitFor(1);
    await kill(first);
    const owed = deliveriesOf(stage);
    assert.deepEqual(owed.map(({ channel }) => channel).sort(), ['mail', 'siem']);
    answer = { status: 204 };
    // A mail that was deferred waits for a minute; somebody asks for it now.
    withStore(stage.workspace, (store) => {
      for (const { id, channel } of owed) if (channel === 'mail') store.retryDelivery(id, new Date());
    });
    const second = await startDaemon(stage);
    await Promise.all([stage.receiver.waitFor(2), stage.inbox.waitFor(1)]);
    await until('both are delivered', () => deliveriesOf(stage).every(({ state }) => state === 'delivered'));
    assert.equal((await stop(second)).code, 0);
    const wireIds = new Map(owed.map(({ channel, wireId }) => [channel, wireId]));
    assert.deepEqual(messageIds(stage), [wireIds.get('mail')]);
    assert.deepEqual(
      stage.receiver.requests.map(({ headers }) => headers['webhook-id']),
      [wireIds.get('siem'), wireIds.get('siem')],
    );
    const [hung, kept] = stage.receiver.requests;
    assert.equal(hung?.body, kept?.body);
    assert.equal(runsOf(stage).length, 1);
  });

  it('while the mail server has the message but has not answered sends it again under the same Message-ID', async (t) => {
    const stage = await createDueStage(t, { smtp: { data: (index) => (index === 0 ? 'accept-and-hang' : 'accept') } });
    const first = await startDaemon(stage);
    await Promise.all([stage.inbox.waitFor(1), stage.receiver.waitFor(1)]);
    await until('the webhook is kept as delivered', () =>
      deliveriesOf(stage).some(({ state }) => state === 'delivered'),
    );
    await kill(first);
    const second = await startDaemon(stage);
    await stage.inbox.waitFor(2);
    await until('both are delivered', () => deliveriesOf(stage).every(({ state }) => state === 'delivered'));
    await stop(second);
    assert.equal(new Set(messageIds(stage)).size, 1);
    assert.equal(stage.receiver.requests.length, 1);
    assert.equal(deliveriesOf(stage).find(({ channel }) => channel === 'mail')?.maybeDuplicate, true);
  });

  it('in mid-collection catches up the slot exactly once', async (t) => {
    const stage = await createDueStage(t, { simulator: { faults: [...HANG_ON_MEMBERS] } });
    const first = await startDaemon(stage);
    await until('the collection hangs', () => stage.simulator.requests.some(({ path }) => path.endsWith('/users')));
    await kill(first);
    assert.deepEqual(
      runsOf(stage).map(({ status }) => status),
      ['running'],
    );
    stage.simulator.setFaults([]);
    const second = await startDaemon(stage);
    await Promise.all([stage.inbox.waitFor(1), stage.receiver.waitFor(1)]);
    assert.equal((await stop(second)).code, 0);
    const third = await startDaemon(stage);
    await stop(third);
    const [caughtUp, abandoned, ...others] = runsOf(stage);
    assert.deepEqual(others, []);
    assert.deepEqual([caughtUp?.status, abandoned?.status], ['complete', 'failed']);
    assert.equal(stage.inbox.messages.length, 1);
    assert.equal(stage.receiver.requests.length, 1);
    assert.equal(
      withStore(stage.workspace, (store) => store.pendingAudits().length),
      0,
    );
  });
});

describe('a daemon that is told to stop', { concurrency: true }, () => {
  it('ends at once when it has nothing to do', async (t) => {
    const stage = await createStage(t, { scenario: 'quiet' });
    const { code, ms } = await stop(await startDaemon(stage));
    assert.equal(code, 0);
    assert.ok(ms < STOP_WITHIN_MS, `${ms} ms`);
  });

  it('abandons a collection, which is caught up', async (t) => {
    const stage = await createDueStage(t, { simulator: { faults: [...HANG_ON_MEMBERS] } });
    const daemon = await startDaemon(stage);
    await until('the collection hangs', () => stage.simulator.requests.some(({ path }) => path.endsWith('/users')));
    const { code, ms } = await stop(daemon);
    assert.equal(code, 0);
    assert.ok(ms < STOP_WITHIN_MS, `${ms} ms`);
    assert.deepEqual(
      runsOf(stage).map(({ status }) => status),
      ['failed'],
    );
    assert.equal(
      withStore(stage.workspace, (store) => store.pendingAudits().length),
      1,
    );
    assert.deepEqual(deliveriesOf(stage), []);
  });

  it('lets a send in flight end', async (t) => {
    const answers: ((answer: WebhookAnswer) => void)[] = [];
    const stage = await createDueStage(t, {
      webhook: { respond: () => new Promise((resolve) => void answers.push(resolve)) },
    });
    const daemon = await startDaemon(stage);
    await Promise.all([stage.receiver.waitFor(1), stage.inbox.waitFor(1)]);
    const stopped = stop(daemon);
    await until('the daemon has heard it', () => daemon.stderr().includes('stop requested'));
    answers[0]?.({ status: 204 });
    assert.equal((await stopped).code, 0);
    assert.deepEqual(
      deliveriesOf(stage).map(({ state, attempts }) => [state, attempts]),
      [
        ['delivered', 1],
        ['delivered', 1],
      ],
    );
  });

  it('gives up a send that hangs, and owes it', async (t) => {
    const stage = await createDueStage(t, { webhook: { respond: () => 'hang' } });
    const daemon = await startDaemon(stage);
    await Promise.all([stage.receiver.waitFor(1), stage.inbox.waitFor(1)]);
    const { code, ms } = await stop(daemon);
    assert.equal(code, 0);
    assert.ok(ms < STOP_WITHIN_MS, `${ms} ms`);
    assert.equal(deliveriesOf(stage).find(({ channel }) => channel === 'siem')?.state, 'pending');
  });
});

describe('a daemon and other programs on its database', () => {
  it('is the only one, while commands run beside it', async (t) => {
    const stage = await createDueStage(t);
    const daemon = await startDaemon(stage);
    await Promise.all([stage.receiver.waitFor(1), stage.inbox.waitFor(1)]);
    const [second, run] = await Promise.all([
      stage.workspace.run(['start']),
      stage.workspace.run(['run', '--format', 'json']),
    ]);
    assert.equal(second.code, 2);
    assert.match(second.stderr.trim(), /^[^\n]*only one[^\n]*$/);
    assert.equal(run.code, 0, run.stderr);
    await Promise.all([stage.receiver.waitFor(2), stage.inbox.waitFor(2)]);
    const [runs, deliveries] = await Promise.all([
      stage.workspace.run(['runs', '--json']),
      stage.workspace.run(['deliveries', '--json']),
    ]);
    assert.deepEqual(
      runsIn(runs.stdout).map(({ status, trigger }) => [status, trigger]),
      [
        ['complete', 'manual'],
        ['complete', 'schedule'],
      ],
    );
    assert.deepEqual(
      deliveriesIn(deliveries.stdout).map(({ state, attempts }) => [state, attempts]),
      Array.from({ length: 4 }, () => ['delivered', 1]),
    );
    assert.equal((await stop(daemon)).code, 0);
    assert.equal(stage.receiver.requests.length, 2);
    assert.equal(new Set(messageIds(stage)).size, 2);
  });

  it('does not spoil a run that somebody typed before it started', async (t) => {
    const stage = await createStage(t, { scenario: 'quiet' });
    stage.configure({ api: { baseUrl: stage.simulator.baseUrl, requestsPerMinute: 10_000, timeoutSeconds: 2 } });
    stage.simulator.setFaults([{ ...HANG_ON_MEMBERS[0], times: 1 }]);
    const run = stage.workspace.start(['run', '--format', 'json']);
    await until('the collection hangs', () => stage.simulator.requests.some(({ path }) => path.endsWith('/users')));
    const daemon = await startDaemon(stage);
    const { code, stdout } = await run.ended;
    assert.equal(code, 0);
    assert.equal(reportIn(stdout).run.status, 'complete');
    await Promise.all([stage.receiver.waitFor(1), stage.inbox.waitFor(1)]);
    await stop(daemon);
    assert.deepEqual(
      runsOf(stage).map(({ status }) => status),
      ['complete'],
    );
    assert.equal(stage.receiver.requests.length, 1);
  });
});
