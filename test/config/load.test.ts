import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatProblem, loadConfig, readEnvironment } from '../../src/config/load.ts';
import type { Config } from '../../src/model/settings.ts';
import { API_KEY, BASE, configFolder, configOf, LOADED_AT, problemsOf } from '../support/config-folder.ts';

const EXAMPLE = join(import.meta.dirname, '../../config.example.yaml');
const SLACK = 'https://hooks.slack.example/services/T0/B0/planted';

function warningsOf(config: Config): readonly string[] {
  return config.warnings.map((warning) => formatProblem(warning).replace(/^.*config\.yaml:/u, ''));
}

test('loads the example without a problem or a warning', async (context) => {
  const folder = configFolder(context, {
    'secrets/smtp_password': 'planted\n',
    'secrets/webhook_secret': 'w'.repeat(24),
  });
  const file = join(folder, 'config.yaml');
  copyFileSync(EXAMPLE, file);
  const environment = { VT_API_KEY: API_KEY, SLACK_WEBHOOK_URL: SLACK };
  const loaded = await loadConfig({ file, environment, at: LOADED_AT });
  assert.deepEqual(loaded.ok ? loaded.config.warnings : loaded.problems, []);
});

test('needs only a group, its key and an audit; the rest has the documented defaults', async (context) => {
  const config = await configOf(context, BASE);
  const network = { proxy: null, noProxy: [], ca: null };
  const { api, audits, channels, rules, maxWaiverDays, report, server, heartbeat, store, waivers, customRules } =
    config;
  assert.deepEqual(
    {
      api,
      audits,
      channels,
      rules,
      maxWaiverDays,
      report,
      server,
      heartbeat,
      waivers,
      customRules,
      keep: store.keepDays,
      backup: store.backup,
      approvers: config.approvers,
      operators: config.operators,
      reminders: config.reminders.low,
    },
    {
      api: {
        baseUrl: 'https://www.virustotal.com/api/v3',
        requestsPerMinute: 60,
        concurrency: 4,
        timeoutSeconds: 30,
        budget: { run: 2000, dayShare: 0.05 },
        network,
      },
      audits: [
        {
          name: 'weekly',
          schedule: null,
          timezone: 'UTC',
          groups: ['acme_soc'],
          rules: ['*'],
          send: [],
          heartbeat: null,
          jitterSeconds: 0,
        },
      ],
      channels: {},
      rules: {},
      maxWaiverDays: { critical: 30, high: 90, medium: 180, low: 365 },
      report: { organization: null, timezone: 'UTC', accentColor: '#0b57d0', logo: null },
      server: { host: '127.0.0.1', port: 8080 },
      heartbeat: null,
      waivers: null,
      customRules: [],
      keep: { snapshots: 550, messages: 90 },
      backup: null,
      approvers: null,
      operators: [],
      reminders: [1, 3, 7, 14],
    },
  );
  assert.deepEqual(config.warnings, []);
});

test('tells an absent approved list from an empty one, and texts from entries with details', async (context) => {
  const text = BASE.replace(
    'audits',
    '    approved: { serviceAccounts: [], domains: [], breakGlass: [help, { id: Ana, owner: SOC }] }\naudits',
  );
  const [group] = (await configOf(context, text)).groups;
  assert.deepEqual(group?.approved, {
    administrators: null,
    serviceAccounts: [],
    domains: [],
    breakGlass: [
      { id: 'help', owner: null, ticket: null, reviewBy: null },
      { id: 'Ana', owner: 'SOC', ticket: null, reviewBy: null },
    ],
  });
});

test('turns what variables give into numbers, flags and shares', async (context) => {
  const environment = { RATE: '240', SHARE: '2.5%', INSECURE: 'true', OFF: 'false', NAME: 'A: [b] # c' };
  const yaml = `${BASE}api: { requestsPerMinute: "\${RATE}", budget: { dayShare: "\${SHARE}" } }
channels: { hook: { type: webhook, url: "http://siem.acme.example", allowInsecure: "\${INSECURE}" } }
rules: { members-are-active: { enabled: "\${OFF}", reason: off }, quota-within-limit: { warnAt: 80, severity: low } }
report: { organization: "\${NAME} \${NONE:-by default} $$\{NAME}" }
`;
  const { api, rules, report } = await configOf(context, yaml, { environment });
  assert.deepEqual([api.requestsPerMinute, api.budget], [240, { run: 2000, dayShare: 0.025 }]);
  assert.deepEqual(rules, {
    'members-are-active': { enabled: false, reason: 'off', until: null },
    'quota-within-limit': { enabled: true, severity: 'low', options: { warnAt: 80 } },
  });
  assert.equal(report.organization, 'A: [b] # c by default ${NAME}');
});

