import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { runInFolder } from '../support/flow-in-process.ts';
import { createScope, createWorkspace, type Ended, showsStack, type Workspace } from '../support/flow-program.ts';
import { keyOf } from '../support/flow-vendor-group.ts';

const COMMANDS = [
  [],
  ['start'],
  ['run'],
  ['check'],
  ['plan'],
  ['rules'],
  ['rules', 'list'],
  ['rules', 'show'],
  ['runs'],
  ['findings'],
  ['deliveries'],
  ['deliveries', 'retry'],
  ['acknowledge'],
  ['send-test'],
  ['simulator'],
] as const;

/** A configuration of which nothing is asked over a network. */
const QUIET = {
  groups: [{ id: 'larkspur_soc', apiKey: keyOf('usage') }],
  api: { baseUrl: 'http://127.0.0.1:9/api/v3' },
  audits: [{ name: 'review' }],
  store: { path: './data/auditor.db' },
  server: { listen: '127.0.0.1:0' },
};

function assertComplaint({ code, stdout, stderr }: Ended, what: RegExp, lines = 3): void {
  assert.equal(code, 2, `${stdout}${stderr}`);
  assert.match(stderr, what);
  assert.equal(stdout, '');
  assert.equal(showsStack(stderr), false, stderr);
  assert.ok(stderr.trim().split('\n').length <= lines, stderr);
}

describe('what a person gets wrong', () => {
  const scope = createScope();
  after(() => scope.close());

  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['audit'], /unknown command 'audit'/],
    ['a mistyped command', ['chekc'], /Did you mean check/],
    ['an unknown option', ['run', '--grup', 'x'], /unknown option '--grup'/],
    ['an unknown audit', ['run', 'weekly'], /there is no audit "weekly"; there is review/],
    ['an unknown group', ['run', '--group', 'acme'], /there is no group "acme"; there is larkspur_soc/],
    ['an unknown rule', ['run', '--rule', 'members-use-3fa'], /there is no rule "members-use-3fa"/],
    ['an unknown rule to show', ['rules', 'show', 'nothing'], /there is no rule "nothing"/],
    ['an unknown format', ['run', '--format', 'pdf'], /'pdf' is invalid/],
    ['an unknown severity', ['run', '--fail-on', 'severe'], /'severe' is invalid/],
    ['a limit that is no number', ['runs', '--limit', 'ten'], /whole number/],
    ['an unknown delivery', ['deliveries', 'retry', 'x'], /there is no delivery "x"/],
    ['no delivery at all', ['deliveries', 'retry'], /there is nothing to try again/],
    ['deliveries of an unknown channel', ['deliveries', 'retry', '--channel', 'pager'], /there is no channel "pager"/],
    ['an unknown finding', ['acknowledge', 'abcdef012345', '--by', 'a', '--note', 'b'], /there is no finding/],
    ['an unknown channel', ['send-test', 'pager'], /there is no channel "pager"/],
    ['a missing argument', ['send-test'], /missing required argument/],
  ];
  let answers: readonly Ended[];
  before(async () => {
    const workspace = createWorkspace(scope);
    workspace.configure(QUIET);
    answers = await workspace.runMany(mistakes.map(([, args]) => args));
  });

  for (const [index, [what, , expected]] of mistakes.entries()) {
    it(`is answered with a sentence and 2: ${what}`, () => {
      assertComplaint(answers[index] ?? assert.fail('no answer'), expected);
    });
  }
});

describe('the help', () => {
  const scope = createScope();
  let answers: readonly Ended[];
  before(async () => {
    answers = await createWorkspace(scope).runMany(COMMANDS.map((command) => [...command, '--help']));
  });
  after(() => scope.close());

  for (const [index, command] of COMMANDS.entries()) {
    it(`is given without a configuration: ${['vt-auditor', ...command].join(' ')} --help`, () => {
      const { code, stdout, stderr } = answers[index] ?? assert.fail('no answer');
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: vt-auditor/);
      assert.equal(stderr, '');
    });
  }
});

