import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { describe as describeChange } from '../../src/manage/describe.ts';
import { writePlan } from '../../src/manage/plan-file.ts';
import type { RecordedChange } from '../../src/model/change.ts';
import { runInProcess } from '../support/flow-in-process.ts';
import { COMPILE_CACHE, createScope, type Ended, type Scope, showsStack, until } from '../support/flow-program.ts';
import { createStage, type Stage } from '../support/flow-stage.ts';

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');
const WHO = ['--by', 'ana@northwind.example', '--reason', 'GRC-7'];

/** Caps without asking, as a script would. */
const CAPPING = ['--daily', '9', '--apply', '--yes', ...WHO, '--manage-key-file', 'manage.key'];

interface Workshop {
  readonly stage: Stage;
  /** Runs a command with changes as a script would, with the key for changes. */
  readonly apply: (...args: string[]) => Promise<Ended>;
  readonly run: (...args: string[]) => Promise<Ended>;
  /** Requests that are not GET, as `METHOD path`. */
  readonly writes: () => readonly string[];
  readonly changes: () => Promise<readonly RecordedChange[]>;
}

async function openWorkshop(scope: Scope): Promise<Workshop> {
  const stage = await createStage(scope);
  stage.configure({ audits: [{ name: 'review' }], channels: {} });
  const { workspace, simulator } = stage;
  workspace.write('manage.key', `${simulator.keys.serviceAccount}\n`);
  const run = (...args: string[]): Promise<Ended> => runInProcess(workspace, args);
  return {
    stage,
    run,
    apply: (...args) => run(...args, '--apply', '--yes', ...WHO, '--manage-key-file', 'manage.key'),
    writes: () =>
      simulator.requests.filter(({ method }) => method !== 'GET').map(({ method, path }) => `${method} ${path}`),
    changes: async () => JSON.parse((await run('changes', '--json')).stdout),
  };
}

function assertSaid(ended: Ended, code: number, words: RegExp): void {
  assert.equal(ended.code, code, ended.stderr);
  assert.match(ended.stdout + ended.stderr, words);
  assert.equal(showsStack(ended.stdout + ended.stderr), false);
}

