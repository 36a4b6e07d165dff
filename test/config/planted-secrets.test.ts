import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { BASE, configOf, loadText } from '../support/config-folder.ts';

const HEX = 'deadbeef'.repeat(8);
const KEY = `groups:\n  - id: acme_soc\n`;
const END = 'audits: [{ name: weekly }]\n';

/** Mistakes that put a secret where a careless message would repeat it. `planted` marks what must not be seen. */
const MISTAKES: readonly (readonly [name: string, yaml: string])[] = [
  ['a key beside a key file', `${KEY}    apiKey: planted\n    apiKeyFile: ./key\n${END}`],
  ['a key with spaces', `${KEY}    apiKey: planted with spaces\n${END}`],
  ['a key that is a list', `${KEY}    apiKey: [planted]\n${END}`],
  ['a key that is a map', `${KEY}    apiKey: { planted: 1 }\n${END}`],
  ['a key as the path of a file', `${KEY}    apiKeyFile: planted\n${END}`],
  ['a key without a space after the colon', `${KEY}    apiKey:planted\n${END}`],
  ['a key glued to the value above', `${KEY}    identity: svc\n      apiKey:planted\n    apiKeyFile: ./key\n${END}`],
  ['a key as an item of the list', `groups:\n  - apiKey:planted\n${END}`],
  ['a key behind a misspelt name', `${KEY}    apikey: planted\n${END}`],
  ['a key in another key', `${KEY}    identity: ${HEX}!/\n    apiKeyFile: ./key\n${END}`],
  ['a key as a name of a key', `${KEY}    ${HEX}: 1\n    apiKeyFile: ./key\n${END}`],
  ['a key as a variable', `${KEY}    apiKey: \${${HEX}}\n${END}`],
  ['a key in a broken variable', `${KEY}    apiKey: \${planted!}\n${END}`],
  ['a key as an alias', `${KEY}    apiKey: *planted\n${END}`],
  ['a key as a tag', `${KEY}    apiKey: !planted x\n${END}`],
  ['a key in a broken quote', `${KEY}    apiKey: "planted\n${END}`],
  ['a key behind a quote', `${KEY}    apiKey: "x" planted\n${END}`],
  ['a key with a bad escape', `${KEY}    apiKey: "\\qplanted"\n${END}`],
  [
    'a password without a user',
    `${BASE}channels: { m: { type: email, from: a@b.example, to: [a@b.example], smtp: { host: mx, password: planted } } }\n`,
  ],
  [
    'a password in the line of the host',
    `${BASE}channels:\n  m:\n    type: email\n    from: a@b.example\n    to: [a@b.example]\n    smtp:\n      host: mx\n       password:planted\n`,
  ],
  ['a value that lost its key', `${KEY}    apiKeyFile: ./key\n    planted:\n${END}`],
  ['a value that lost its key in braces', `${BASE}heartbeat: { url: "https://a.example", planted }\n`],
  ['a value that became a key', `${BASE}heartbeat: { url "https://a.example/planted": 1 }\n`],
  ['a secret that is short', `${BASE}channels: { m: { type: webhook, url: "https://a.example", secret: planted } }\n`],
  [
    'a secret that is not base64',
    `${BASE}channels: { m: { type: webhook, url: "https://a.example", secret: whsec_planted! } }\n`,
  ],
  ['an address over http', `${BASE}channels: { m: { type: slack, url: "http://a.example/planted" } }\n`],
  [
    'an address with credentials',
    `${BASE}channels: { m: { type: slack, url: "https://planted:planted@a.example" } }\n`,
  ],
  ['an address that is none', `${BASE}channels: { m: { type: slack, url: "hooks/planted" } }\n`],
  ['an address instead of a channel', `${BASE}channels: { m: "https://a.example/planted" }\n`],
  [
    'an address instead of a name',
    BASE.replace('name: weekly', 'name: weekly, send: [{ to: "https://a.example/planted" }]'),
  ],
  ['a proxy that is none', `${BASE}network: { proxy: "user:planted@proxy.example" }\n`],
  ['a base address with credentials', `${BASE}api: { baseUrl: "https://u:planted@a.example" }\n`],
  ['a heartbeat that is none', `${BASE}heartbeat: { url: "ping/planted" }\n`],
  ['a value of a variable in the wrong place', `${BASE}report: { accentColor: "\${PLANTED}" }\n`],
  ['a value of a variable as a reference', BASE.replace('name: weekly', 'name: weekly, send: [{ to: "${PLANTED}" }]')],
  ['a value of a variable as a time zone', `${BASE}report: { timezone: "\${PLANTED}" }\n`],
  ['a default of a variable', `${BASE}report: { timezone: "\${NONE:-planted}" }\n`],
];

for (const [name, yaml] of MISTAKES) {
  test(`does not repeat a secret: ${name}`, async (context) => {
    const { loaded } = await loadText(context, yaml, { environment: { PLANTED: 'planted' } });
    assert.equal(loaded.ok, false, 'the mistake must be refused, else nothing is proven');
    assert.doesNotMatch(JSON.stringify(loaded), /planted|deadbeef/u);
  });
}

test('does not repeat what a file with a secret has in it', async (context) => {
  for (const content of ['planted\nplanted\n', 'planted planted', 'planted\u0007']) {
    const { loaded } = await loadText(context, BASE, { files: { key: content } });
    assert.equal(loaded.ok, false);
    assert.doesNotMatch(JSON.stringify(loaded), /planted/u);
  }
});

test('wraps every secret, lists them all, and keeps them out of digest, warnings and prints', async (context) => {
  const yaml = `groups: [{ id: a, apiKeyFile: ./key }]
audits: [{ name: weekly }]
network: { proxy: "http://u:planted@proxy.example" }
channels:
  m: { type: email, from: a@b.example, to: [a@b.example], smtp: { host: mx, user: u, password: planted } }
  s: { type: slack, urlFile: ./slack }
  w: { type: webhook, url: "https://a.example/planted", secretFiles: [./new, ./old] }
heartbeat: { url: "https://a.example/planted" }
`;
  const files = {
    key: 'planted',
    slack: 'https://a.example/planted\r\n',
    new: `planted-${'n'.repeat(24)}`,
    old: `planted-${'o'.repeat(24)}`,
  };
  const config = await configOf(context, yaml, { files });
  const webhook = config.channels['w'];
  assert.ok(webhook?.type === 'webhook');
  assert.deepEqual(
    webhook.secrets.map((secret) => secret.reveal()),
    [files.new, files.old],
  );
  assert.deepEqual(
    config.secrets.map((secret) => secret.reveal()).toSorted(),
    [
      'http://u:planted@proxy.example',
      'https://a.example/planted',
      'https://a.example/planted',
      'https://a.example/planted',
      'planted',
      'planted',
      files.new,
      files.old,
    ].toSorted(),
  );
  assert.doesNotMatch(`${JSON.stringify(config)}${inspect(config, { depth: 9 })}`, /planted/u);
});