describe('a program that cannot work here', { concurrency: 2 }, () => {
  const inWorkspace = (t: TestContext, configuration: object = QUIET): Workspace => {
    const workspace = createWorkspace(t);
    workspace.configure(configuration);
    return workspace;
  };

  it('says which configuration it looked for', async (t) => {
    const workspace = createWorkspace(t);
    assertComplaint(await runInFolder(workspace.folder, ['check', '--offline']), /config\.yaml/);
    const named = await runInFolder(workspace.folder, ['check'], { VT_AUDITOR_CONFIG: './elsewhere.yaml' });
    assertComplaint(named, /elsewhere\.yaml/);
  });

  it('names every problem of a configuration with its place', async (t) => {
    const workspace = createWorkspace(t);
    workspace.write(
      'config.yaml',
      [
        'groups:',
        '  - id: larkspur_soc',
        '    apiKey: abc',
        '    aproved: {}',
        'audits:',
        '  - name: review',
        '    schedule: "99 8 * * MON"',
        '    send: [{ to: nobody }]',
        'rules:',
        '  members-use-4fa: { enabled: true }',
      ].join('\n'),
    );
    for (const ended of await workspace.runMany([['check'], ['run'], ['start'], ['runs']])) {
      assertComplaint(ended, /config\.yaml:4:5.*aproved.*approved/, 8);
      assert.match(ended.stderr, /config\.yaml:7:\d+/);
    }
  });

  it('says that the database is none, and leaves the file as it is', async (t) => {
    const workspace = inWorkspace(t);
    workspace.write(
      'data/auditor.db',
      'this is the shopping list of somebody else, and longer than a header\n'.repeat(20),
    );
    const before = workspace.files().get('data/auditor.db');
    for (const ended of await workspace.runMany([['run'], ['start'], ['findings']]))
      assertComplaint(ended, /auditor\.db/);
    assert.equal(workspace.files().get('data/auditor.db'), before);
  });

  it('says that it cannot write where the database is to lie', async (t) => {
    const workspace = inWorkspace(t);
    workspace.write('data', 'a file where a folder should be\n');
    for (const ended of await workspace.runMany([['run'], ['start']])) assertComplaint(ended, /data/);
  });

  it('says that a folder is read-only', {
    skip: process.getuid?.() === 0 ? 'root writes anywhere' : false,
  }, async (t) => {
    const workspace = inWorkspace(t);
    mkdirSync(workspace.path('data'));
    chmodSync(workspace.path('data'), 0o500);
    t.after(() => chmodSync(workspace.path('data'), 0o700));
    assertComplaint(await workspace.run(['run']), /data/);
  });

  it('says that its port is taken', async (t) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    t.after(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const audits = [{ name: 'review', schedule: '0 8 * * MON' }];
    const workspace = inWorkspace(t, { ...QUIET, audits, server: { listen: `127.0.0.1:${port}` } });
    assertComplaint(await workspace.run(['start']), new RegExp(`${port}.*another program listens there`));
  });

  it('ends with 2 and a sentence where something unforeseen happens behind its back', async (t) => {
    const workspace = inWorkspace(t);
    const message = `${keyOf('usage')} is no function`;
    const bomb = `setTimeout(() => { throw new TypeError(${JSON.stringify(message)}) }, 900)`;
    const ended = await workspace.run(['run'], {
      environment: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(bomb)}` },
    });
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /ended because of a defect/);
    assert.equal(showsStack(ended.stderr), false, ended.stderr);
    assert.equal(ended.stderr.includes(keyOf('usage')), false);
  });

  it('ends with 2 where a promise is rejected that nobody waits for', async (t) => {
    const bomb = `setTimeout(() => { Promise.reject(new Error('forgotten')) }, 900)`;
    const ended = await inWorkspace(t).run(['run'], {
      environment: { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(bomb)}` },
    });
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /defect.*forgotten/);
  });

  it('says nothing when whoever reads its output has seen enough', async (t) => {
    const workspace = inWorkspace(t);
    const running = workspace.start(['rules', 'list']);
    running.closeOutput();
    const ended = await running.ended;
    // As SIGPIPE would have ended it, or at its own end when it said everything before.
    assert.ok(ended.code === 141 || ended.code === 0, ended.stderr);
    assert.equal(ended.stderr, '');
  });
});
