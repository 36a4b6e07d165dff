import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** What a room may import: other rooms (or single files of src), and packages. `why` is what breaking it would mean. */
interface Room {
  readonly src: readonly string[];
  readonly packages: readonly string[];
  readonly why: string;
}

const STAGES = ['collect', 'evaluate', 'reconcile', 'route', 'render'];

const PIPELINE: Room = {
  src: ['model', 'sections.ts', 'virustotal', 'audit', ...STAGES],
  packages: ['node:crypto'],
  why: 'the only place that knows the order of the stages',
};

const COMPOSITION: Room = {
  src: [
    'model',
    // A back-test unpacks stored sections.
    'sections.ts',
    'config',
    'virustotal',
    ...STAGES,
    'deliver',
    'store',
    'schedule',
    'manage',
    'audit.ts',
    'audit',
    'notice.ts',
    'app.ts',
    'app',
  ],
  packages: ['pino', 'node:fs', 'node:path', 'node:crypto', 'node:timers'],
  why: 'the composition root',
};

const ROOMS: Readonly<Record<string, Room>> = {
  model: {
    src: [],
    packages: ['node:crypto'],
    why: 'the nouns depend on nothing, so that everything may depend on them',
  },
  'rule.ts': { src: ['model'], packages: ['zod'], why: 'the contract of rules must load anywhere, also in a worker' },
  'sections.ts': {
    src: ['model'],
    packages: ['node:zlib', 'node:crypto'],
    why: 'stored bytes outlive the code around them',
  },
  'agents.ts': {
    src: ['model'],
    packages: ['node:http', 'node:https', 'node:stream', 'node:tls'],
    why: 'proxy and authorities are taken alike for the API and the channels, which share nothing else',
  },
  config: {
    src: ['model'],
    packages: ['zod', 'yaml', 'node-cron', 'node:fs', 'node:path', 'node:crypto', 'node:net'],
    why: 'the only reader of the environment and of the file',
  },
  virustotal: {
    src: ['model', 'agents.ts'],
    packages: ['got', 'zod', 'p-queue', 'node:fs', 'node:timers'],
    why: 'a client of the API knows no audits',
  },
  collect: { src: ['model', 'virustotal'], packages: [], why: 'collecting does not judge' },
  evaluate: {
    src: ['model', 'rule.ts', 'sections.ts'],
    packages: [
      'yaml',
      '@marcbachmann/cel-js',
      'node:timers',
      'node:child_process',
      'node:module',
      'node:fs',
      'node:path',
      'node:url',
      'node:crypto',
    ],
    why: 'judging knows no history and no waivers',
  },
  reconcile: { src: ['model'], packages: [], why: 'pure: findings over time are a function of what is known' },
  route: { src: ['model'], packages: [], why: 'pure: what is news is a function of what was told' },
  render: {
    src: ['model'],
    packages: ['handlebars', 'd3-scale', 'd3-shape', 'zod', 'node:fs', 'node:path', 'node:crypto', 'node:url'],
    why: 'a rendering sees the report and nothing else, and holds no secret',
  },
  deliver: {
    src: ['model', 'agents.ts'],
    packages: [
      'nodemailer',
      'got',
      'node:crypto',
      'node:events',
      'node:net',
      'node:tls',
      'node:dns',
      'node:http',
      'node:https',
    ],
    why: 'a sender never sees a finding',
  },
  store: {
    src: ['model', 'sections.ts'],
    // A check of the whole file takes long and cannot be interrupted: it is a process of its own.
    packages: ['node:sqlite', 'node:fs', 'node:path', 'node:zlib', 'node:crypto', 'node:child_process', 'node:url'],
    why: 'the only SQL, and no business rules',
  },
  schedule: { src: ['model'], packages: ['node-cron'], why: 'pure: due slots are a function of time' },
  web: { src: ['model'], packages: ['node:http', 'prom-client'], why: 'serves what it is given' },
  manage: {
    src: ['model', 'virustotal'],
    // A plan file was in people's hands: it is parsed like everything from outside.
    packages: ['zod'],
    why: 'changes made by hand know no audits, no configuration and no database',
  },
  simulator: {
    src: ['model'],
    packages: ['node:http', 'node:fs', 'node:path', 'node:crypto', 'node:stream', 'node:net'],
    why: 'shares nothing with the client, else both share one mistake',
  },
  'audit.ts': PIPELINE,
  'notice.ts': PIPELINE,
  audit: PIPELINE,
  'app.ts': COMPOSITION,
  app: COMPOSITION,
  daemon: {
    src: ['app.ts', 'app', 'audit', 'model', 'web', 'schedule'],
    // The rest: how much memory the process holds while it waits.
    packages: ['node-cron', 'node:v8', 'node:vm', 'node:module'],
    why: 'two loops and the signals: no rule id, no address, no SQL',
  },
  commands: {
    src: ['app.ts', 'app', 'model', 'web', 'schedule', 'simulator', 'daemon', 'commands'],
    packages: ['commander', 'node:fs', 'node:path', 'node:process', 'node:readline', 'node:timers', 'node:util'],
    why: 'reads options, calls app, prints',
  },
  'main.ts': {
    src: ['commands', 'app.ts', 'app', 'model'],
    packages: ['commander', 'node:fs'],
    why: 'argv to one command to an exit code',
  },
  'cli.ts': { src: ['main.ts', 'runtime.ts'], packages: ['node:child_process'], why: 'must load on any Node' },
  'runtime.ts': {
    src: [],
    packages: ['node:v8', 'node:module', 'node:fs', 'node:url'],
    why: 'sets up the process before anything is loaded',
  },
  'fill-source-cache.ts': {
    src: ['runtime.ts', 'main.ts', 'commands'],
    packages: ['node:fs', 'got', 'nodemailer'],
    why: 'loads what the daemon loads, and does nothing with it',
  },
};

