import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { EmailChannel } from '../../src/model/settings.ts';
import { BASE, configOf, problemsOf } from '../support/config-folder.ts';

const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

const ROUTING_KEY = 'planted0123456789abcdef012345678';

/** A mail channel with these lines under `smtp`. */
function mailWith(...lines: readonly string[]): string {
  const smtp = ['host: mail.acme.example', ...lines].map((line) => `      ${line}\n`).join('');
  return `${BASE}channels:\n  mail:\n    type: email\n    from: auditor@acme.example\n    to: [soc@acme.example]\n    smtp:\n${smtp}`;
}

const MICROSOFT = 'provider: microsoft, tenant: acme.example, clientId: app-1';

async function mailOf(
  context: Parameters<typeof configOf>[0],
  files: Readonly<Record<string, string>>,
  ...lines: readonly string[]
): Promise<EmailChannel> {
  const { channels } = await configOf(context, mailWith(...lines), { files });
  const channel = channels['mail'];
  assert.ok(channel?.type === 'email');
  return channel;
}

test('reads chats, alerts and Apprise, with every secret from a file', async (context) => {
  const yaml = `${BASE}channels:
  operations: { type: teams, urlFile: ./teams }
  space: { type: googlechat, urlFile: ./chat, detail: counts }
  pager: { type: pagerduty, routingKeyFile: ./routing }
  pager-eu: { type: pagerduty, routingKeyFile: ./routing, url: "https://events.eu.pagerduty.com/v2/enqueue" }
  everybody: { type: apprise, urlFile: ./apprise, allowInsecure: true, tag: soc }
  siem: { type: webhook, url: "https://siem.acme.example/hook", secretFile: ./signing, format: ocsf }
`;
  const files = {
    teams: 'https://planted.logic.azure.example/workflows/x\n',
    chat: 'https://chat.googleapis.example/v1/spaces/x?key=planted',
    routing: `${ROUTING_KEY}\n`,
    apprise: 'http://apprise.acme.example:8000/notify/planted',
    signing: `planted-${'s'.repeat(24)}`,
  };
  const config = await configOf(context, yaml, { files });
  const { operations, space, pager, everybody, siem } = config.channels;
  assert.ok(operations?.type === 'teams' && space?.type === 'googlechat' && everybody?.type === 'apprise');
  assert.ok(pager?.type === 'pagerduty' && siem?.type === 'webhook');
  assert.deepEqual([operations.detail, space.detail, pager.detail, everybody.tag], ['ids', 'counts', 'ids', 'soc']);
  assert.equal(operations.url.reveal(), files.teams.trim());
  assert.equal(pager.url.reveal(), 'https://events.pagerduty.com/v2/enqueue');
  assert.equal(pager.routingKey.reveal(), ROUTING_KEY);
  assert.equal(siem.format, 'ocsf');
  const european = config.channels['pager-eu'];
  assert.ok(european?.type === 'pagerduty');
  assert.equal(european.url.reveal(), 'https://events.eu.pagerduty.com/v2/enqueue');
  assert.deepEqual(config.warnings, []);
  assert.doesNotMatch(`${JSON.stringify(config)}${inspect(config, { depth: 9 })}`, /planted/u);
  assert.ok(
    config.secrets.some((secret) => secret.reveal() === ROUTING_KEY),
    'the log knows it, too',
  );
});

test('reads a login at Microsoft 365 by token', async (context) => {
  const login = `oauth2: { ${MICROSOFT}, clientSecretFile: ./secret }`;
  const { smtp } = await mailOf(context, { secret: 'planted' }, 'user: auditor@acme.example', login);
  assert.ok(smtp.oauth2?.provider === 'microsoft');
  assert.equal(smtp.password, null);
  assert.equal(smtp.oauth2.clientSecret.reveal(), 'planted');
  const { tokenUrl, scope } = smtp.oauth2;
  assert.equal(tokenUrl, 'https://login.microsoftonline.com/acme.example/oauth2/v2.0/token');
  assert.equal(scope, 'https://outlook.office365.com/.default');
});

