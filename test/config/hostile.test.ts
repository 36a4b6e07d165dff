import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { BASE, configFolder, configOf, LOADED_AT, problemsOf } from '../support/config-folder.ts';

test('stops an alias bomb with a sentence', async (context) => {
  const levels = Array.from({ length: 12 }, (_, level) =>
    level === 0
      ? 'l0: &l0 [x, x, x, x, x, x, x, x, x, x]'
      : `l${level}: &l${level} [${Array(10)
          .fill(`*l${level - 1}`)
          .join(', ')}]`,
  );
  const problems = await problemsOf(context, `${BASE}${levels.join('\n')}\n`);
  assert.ok(
    problems.some((line) => line.endsWith('the file has more than 200000 values, counting what references (*) repeat')),
  );
});

test('stops an anchor that refers to itself with a sentence', async (context) => {
  const problems = await problemsOf(context, `${BASE}customRules: &self [*self]\n`);
  assert.ok(problems.some((line) => line.endsWith('or an anchor (&) that refers to itself')));
});

test('understands anchors and references that are used as intended', async (context) => {
  const yaml = `${BASE.replace('svc-auditor', '&who svc-auditor')}report: { organization: *who }\n`;
  assert.equal((await configOf(context, yaml)).report.organization, 'svc-auditor');
});

test('does not let keys reach a prototype', async (context) => {
  assert.deepEqual(await problemsOf(context, `${BASE}__proto__: { polluted: true }\nrules: { "__proto__": {} }\n`), [
    'config.yaml:6:1 "__proto__" cannot be used as a key',
    'config.yaml:7:10 rules: "__proto__" cannot be used as a key',
  ]);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});

test('does not take names of the language for channels, groups or variables', async (context) => {
  const yaml = `${BASE.replace('name: weekly', 'name: weekly, send: [{ to: constructor }]')}report: { organization: "\${toString}" }\n`;
  assert.deepEqual(await problemsOf(context, yaml), [
    'config.yaml:5:35 audits[0].send[0].to: "constructor" is not a channel; none is configured',
    'config.yaml:6:11 report.organization: the environment variable toString is not set; set it, or give a default: ${NAME:-default}',
  ]);
});

test('refuses what is nested deeply, in either notation, without running out of stack', async (context) => {
  const flow = `a: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`;
  const block = Array.from({ length: 1200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
  for (const yaml of [flow, block]) {
    const problems = await problemsOf(context, yaml);
    assert.ok(
      problems.some((line) => /nested (?:too deeply|more than 40 levels deep)/u.test(line)),
      problems.join('\n'),
    );
  }
});

test('refuses a file that is not text, and says on which line', async (context) => {
  const files: Readonly<Record<string, string | Uint8Array>> = {
    nul: 'groups: []\n\0',
    latin1: Buffer.from([0x67, 0xe9, 0x0a]),
  };
  const folder = configFolder(context, files);
  const why = async (name: string): Promise<string | undefined> => {
    const loaded = await loadConfig({ file: join(folder, name), environment: {}, at: LOADED_AT });
    return loaded.ok ? undefined : loaded.problems[0]?.message.split(': ').slice(1).join(': ');
  };
  assert.equal(await why('nul'), 'it is not a text file: line 2 has a NUL character');
  assert.equal(await why('latin1'), 'it is not a text file in UTF-8');
  assert.equal(await why('no\0name'), 'the name has a character that no file name can have');
});

test('counts lines and columns the same with a byte order mark and with CRLF', async (context) => {
  const yaml = `${BASE}zebra: 1\n`;
  const expected = await problemsOf(context, yaml);
  assert.deepEqual(await problemsOf(context, `\uFEFF${yaml}`), expected);
  assert.deepEqual(await problemsOf(context, yaml.replaceAll('\n', '\r\n')), expected);
  assert.deepEqual(await problemsOf(context, `\uFEFFzebra: 1\n`), await problemsOf(context, 'zebra: 1\n'));
});

test('does not wait for a named pipe', async (context) => {
  const folder = configFolder(context, { 'config.yaml': BASE.replace('./key', './pipe') });
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  const loaded = await loadConfig({ file: join(folder, 'config.yaml'), environment: {}, at: LOADED_AT });
  assert.equal(loaded.ok ? null : loaded.problems[0]?.message, 'the file cannot be read: it is not a regular file');
});

test('reads values as YAML 1.2 does, whatever a directive says', async (context) => {
  assert.deepEqual(await problemsOf(context, `%YAML 1.1\n---\n${BASE}`), [
    'config.yaml:1:1 the file must be YAML 1.2; remove the %YAML line',
  ]);
});

test('keeps control characters out of its messages', async (context) => {
  const problems = await problemsOf(context, `${BASE}"a\\e[31mb": 1\nreport: { accentColor: "x\\e[31m\\n" }\n`);
  assert.equal(problems.length, 2);
  assert.doesNotMatch(problems.join(''), /\p{Cc}/u);
});

test('gives the same answer in every time zone of the machine', (context) => {
  const folder = configFolder(context, { 'config.yaml': BASE.replace('svc-auditor', 'svc') });
  const module = join(import.meta.dirname, '../../src/config/load.ts');
  const script = `const { loadConfig } = await import(${JSON.stringify(module)});
    const loaded = await loadConfig({ file: ${JSON.stringify(join(folder, 'config.yaml'))}, environment: {}, at: new Date(0) });
    console.log(JSON.stringify(loaded));`;
  const answers = ['Pacific/Apia', 'America/Los_Angeles'].map((TZ) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, TZ },
      encoding: 'utf8',
    }),
  );
  assert.equal(answers[0], answers[1]);
});

test('neither throws nor repeats a secret, however the file is mangled', async (context) => {
  const yaml = `${BASE}channels:
  mail: { type: email, from: a@acme.example, to: [b@acme.example], smtp: { host: mx, user: u, password: planted } }
  hook: { type: webhook, url: "https://siem.acme.example/planted", secret: "planted-and-long-enough" }
  chat: { type: slack, url: "\${CHAT}" }
heartbeat: { url: "https://ping.acme.example/planted" }
`;
  const scraps = [
    '{',
    '}',
    '[',
    ']',
    ':',
    ' ',
    '\n',
    '"',
    "'",
    '${',
    '*',
    '&a ',
    '!x ',
    '#',
    '- ',
    '~',
    '\t',
    '|',
    '<<: ',
    '%',
  ];
  let seed = 20_261_122;
  const below = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % limit;
  };
  for (let round = 0; round < 200; round += 1) {
    const at = below(yaml.length);
    const cut = below(3) * below(12);
    const mangled = `${yaml.slice(0, at)}${scraps[below(scraps.length)]}${yaml.slice(at + cut)}`;
    const problems = await problemsOf(context, mangled, { environment: { CHAT: 'https://chat.acme.example/planted' } });
    assert.doesNotMatch(problems.join('\n'), /planted/u, mangled);
  }
});