test('takes a plain number as the budget of a run', async (context) => {
  assert.deepEqual((await configOf(context, `${BASE}api: { budget: 300 }\n`)).api.budget, { run: 300, dayShare: 0.05 });
});

test('starts relative paths at the folder of the file', async (context) => {
  const yaml = `${BASE}customRules: [./mine]\nwaivers: w.yaml\nstore: { path: data/x.db }\n`;
  const config = await configOf(context, yaml);
  const folder = join(config.file, '..');
  assert.deepEqual(
    [config.customRules, config.waivers, config.store.path, config.groups[0]?.apiKeyFile],
    [[join(folder, 'mine')], join(folder, 'w.yaml'), join(folder, 'data/x.db'), join(folder, 'key')],
  );
});

test('hands the way out down to the API and the channels, key by key', async (context) => {
  const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
  const yaml = `${BASE}network: { proxy: "http://proxy.acme.example:3128", caFile: ./root.pem }
api: { network: { noProxy: [.Acme.example] } }
channels: { hook: { type: slack, url: "https://hooks.slack.example/x", network: { proxy: "" } } }
`;
  const { api, channels } = await configOf(context, yaml, { files: { 'root.pem': pem } });
  assert.deepEqual(
    [api.network.proxy?.reveal(), api.network.noProxy, api.network.ca],
    ['http://proxy.acme.example:3128', ['.acme.example'], pem],
  );
  assert.deepEqual(channels['hook']?.network, { proxy: null, noProxy: [], ca: pem });
});

test('tells mail ports and how much is said about people by the kind of channel', async (context) => {
  const mail = 'type: email, from: a@acme.example, to: [b@acme.example]';
  const yaml = `${BASE}channels:
  a: { ${mail}, smtp: { host: mx } }
  b: { ${mail}, smtp: { host: mx, security: tls } }
  c: { ${mail}, smtp: { host: mx, security: none, port: 2525 }, detail: counts }
  d: { type: slack, url: "http://127.0.0.1:9000/x" }
`;
  const channels = Object.values((await configOf(context, yaml)).channels);
  assert.deepEqual(
    channels.map((channel) => [channel.detail, channel.type === 'email' ? channel.smtp.port : null]),
    [
      ['full', 587],
      ['full', 465],
      ['counts', 2525],
      ['ids', null],
    ],
  );
});

test('reads a logo into a data URL by what it is, not by its name', async (context) => {
  const files = { 'logo.png': '<?xml version="1.0"?>\n<!-- mark -->\n<svg xmlns="http://www.w3.org/2000/svg"/>' };
  const { report } = await configOf(context, `${BASE}report: { logo: logo.png }\n`, { files });
  assert.match(report.logo ?? '', /^data:image\/svg\+xml;base64,PD94/u);
});

test('listens where the variable of the image says, unless the file says otherwise', async (context) => {
  const environment = { VT_AUDITOR_LISTEN: '0.0.0.0:8080' };
  assert.deepEqual((await configOf(context, BASE, { environment })).server, { host: '0.0.0.0', port: 8080 });
  const yaml = `${BASE}server: { listen: "[::1]:9090" }\n`;
  assert.deepEqual((await configOf(context, yaml, { environment })).server, { host: '::1', port: 9090 });
  assert.deepEqual(await problemsOf(context, BASE, { environment: { VT_AUDITOR_LISTEN: '8080' } }), [
    'the environment variable VT_AUDITOR_LISTEN: "8080" is not an address to listen on; expected one such as 127.0.0.1:8080',
  ]);
});

test('keeps the database where the variable of the image says, unless the file says otherwise', async (context) => {
  const environment = { VT_AUDITOR_DATA: '/data' };
  assert.equal((await configOf(context, BASE, { environment })).store.path, '/data/vt-auditor.db');
  const yaml = `${BASE}store: { path: /elsewhere/a.db }\n`;
  assert.equal((await configOf(context, yaml, { environment })).store.path, '/elsewhere/a.db');
});

