import assert from 'node:assert/strict';
import test from 'node:test';
import type { NodemailerError } from 'nodemailer';
import { describeReply } from '../../src/deliver/smtp-reply.ts';

function errorWith(response: string): NodemailerError {
  return Object.assign(new Error('refused'), { code: 'EENVELOPE', response });
}

const REPLIES: readonly (readonly [response: string, begins: string])[] = [
  [
    '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.',
    'Microsoft 365 has switched off passwords',
  ],
  ['535 5.7.3 Authentication unsuccessful [x.prod.outlook.com]', 'Microsoft 365 refused the login'],
  ['535-5.7.8 Username and Password not accepted.', 'The user name or the password is wrong.'],
  ['534-5.7.9 Application-specific password required.', 'Google wants an app password'],
  ['530 5.7.57 Client not authenticated to send mail.', 'The server wants a login'],
  ['530 5.7.0 Must issue a STARTTLS command first.', 'The server demands encryption'],
  ['554 5.2.252 SendAsDenied; a@b.example not allowed to send as c@d.example', 'The login may not send as this sender'],
  ['554 5.7.1 <x@y.example>: Relay access denied', 'The server does not pass on mail'],
  ['550-5.7.26 Unauthenticated email from acme.example is not accepted', 'The receiver could not see'],
  ['550 5.1.1 <nobody@acme.example>: Recipient address rejected: User unknown', 'There is no such mailbox.'],
  ['452 4.2.2 The email account is over quota', 'The mailbox is full.'],
  ['552 5.3.4 Message size exceeds fixed limit', 'The mail is too large'],
  ['432 4.3.2 Concurrent connections limit exceeded', 'The server takes no more connections'],
  ['451 4.7.1 Greylisting in action, please come back later', 'The server puts off mail'],
  ['554 5.7.1 Message rejected as spam', 'The mail was taken for spam'],
  ['421 4.4.2 something else', 'The mail server said: 421'],
];

for (const [response, begins] of REPLIES) {
  test(`says what is meant by ${response.slice(0, 40)}`, () => {
    const sentence = describeReply(errorWith(response));
    assert.ok(sentence.startsWith(begins), sentence);
    assert.match(sentence, /The mail server said: \d{3}/);
    assert.doesNotMatch(sentence, /@/);
  });
}