/** Rooms and files that do no I/O and know no clock. */
const PURE = [
  'src/model/**/*.ts',
  'src/rule.ts',
  'rules/*.ts',
  'src/evaluate/judge.ts',
  'src/reconcile/**/*.ts',
  'src/route/**/*.ts',
  'src/schedule/**/*.ts',
  'src/render/view*.ts',
  'src/render/view/*.ts',
  'src/deliver/backoff.ts',
];

const IMPORT =
  /^\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function filesOf(...patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT })).sort();
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

function importsOf(file: string): readonly string[] {
  return [...read(file).matchAll(IMPORT)].flatMap(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? []);
}

/** `src/render/channels/slack.ts` is in room `render`; `src/audit.ts` is a room of its own. */
function roomOf(file: string): string {
  const [, room = ''] = file.split('/');
  return room;
}

function isAllowedPackage(name: string, allowed: readonly string[]): boolean {
  return allowed.some((entry) => name === entry || name.startsWith(`${entry}/`));
}

test('every room imports only what its row allows', () => {
  const violations = filesOf('src/**/*.ts').flatMap((file) => {
    const name = roomOf(file);
    const room = ROOMS[name];
    if (room === undefined) return [`${file}: no such room; name it in ROOMS with a reason`];
    return importsOf(file).flatMap((target) => {
      if (!target.startsWith('.'))
        return isAllowedPackage(target, room.packages) ? [] : [`${file} imports ${target}: ${room.why}`];
      const path = normalize(join(dirname(file), target));
      if (!path.startsWith('src/')) return [`${file} reaches outside src: ${target}`];
      return roomOf(path) === name || room.src.includes(roomOf(path)) ? [] : [`${file} imports ${path}: ${room.why}`];
    });
  });
  assert.deepEqual(violations, []);
});

/** Files of src that a file reaches by imports, itself included. */
function closureOf(file: string): ReadonlySet<string> {
  const reached = new Set([file]);
  for (const reachedFile of reached) {
    for (const target of importsOf(reachedFile)) {
      const path = normalize(join(dirname(reachedFile), target));
      if (target.startsWith('.') && path.startsWith('src/') && path.endsWith('.ts')) reached.add(path);
    }
  }
  return reached;
}