test('reads a login at Google Workspace from a PEM file, and from the file that Google gives out', async (context) => {
  const json = JSON.stringify({ type: 'service_account', private_key: pem, client_email: 'x@y.example' });
  for (const key of [pem, json]) {
    const login = 'oauth2: { provider: google, serviceAccount: mailer@project.iam.example, privateKeyFile: ./key.pem }';
    const { smtp } = await mailOf(context, { 'key.pem': key }, 'user: auditor@acme.example', login);
    assert.ok(smtp.oauth2?.provider === 'google');
    assert.equal(smtp.oauth2.privateKey.reveal().trim(), pem.trim());
    assert.equal(smtp.oauth2.tokenUrl, 'https://oauth2.googleapis.com/token');
    assert.doesNotMatch(inspect(smtp, { depth: 9 }), /PRIVATE/u);
  }
});

test('reads a DKIM key, and warns when it is of another domain than the sender', async (context) => {
  const dkim = (domain: string) => `dkim: { domain: ${domain}, selector: audit2026, privateKeyFile: ./dkim.pem }`;
  const { smtp } = await mailOf(context, { 'dkim.pem': pem }, dkim('ACME.example'));
  assert.deepEqual([smtp.dkim?.domain, smtp.dkim?.selector], ['acme.example', 'audit2026']);
  const warned = await configOf(context, mailWith(dkim('other.example')), { files: { 'dkim.pem': pem } });
  assert.match(JSON.stringify(warned.warnings), /not the domain of the sender/u);
});

test('warns of a connector that Microsoft has retired', async (context) => {
  const yaml = `${BASE}channels: { t: { type: teams, urlFile: ./teams } }\n`;
  const files = { teams: 'https://acme.webhook.office.com/webhookb2/planted' };
  const { warnings } = await configOf(context, yaml, { files });
  assert.match(JSON.stringify(warnings), /retired/u);
  assert.doesNotMatch(JSON.stringify(warnings), /planted/u);
});

const MISTAKES: readonly (readonly [name: string, yaml: string, expected: RegExp])[] = [
  ['a pager without a key', `${BASE}channels: { p: { type: pagerduty } }\n`, /expected routingKey, or routingKeyFile/u],
  [
    'a key of the wrong length',
    `${BASE}channels: { p: { type: pagerduty, routingKey: planted } }\n`,
    /routingKey: expected the 32 letters/u,
  ],
  ['a chat without an address', `${BASE}channels: { t: { type: teams } }\n`, /expected url, or urlFile/u],
  [
    'Apprise over http',
    `${BASE}channels: { a: { type: apprise, url: "http://apprise.acme.example/notify/planted" } }\n`,
    /allowInsecure: true/u,
  ],
  [
    'a token without a user',
    mailWith(`oauth2: { ${MICROSOFT}, clientSecret: planted }`),
    /a token without a user name/u,
  ],
  [
    'a token and a password',
    mailWith('user: a', 'password: planted', `oauth2: { ${MICROSOFT}, clientSecret: planted }`),
    /both a password and oauth2/u,
  ],
  ['a token without a secret', mailWith('user: a', `oauth2: { ${MICROSOFT} }`), /clientSecret, or clientSecretFile/u],
  [
    'a provider that is near one',
    mailWith('user: a', 'oauth2: { provider: mircosoft }'),
    /expected one of microsoft, google.*did you mean "microsoft"/u,
  ],
  [
    'a token server over http',
    mailWith('user: a', `oauth2: { ${MICROSOFT}, clientSecret: planted, tokenUrl: "http://tokens.acme.example/x" }`),
    /plain http is only for addresses of this machine/u,
  ],
  [
    'a private key that is none',
    mailWith('dkim: { domain: acme.example, selector: s, privateKeyFile: ./bad }'),
    /expected an RSA private key in PEM form/u,
  ],
  [
    'a private key in the file itself',
    mailWith('dkim: { domain: acme.example, selector: s, privateKey: planted }'),
    /privateKey/u,
  ],
];

for (const [name, yaml, expected] of MISTAKES) {
  test(`refuses ${name}, and repeats no secret`, async (context) => {
    const bad = '-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n';
    const problems = await problemsOf(context, yaml, { files: { bad } });
    assert.match(problems.join('\n'), expected);
    assert.doesNotMatch(problems.join('\n'), /planted/u);
  });
}