test('names a file that cannot be read, and why', async (context) => {
  const folder = configFolder(context, { big: 'x'.repeat(2 * 1024 * 1024), utf16: Buffer.from([0xff, 0xfe, 0x61, 0]) });
  mkdirSync(join(folder, 'folder'));
  const why = async (name: string): Promise<string> => {
    const loaded = await loadConfig({ file: join(folder, name), environment: {}, at: LOADED_AT });
    return loaded.ok ? 'loaded' : loaded.problems.map(formatProblem).join('\n').replace(`${folder}/`, '');
  };
  assert.deepEqual(await Promise.all(['none.yaml', 'folder', 'big', 'utf16'].map(why)), [
    'cannot read the configuration "none.yaml": there is no such file; begin with `vt-auditor init` or a copy of config.example.yaml, or name another file with --config',
    'cannot read the configuration "folder": it is a directory, not a file',
    'cannot read the configuration "big": it is larger than 1024 KB',
    'cannot read the configuration "utf16": it is in UTF-16; save it in UTF-8',
  ]);
});

test('locates keys and list items as written, and nothing else', async (context) => {
  const yaml = `${BASE}rules:\n  quota-within-limit:\n    warnAt: 80\n`;
  const config = await configOf(context, yaml);
  const at = (...path: readonly (string | number)[]): readonly (number | undefined)[] => {
    const place = config.locate(path);
    return [place?.line, place?.column];
  };
  assert.deepEqual(at('rules', 'quota-within-limit', 'warnAt'), [8, 5]);
  assert.deepEqual(at('groups', 0), [2, 5]);
  assert.deepEqual(at('audits', 0, 'name'), [5, 12]);
  assert.equal(config.locate(['audits', 0, 'timezone']), null);
  assert.equal(config.locate(['constructor']), null);
});

test('gives the same digest for the same settings, whatever their order, and for another secret', async (context) => {
  const digest = async (yaml: string, key: string): Promise<string> =>
    (await configOf(context, yaml, { environment: { KEY: key } })).digest;
  const one =
    'groups: [{ id: a, apiKey: "${KEY}" }]\naudits: [{ name: w, timezone: UTC }]\nstore: { path: /var/x.db }\n';
  const two =
    'store: { path: /var/x.db }\naudits: [{ timezone: UTC, name: w }]\ngroups: [{ apiKey: "${KEY}", id: a }]\n';
  assert.equal(await digest(one, 'x'.repeat(64)), await digest(two, 'y'.repeat(64)));
  assert.notEqual(await digest(one, 'x'), await digest(one.replace('name: w', 'name: v'), 'x'));
});

test('warns of what is allowed and unwise', async (context) => {
  const yaml = `groups:
  - id: acme_soc
    apiKey: planted-in-the-file
    singleSignOn: { domains: [acme.example], evidence: policy, attestedBy: ana, until: 2026-11-21 }
  - { id: other, identity: svc, apiKeyFile: ./open }
audits: [{ name: weekly, groups: [acme_soc] }]
channels:
  hook: { type: webhook, url: "https://siem.acme.example/x" }
  mail: { type: email, from: a@acme.example, to: [b@acme.example], smtp: { host: mx, security: none, user: u, passwordFile: ./key } }
`;
  const folder = configFolder(context, { 'config.yaml': yaml, open: `${API_KEY}\n` });
  chmodSync(join(folder, 'open'), 0o644);
  const loaded = await loadConfig({ file: join(folder, 'config.yaml'), environment: {}, at: LOADED_AT });
  assert.ok(loaded.ok);
  const open =
    '5:33 groups[1].apiKeyFile: every user of this machine may read the file; take that right away (chmod o-r)';
  assert.deepEqual(
    // On a file system in memory the rights of a file are not told.
    warningsOf(loaded.config).filter((line) => line !== open),
    [
      '2:5 groups[0].identity: not set: the reports cannot say whose key it is, nor whether somebody else uses it',
      '3:5 groups[0].apiKey: the secret itself is written in this file; use ${NAME} or apiKeyFile',
      '3:5 groups[0].apiKey: this does not look like an API key of VirusTotal, which has 64 hexadecimal digits',
      '4:81 groups[0].singleSignOn.until: the attestation has ended and counts for nothing; renew it or remove it',
      '5:7 groups[1].id: no audit covers this group',
      '8:3 channels.hook.secret: not set: the receiver cannot tell our messages from forged ones',
      '9:86 channels.mail.smtp.security: none: the password and the reports travel unencrypted',
    ],
  );
});

test('gives the environment as it is', () => {
  assert.equal(readEnvironment()['PATH'], process.env['PATH']);
});
