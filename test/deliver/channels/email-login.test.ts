import assert from 'node:assert/strict';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { sendEmail } from '../../../src/deliver/channels/email.ts';
import { probe } from '../../../src/deliver/probe.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { OAuth2Settings } from '../../../src/model/settings.ts';
import { AT, buildContext, buildEmailChannel, buildMail } from '../../support/channel-builder.ts';
import { verifyDkim } from '../../support/dkim.ts';
import { type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';
import { startWebhookSink, type WebhookAnswer } from '../../support/webhook-sink.ts';

const USER = 'auditor@acme.example';
const TOKEN = `planted-token-${'t'.repeat(2_000)}`;
const PLANTED = 'planted-client-secret';

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const message = buildMail('m1', {
  subject: 'Zwei Befunde – neu',
  headers: { 'Auto-Submitted': 'auto-generated', 'List-Unsubscribe': '<mailto:soc@acme.example>' },
  text: `Two findings are new.  \n\n${'x'.repeat(200)}\n\n\n`,
});

async function inbox(t: TestContext, options: SmtpSinkOptions = {}) {
  const server = await startSmtpSink(options);
  t.after(() => server.close());
  return server;
}

async function tokenServer(t: TestContext, respond: () => WebhookAnswer) {
  const server = await startWebhookSink({ respond });
  t.after(() => server.close());
  return server;
}

const granting = (): WebhookAnswer => ({
  status: 200,
  body: JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: TOKEN }),
});

function microsoft(tokenUrl: string): OAuth2Settings {
  const clientSecret = new Secret(PLANTED);
  return {
    provider: 'microsoft',
    tokenUrl,
    clientId: 'app-1',
    clientSecret,
    scope: 'https://outlook.example/.default',
  };
}

function google(tokenUrl: string): OAuth2Settings {
  const account = { serviceAccount: 'mailer@project.iam.example', privateKey: new Secret(keys.privateKey) };
  return { provider: 'google', tokenUrl, ...account, scope: 'https://mail.example/' };
}

function channelOf(port: number, oauth2: OAuth2Settings) {
  return buildEmailChannel(port, { smtpOver: { user: USER, oauth2 } });
}

for (const [name, build] of Object.entries({ microsoft, google })) {
  test(`${name}: logs in with a token that it was given for this mail`, async (t) => {
    const tokens = await tokenServer(t, granting);
    const server = await inbox(t, { oauth2: { user: USER, token: TOKEN } });
    const channel = channelOf(server.port, build(tokens.url));
    assert.equal((await sendEmail(message, channel, buildContext())).kind, 'delivered');
    assert.equal(server.messages.length, 1);
    assert.equal(tokens.requests.length, 1);
    assert.equal((await probe(channel, AT)).ok, true);
    assert.doesNotMatch(server.messages[0]?.raw ?? '', /planted|PRIVATE KEY/);
  });
}

test('Microsoft 365 is asked as an application', async (t) => {
  const tokens = await tokenServer(t, granting);
  const server = await inbox(t, { oauth2: { user: USER, token: TOKEN } });
  await sendEmail(message, channelOf(server.port, microsoft(tokens.url)), buildContext());
  const [request] = tokens.requests;
  assert.equal(request?.headers['content-type'], 'application/x-www-form-urlencoded');
  assert.deepEqual(Object.fromEntries(new URLSearchParams(request?.body)), {
    grant_type: 'client_credentials',
    client_id: 'app-1',
    client_secret: PLANTED,
    scope: 'https://outlook.example/.default',
  });
});