test('only commands that a person types reach the client that writes', () => {
  const writing = new Set([
    'src/virustotal/manage-client.ts',
    'src/virustotal/writes.ts',
    'src/manage/apply.ts',
    'src/manage/send-change.ts',
  ]);
  const scheduled = [
    'src/audit.ts',
    'src/app.ts',
    ...['start', 'run', 'check', 'plan', 'backtest', 'rules', 'report', 'send-test', 'findings', 'waive', 'backup'].map(
      (name) => `src/commands/${name}.ts`,
    ),
    ...filesOf('src/collect/**/*.ts', 'src/audit/**/*.ts', 'src/daemon/**/*.ts', 'src/virustotal/audit-client.ts'),
  ];
  assert.deepEqual(
    scheduled.flatMap((file) =>
      [...closureOf(file)].filter((reached) => writing.has(reached)).map((path) => `${file} reaches ${path}`),
    ),
    [],
  );
  const importers = filesOf('src/**/*.ts').filter((file) =>
    importsOf(file).some((target) => normalize(join(dirname(file), target)) === 'src/virustotal/manage-client.ts'),
  );
  assert.deepEqual(importers, ['src/app/manage.ts', 'src/manage/apply.ts', 'src/manage/send-change.ts']);
  const senders = filesOf('src/**/*.ts').filter((file) => /createWriteExchange\(/.test(read(file)));
  assert.deepEqual(senders, ['src/virustotal/exchange.ts', 'src/virustotal/manage-client.ts']);
  // The command that nobody may type: it exists, and nothing calls it.
  const deleters = filesOf('src/**/*.ts').filter((file) => /\.deleteUser\(/.test(read(file)));
  assert.deepEqual(deleters, []);
});

test('rules import the rule contract and nothing else', () => {
  const violations = filesOf('rules/*.ts').flatMap((file) =>
    importsOf(file)
      .filter((target) => target !== '../src/rule.ts')
      .map((target) => `${file}: ${target}`),
  );
  assert.deepEqual(violations, []);
});

test('each rule has its document and its test, and the folder holds nothing else', () => {
  const entries = filesOf('rules/*').map((file) => file.slice('rules/'.length));
  const ids = entries.filter((entry) => entry.endsWith('.ts')).map((entry) => entry.slice(0, -3));
  assert.deepEqual(entries, ids.flatMap((id) => [`${id}.md`, `${id}.ts`]).sort());
  // Beside the tests of single rules stand the worlds, in which all of them are tried together.
  assert.deepEqual(
    filesOf('test/rules/*.test.ts').map((file) => file.slice('test/rules/'.length, -'.test.ts'.length)),
    [...ids, 'worlds'].sort(),
  );
});

const DOC_HEADINGS = ['Requirement', 'Why it matters', 'How it is checked', 'How to fix', 'Options', 'When to waive'];

test('rule documents have the same headings in the same order', () => {
  for (const file of filesOf('rules/*.md')) {
    const headings = [...read(file).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(headings, DOC_HEADINGS, file);
  }
});

test('the pure zone has no clock, no randomness, no process and does not wait', () => {
  const forbidden =
    /\bawait\b|\basync\b|Date\.now|new Date\(\)|Math\.random|\bprocess\.|\bconsole\.|\bsetTimeout\b|\bfetch\(/;
  const violations = filesOf(...PURE).flatMap((file) => {
    const code = stripComments(read(file));
    const nodeImports = importsOf(file).filter(
      (target) => target.startsWith('node:') && !(file === 'src/model/finding.ts' && target === 'node:crypto'),
    );
    return [...(forbidden.exec(code) ?? []).slice(0, 1), ...nodeImports].map((what) => `${file}: ${what}`);
  });
  assert.deepEqual(violations, []);
});

test('the environment is read in one room, and the exit code is set in one file', () => {
  const readers = filesOf('src/**/*.ts').filter((file) => /process\.env/.test(stripComments(read(file))));
  assert.deepEqual(
    readers.filter((file) => roomOf(file) !== 'config'),
    [],
  );
  const exits = filesOf('src/**/*.ts').filter((file) => /process\.exit\(/.test(stripComments(read(file))));
  assert.deepEqual(
    // The entry ends the program where nobody caught an error: nothing else can give it another exit code than Node's.
    exits.filter((file) => roomOf(file) !== 'daemon' && file !== 'src/cli.ts'),
    [],
  );
});

test('only rules have default exports', () => {
  // What stands in a template is text that we write, not code that we are.
  const violations = filesOf('src/**/*.ts').filter((file) =>
    /^export default /m.test(read(file).replaceAll(/`[^`]*`/g, '``')),
  );
  assert.deepEqual(violations, []);
});

test('SQL stands only in the store', () => {
  const sql = /\b(?:SELECT .+ FROM|INSERT (?:OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA)\b/;
  const violations = filesOf('src/**/*.ts').filter(
    (file) => roomOf(file) !== 'store' && sql.test(stripComments(read(file))),
  );
  assert.deepEqual(violations, []);
});

test('no file or folder is named after what it is not about', () => {
  const violations = filesOf('src/**', 'rules/**', 'test/**', 'bench/**').filter((file) =>
    /(?:^|\/)(?:utils?|helpers?|lib|common|misc|types)(?:\.|\/|$)/.test(file),
  );
  assert.deepEqual(violations, []);
});

test('files are named in kebab-case', () => {
  const violations = filesOf('src/**/*.ts', 'rules/*.ts').filter(
    (file) => !/^[a-z0-9-]+(?:\.d)?\.ts$/.test(file.split('/').at(-1) ?? ''),
  );
  assert.deepEqual(violations, []);
});

test('templates never print raw values', () => {
  const violations = filesOf('templates/**/*.hbs').filter((file) => /\{\{\{|\{\{~?&/.test(read(file)));
  assert.deepEqual(violations, []);
});

test('every exported function, type and constant has a docstring', () => {
  const violations = filesOf('src/**/*.ts').flatMap((file) => {
    const lines = read(file).split('\n');
    return lines.flatMap((line, index) => {
      const name = /^export (?:async )?(?:function\*?|interface|class|type|const) (\w+)/.exec(line)?.[1];
      return name === undefined || isDocumented(lines, index) ? [] : [`${file}:${index + 1} ${name}`];
    });
  });
  assert.deepEqual(violations, []);
});

/** A docstring stands right above, or above a group of exports without a blank line between. */
function isDocumented(lines: readonly string[], index: number): boolean {
  for (let above = index - 1; above >= 0; above -= 1) {
    const line = lines[above] ?? '';
    if (/\*\/\s*$/.test(line)) return true;
    if (line.trim() === '') return false;
  }
  return false;
}

function stripComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}