describe('changes that are not to be made', () => {
  const scope = createScope();
  let shop: Workshop;

  before(async () => {
    shop = await openWorkshop(scope);
  });
  after(() => scope.close());

  const WITHOUT_APPLY = [
    ['members', 'add', 'wanda.ito@northwind.example'],
    ['members', 'remove', 'hugo.lacroix'],
    ['administrators', 'grant', 'freja.holst@northwind.example'],
    ['administrators', 'revoke', 'dmitri.volkov'],
    ['quota', 'cap', 'freja.holst', 'northwind_dfir_soar', '--daily', '300'],
    ['service-accounts', 'create', 'siem_enrich'],
    ['auto-join', 'set', '*@northwind.example'],
  ];
  for (const args of WITHOUT_APPLY) {
    it(`shows and does not send without --apply: ${args.join(' ')}`, async () => {
      // Not even when somebody says --yes and gives the key.
      const ended = await shop.run(...args, '--yes', ...WHO, '--manage-key-file', 'manage.key');
      assertSaid(ended, 0, /Nothing was sent\. Add --apply/);
      assert.match(ended.stdout, /^Plan for northwind_dfir: [12] change/);
      assert.match(ended.stdout, /request {3}(POST|PATCH|DELETE) \//);
      assert.deepEqual(shop.writes(), []);
    });
  }

  it('needs a key of its own, somebody’s name, a reason, and a person or --yes', async () => {
    const remove = ['members', 'remove', 'hugo.lacroix', '--apply'];
    assertSaid(await shop.run(...remove, '--yes', ...WHO), 2, /need a key of their own/);
    assertSaid(await shop.run(...remove, '--yes', '--by', 'ana'), 2, /--reason/);
    assertSaid(await shop.run(...remove, '--yes', '--by', ' ', '--reason', 'x'), 2, /--by/);
    assertSaid(await shop.run(...remove, ...WHO, '--manage-key-file', 'manage.key'), 2, /no terminal to confirm/);
    assertSaid(await shop.run(...remove, '--yes', ...WHO, '--manage-key-file', 'none'), 2, /cannot be read \(ENOENT\)/);
    assert.deepEqual(shop.writes(), []);
  });

  it('refuses the key that audits, by option and by environment, also one that was rotated in its file', async () => {
    const { stage } = shop;
    const { keys } = stage.simulator;
    stage.workspace.write('audit.key', `${keys.administrator}\n`);
    const remove = ['members', 'remove', 'hugo.lacroix', '--apply', '--yes', ...WHO];
    const sentence = /the key for changes is the one that audits/;
    assertSaid(await shop.run(...remove, '--manage-key-file', 'audit.key'), 2, sentence);
    const environment = { VT_AUDITOR_MANAGE_KEY_FILE: 'audit.key' };
    assertSaid(await runInProcess(stage.workspace, remove, environment), 2, sentence);
    const [group] = stage.configuration.groups;
    const { apiKey: _apiKey, ...rest } = group ?? { apiKey: '' };
    stage.workspace.write('rotated.key', `${keys.serviceAccount}\n`);
    stage.configure({ groups: [{ ...rest, apiKeyFile: './rotated.key' }], audits: [{ name: 'review' }], channels: {} });
    assertSaid(await shop.run(...remove, '--manage-key-file', 'manage.key'), 2, sentence);
    stage.configure({ audits: [{ name: 'review' }], channels: {} });
    assert.deepEqual(shop.writes(), []);
  });

  it('refuses two hundred removals and patterns before it asks the API anything', async () => {
    const asked = shop.stage.simulator.requests.length;
    const many = Array.from({ length: 200 }, (_, index) => `user.${index}`);
    assertSaid(await shop.apply('members', 'remove', ...many), 2, /200 changes .* at most 5/);
    assertSaid(await shop.apply('members', 'remove', '*'), 2, /looks like a pattern/);
    assertSaid(await shop.apply('members', 'remove', 'jane@northwind.example'), 2, /is an address/);
    assertSaid(await shop.apply('members', 'add', 'jane'), 2, /not an e-mail address/);
    assertSaid(await shop.apply('quota', 'cap', 'freja.holst'), 2, /--daily/);
    assertSaid(await shop.apply('auto-join', 'set'), 2, /--nobody/);
    assert.equal(shop.stage.simulator.requests.length, asked);
  });

  it('one change that must not be made keeps the others from being made', async () => {
    for (const id of ['northwind.breakglass', 'astrid.hauge', 'northwind_dfir_auditor']) {
      const ended = await shop.apply('administrators', 'revoke', 'dmitri.volkov', id);
      assertSaid(ended, 2, new RegExp(`Refused: ${id}`));
    }
    assert.deepEqual(shop.writes(), []);
    assert.deepEqual(await shop.changes(), []);
  });

  it('does not start a daemon where the key for changes lies about, and an audit only reads', async () => {
    const environment = { VT_AUDITOR_MANAGE_KEY_FILE: shop.stage.workspace.path('manage.key') };
    assertSaid(
      await runInProcess(shop.stage.workspace, ['start'], environment),
      2,
      /VT_AUDITOR_MANAGE_KEY_FILE is set/,
    );
    const audited = await runInProcess(shop.stage.workspace, ['run', 'review'], environment);
    assert.notEqual(audited.code, 2, audited.stderr);
    assert.deepEqual(shop.writes(), []);
    const asked = shop.stage.simulator.requests.length;
    assert.ok(asked > 0);
  });
});

describe('changes that are made', () => {
  const scope = createScope();
  let shop: Workshop;

  before(async () => {
    shop = await openWorkshop(scope);
  });
  after(() => scope.close());

  it('makes a change with the key for changes, records who and why, and takes it back', async () => {
    const made = await shop.apply('members', 'remove', 'hugo.lacroix');
    assertSaid(made, 0, /^done {5}hugo\.lacroix: remove from the group/m);
    assert.deepEqual(shop.writes(), ['DELETE /groups/northwind_dfir/relationships/users/hugo.lacroix']);
    const written = shop.stage.simulator.requests.find(({ method }) => method === 'DELETE');
    assert.equal(written?.whichKey, 'serviceAccount');
    const [record] = await shop.changes();
    assert.deepEqual(
      [record?.by, record?.reason, record?.outcome, record?.before, record?.after],
      [
        'ana@northwind.example',
        'GRC-7',
        'done',
        { member: true, administrator: false, address: 'hugo.lacroix@contractor.example' },
        { member: false, administrator: false, address: null },
      ],
    );
    assertSaid(await shop.run('changes', 'undo', record?.id ?? ''), 0, /Nothing was sent/);
    assertSaid(await shop.apply('changes', 'undo', record?.id ?? ''), 0, /^done {5}hugo\.lacroix@contractor\.example/m);
    assertSaid(await shop.apply('changes', 'undo', record?.id ?? ''), 2, /not in force/);
    assertSaid(await shop.apply('changes', 'undo', 'nothing'), 2, /there is no change/);
    const [undone] = await shop.changes();
    assert.equal(undone?.undoes, record?.id);
  });

  it('says as JSON what it did', async () => {
    const ended = await shop.apply('quota', 'cap', 'freja.holst', '--daily', '40', '--json');
    const { sent, steps } = JSON.parse(ended.stdout);
    assert.deepEqual([ended.code, sent, steps[0].result, steps[0].target.daily], [0, true, 'done', 40]);
    const again = JSON.parse((await shop.apply('quota', 'cap', 'freja.holst', '--daily', '40', '--json')).stdout);
    assert.deepEqual([again.sent, again.plan.settled], [false, ['freja.holst']]);
  });

  it('Ctrl-C in the middle: what is on its way is finished and recorded, the rest is not sent', async () => {
    const { workspace, simulator } = shop.stage;
    const known = (await shop.changes()).length;
    const sent = shop.writes().length;
    simulator.setFaults([{ on: 'PATCH', fault: { kind: 'drip', bytes: 20, everyMs: 100 } }]);
    const running = workspace.start(['quota', 'cap', 'gustavo.pinto', 'dormant.one', 'dormant.two', ...CAPPING]);
    await until('a change is on its way', () => shop.writes().length > sent);
    running.kill('SIGINT');
    const ended = await running.ended;
    simulator.setFaults([]);
    assertSaid(ended, 130, /Stopping: nothing more is sent/);
    assert.match(ended.stdout, /not sent dormant\.one.*stopped by hand/);
    assert.equal(shop.writes().length, sent + 1);
    const after = await shop.changes();
    assert.equal(after.length, known + 1);
    assert.equal(after[0]?.outcome, 'done');
  });

  it('kill -9 in the middle: the change is on record as one of which nobody knows how it ended', async () => {
    const { workspace, simulator } = shop.stage;
    const sent = shop.writes().length;
    simulator.setFaults([{ on: 'PATCH', fault: { kind: 'hang' } }]);
    const running = workspace.start(['quota', 'cap', 'dormant.two', ...CAPPING]);
    await until('a change is on its way', () => shop.writes().length > sent);
    const beside = await shop.apply('quota', 'cap', 'dormant.one', '--daily', '9');
    assertSaid(beside, 2, /Somebody else is making changes/);
    running.kill('SIGKILL');
    await running.ended;
    simulator.setFaults([]);
    assert.match((await shop.run('changes')).stdout, /dormant\.two .* unknown \(ended before it could say\)/);
    const [record] = await shop.changes();
    assert.deepEqual([record?.outcome, record?.finishedAt], [null, null]);
    // The lock went with the process.
    assertSaid(await shop.apply('quota', 'cap', 'dormant.one', '--daily', '9'), 0, /done/);
  });

  it('no key is anywhere in what it printed, recorded or left behind', () => {
    const { keys } = shop.stage.simulator;
    for (const [name, content] of shop.stage.workspace.files()) {
      assert.ok(!content.includes(keys.serviceAccount) || name === 'manage.key', name);
      assert.ok(!content.includes(keys.administrator) || name === 'config.yaml', name);
    }
  });
});

describe('from findings to a plan', () => {
  const scope = createScope();
  let shop: Workshop;

  before(async () => {
    shop = await openWorkshop(scope);
  });
  after(() => scope.close());

  it('has nothing to plan from before the first audit', async () => {
    assertSaid(await shop.run('remediate'), 2, /was not audited yet/);
  });

  it('writes a plan, refuses it wherever it does not belong, and applies it once', async () => {
    const { workspace } = shop.stage;
    await shop.run('run', 'review', '--no-send');
    const planned = await shop.run('remediate', '--rule', 'administrators-are-approved', '--output', 'plan.json');
    assertSaid(planned, 0, /Wrote plan\.json/);
    assertSaid(await shop.run('remediate', '--output', 'plan.json'), 2, /exists already/);
    assertSaid(await shop.run('apply', 'plan.json'), 0, /dmitri\.volkov: revoke[\s\S]*Nothing was sent/);
    const text = [...workspace.files()].find(([name]) => name === 'plan.json')?.[1] ?? '';
    workspace.write('edited.json', text.replaceAll('dmitri.volkov', 'carmen.reyes'));
    assertSaid(await shop.apply('apply', 'edited.json'), 2, /edited/);
    assertSaid(await shop.apply('apply', 'plan.json', '--group', 'other_group'), 2, /is for the group northwind_dfir/);

    const { basis, changes } = JSON.parse(text);
    const again = changes.map((change: { target: never; before: never }) => ({
      ...change,
      description: describeChange(change.target, change.before),
    }));
    const make = (over: object): string =>
      writePlan({ group: 'northwind_dfir', basis, changes: again, at: new Date(), ...over });
    workspace.write('expired.json', make({ at: new Date(Date.now() - 86_400_001) }));
    workspace.write('foreign.json', make({ group: 'southwind_soc' }));
    workspace.write('unknown.json', make({ basis: { ...basis, sections: '0'.repeat(64) } }));
    assertSaid(await shop.apply('apply', 'expired.json'), 2, /expired/);
    assertSaid(await shop.apply('apply', 'foreign.json'), 2, /no group "southwind_soc"/);
    assertSaid(await shop.apply('apply', 'unknown.json'), 2, /snapshot that this database does not have/);
    assert.deepEqual(shop.writes(), []);

    assertSaid(await shop.apply('apply', 'plan.json'), 0, /^done {5}dmitri\.volkov/m);
    assertSaid(await shop.apply('apply', 'plan.json'), 2, /no longer fits/);
    assert.equal(shop.writes().length, 1);
    const report = JSON.parse((await shop.run('run', 'review', '--no-send', '--format', 'json')).stdout);
    const [record] = await shop.changes();
    const resolved = report.reports[0].findings.filter(
      ({ resolvedBy }: { resolvedBy: unknown }) => resolvedBy !== null,
    );
    assert.deepEqual(
      resolved.map(({ rule, subject, resolvedBy }: { rule: string; subject: { id: string }; resolvedBy: object }) => [
        rule,
        subject.id,
        resolvedBy,
      ]),
      [
        [
          'administrators-are-approved',
          'dmitri.volkov',
          {
            change: record?.id,
            by: 'ana@northwind.example',
            reason: 'GRC-7',
            at: record?.finishedAt,
            what: 'revoke administration rights',
          },
        ],
      ],
    );
    assert.match((await shop.run('changes')).stdout, /dmitri\.volkov .* 1 of 1 closed/);
    assertSaid(await shop.apply('apply', 'plan.json'), 2, /not open any more/);
  });
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;

describe('at a terminal', { skip: hasTerminal ? false : 'no script(1) on this machine' }, () => {
  const scope = createScope();
  let shop: Workshop;

  before(async () => {
    shop = await openWorkshop(scope);
  });
  after(() => scope.close());

  /** Runs a command in a terminal of 80 columns and types when asked. */
  async function atTerminal(
    args: readonly string[],
    typed: string | null,
  ): Promise<{ code: number | null; text: string }> {
    const command = [process.execPath, CLI, ...args, '--config', shop.stage.workspace.configFile];
    const quoted = command.map((word) => `'${word}'`).join(' ');
    const child = spawn('script', ['-qec', `stty cols 80; ${quoted}`, '/dev/null'], {
      cwd: shop.stage.workspace.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE },
    });
    const chunks: Buffer[] = [];
    const text = (): string => Buffer.concat(chunks).toString();
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (typed !== null && /Type northwind_dfir/.test(text()) && child.stdin.writable) child.stdin.end(typed);
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearTimeout(timer);
    return { code, text: text() };
  }

  const REMOVE = ['members', 'remove', 'hugo.lacroix', '--apply', ...WHO, '--manage-key-file', 'manage.key'];

  it('makes no change unless the group’s id is typed', async () => {
    for (const [typed, code] of [
      ['northwind\n', 2],
      ['\u0003', 130],
    ] as const) {
      const ended = await atTerminal(REMOVE, typed);
      assert.equal(ended.code, code, ended.text);
      assert.match(ended.text, /Nothing was sent/);
    }
    assert.deepEqual(shop.writes(), []);
    const ended = await atTerminal(REMOVE, 'northwind_dfir\n');
    assert.equal(ended.code, 0, ended.text);
    assert.equal(shop.writes().length, 1);
  });

  it('shows the plan to whoever has to confirm it, also when the result is JSON', async () => {
    const ended = await atTerminal(
      ['quota', 'cap', 'freja.holst', '--daily', '5', '--json', '--apply', ...WHO, '--manage-key-file', 'manage.key'],
      'no\n',
    );
    assert.equal(ended.code, 2, ended.text);
    assert.match(ended.text, /freja\.holst: cap API requests a day[\s\S]*Type northwind_dfir/);
  });

  it('fits 80 columns, and no name reaches the terminal with control characters', async () => {
    for (const args of [
      ['members', 'list'],
      ['quota', 'show'],
    ]) {
      const { code, text } = await atTerminal(args, null);
      assert.equal(code, 0, text);
      // Progress is written over and over on one line, and taken away at the end.
      const lines = text.split(/\r?\n/).map((line) => line.split('\u001B[2K').at(-1) ?? '');
      for (const line of lines) {
        assert.ok(Array.from(line).length <= 80, `${args.join(' ')}: ${line}`);
        // oxlint-disable-next-line no-control-regex -- control characters are what this is about
        assert.doesNotMatch(line, /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/);
      }
    }
  });
});