test('Google gets a signed claim to act for the mailbox, for an hour', async (t) => {
  const tokens = await tokenServer(t, granting);
  const server = await inbox(t, { oauth2: { user: USER, token: TOKEN } });
  await sendEmail(message, channelOf(server.port, google(tokens.url)), buildContext());
  const form = new URLSearchParams(tokens.requests[0]?.body);
  assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
  const [head = '', claim = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  const issued = Math.floor(AT.getTime() / 1000);
  assert.deepEqual(read(head), { alg: 'RS256', typ: 'JWT' });
  assert.deepEqual(read(claim), {
    iss: 'mailer@project.iam.example',
    sub: USER,
    scope: 'https://mail.example/',
    aud: tokens.url,
    iat: issued,
    exp: issued + 3600,
  });
  const verify = createVerify('RSA-SHA256').update(`${head}.${claim}`);
  assert.equal(verify.verify(keys.publicKey, signature, 'base64url'), true);
});

test('a token that the mail server does not take is a login refused', async (t) => {
  const tokens = await tokenServer(t, granting);
  const server = await inbox(t, { oauth2: { user: USER, token: 'another' } });
  const outcome = await sendEmail(message, channelOf(server.port, microsoft(tokens.url)), buildContext());
  assert.ok(outcome.kind === 'retry');
  assert.match(outcome.error, /refused the login/);
  assert.equal(outcome.retryAfterMs, 3_600_000);
  assert.equal(server.messages.length, 0);
  assert.doesNotMatch(JSON.stringify(outcome), /planted/);
});

const refusals: readonly (readonly [name: string, answer: WebhookAnswer, expected: RegExp, waits: number | null])[] = [
  [
    'a wrong secret',
    { status: 401, body: '{"error":"invalid_client","error_description":"planted AADSTS7000215"}' },
    /^The token server gave no token \(HTTP 401\): it does not know the application, or its secret is wrong or has expired\.$/,
    3_600_000,
  ],
  ['a server that is down', { status: 503, body: 'planted' }, /^The token server gave no token \(HTTP 503\)\.$/, null],
  ['an answer that is no JSON', { status: 200, body: '<html>planted' }, /^The token server gave no token/, null],
  ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/' } }, /HTTP 302/, null],
  ['no answer', 'drop', /^The token server could not be asked\. The connection was closed/, null],
];

for (const [name, answer, expected, waits] of refusals) {
  test(`without a token nothing is sent and nothing planted is said: ${name}`, async (t) => {
    const tokens = await tokenServer(t, () => answer);
    const server = await inbox(t, { oauth2: { user: USER, token: TOKEN } });
    const outcome = await sendEmail(message, channelOf(server.port, microsoft(tokens.url)), buildContext());
    assert.ok(outcome.kind === 'retry');
    assert.match(outcome.error, expected);
    assert.equal(outcome.retryAfterMs, waits);
    assert.equal(outcome.maybeDuplicate, false);
    assert.equal(server.connections(), 0);
    assert.doesNotMatch(JSON.stringify(outcome), /planted|127\.0\.0\.1/);
    assert.equal((await probe(channelOf(server.port, microsoft(tokens.url)), AT)).ok, false);
  });
}

test('a signature is right, of the sender’s domain, over what says that no person wrote this', async (t) => {
  const server = await inbox(t);
  const dkim = { domain: 'acme.example', selector: 'audit2026', privateKey: new Secret(keys.privateKey) };
  const channel = buildEmailChannel(server.port, { smtpOver: { dkim } });
  assert.equal((await sendEmail(message, channel, buildContext())).kind, 'delivered');
  const raw = server.messages[0]?.raw ?? '';
  const result = verifyDkim(raw, keys.publicKey);
  assert.equal(result.domain, 'acme.example');
  assert.equal(result.selector, 'audit2026');
  assert.equal(result.bodyMatches, true);
  assert.equal(result.signatureMatches, true);
  for (const name of ['from', 'subject', 'message-id', 'auto-submitted', 'list-unsubscribe']) {
    assert.ok(result.signed.includes(name), name);
  }
  assert.equal(verifyDkim(raw.replace('Two findings', 'No findings'), keys.publicKey).bodyMatches, false);
  assert.equal(verifyDkim(raw.replace('To: soc@', 'To: sob@'), keys.publicKey).signatureMatches, false);
});

test('without a key nothing is signed', async (t) => {
  const server = await inbox(t);
  await sendEmail(message, buildEmailChannel(server.port), buildContext());
  assert.doesNotMatch(server.messages[0]?.raw ?? '', /DKIM-Signature/i);
});
