import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendEmail } from '../../src/deliver/channels/email.ts';
import { withoutEcho } from '../../src/deliver/echo.ts';
import { probe } from '../../src/deliver/probe.ts';
import { Secret } from '../../src/model/secret.ts';
import { AT, buildContext, buildEmailChannel, buildMail } from '../support/channel-builder.ts';
import { smtpConversation, startRawReceiver } from '../support/raw-receiver.ts';

const PASSWORD = 'planted-password';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const PLAIN = base64(`\0auditor\0${PASSWORD}`);

test('takes a secret out of what is said, in clear, in base64 and cut off', () => {
  const said = [
    PASSWORD,
    PLAIN,
    PLAIN.slice(0, -6),
    PLAIN.slice(3),
    base64(PASSWORD),
    base64(`user=auditor\x01auth=Bearer ${PASSWORD}\x01\x01`),
  ];
  for (const text of said)
    assert.equal(withoutEcho(`535 bad ${text} here`, [new Secret(PASSWORD)]), '535 bad [secret] here', text);
});

test('leaves all other words as they are', () => {
  const text = '535-5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled [AM0PR01CA0001.example]';
  assert.equal(withoutEcho(text, [new Secret(PASSWORD)]), text);
});

const LOGIN = '250-raw\r\n250 AUTH PLAIN\r\n';
const REPEATS = {
  'the command that it refuses': { AUTH: `535 bad AUTH PLAIN ${PLAIN}\r\n` },
  'the login at every recipient': { RCPT: `550 not for AUTH PLAIN ${PLAIN}\r\n` },
  'the login once it has the mail': { body: `554 not from ${PASSWORD}\r\n` },
  'the login with thanks': { body: `250 thanks, ${PASSWORD} (${PLAIN})\r\n` },
};

for (const [name, acts] of Object.entries(REPEATS)) {
  test(`what is kept of a mail server that repeats ${name} has no password in it`, async (t) => {
    const server = await startRawReceiver(t, smtpConversation({ EHLO: LOGIN, ...acts }));
    const smtpOver = { user: 'auditor', password: new Secret(PASSWORD) };
    const channel = buildEmailChannel(server.port, { smtpOver });
    const kept = JSON.stringify([await sendEmail(buildMail('m'), channel, buildContext()), await probe(channel, AT)]);
    assert.match(kept, /\[secret\]/);
    assert.ok(!kept.includes(PASSWORD) && !kept.includes(PLAIN), kept);
  });
}
