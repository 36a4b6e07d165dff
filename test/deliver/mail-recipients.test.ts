import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressKey, allRecipients, bareAddress, openRecipients, settle } from '../../src/deliver/mail-recipients.ts';
import type { EmailBody } from '../../src/model/message.ts';
import { buildMail, nobody } from '../support/channel-builder.ts';

function body(over: Partial<EmailBody>): EmailBody {
  const { body } = buildMail('m', over);
  assert.ok(body.kind === 'email');
  return body;
}

test('finds the address in a mailbox', () => {
  assert.deepEqual(
    ['ana@acme.example', ' ana@acme.example ', 'Ana <ana@acme.example>', '"A, <b> c" <ana@acme.example>'].map(
      bareAddress,
    ),
    Array.from({ length: 4 }, () => 'ana@acme.example'),
  );
});

test('knows an address again however it is spelled', () => {
  assert.equal(addressKey('Ana@ACME.example'), addressKey('ana@acme.example'));
  assert.equal(addressKey('ana@bücher.example'), addressKey('ana@xn--bcher-kva.example'));
  assert.notEqual(addressKey('ana@acme.example'), addressKey('bo@acme.example'));
});

test('counts everybody once, over To, Cc and Bcc', () => {
  const mail = body({
    to: ['Ana <ana@acme.example>'],
    cc: ['ANA@acme.example', 'bo@acme.example'],
    bcc: ['bo@acme.example'],
  });
  assert.deepEqual(allRecipients(mail), ['ana@acme.example', 'bo@acme.example']);
});

test('leaves those who are neither accepted nor refused', () => {
  const all = ['ana@acme.example', 'bo@acme.example', 'cy@acme.example'];
  const settled = settle(nobody, ['ANA@acme.example'], [{ recipient: 'cy@acme.example', error: 'no such user' }]);
  assert.deepEqual(openRecipients(all, settled), ['bo@acme.example']);
  assert.deepEqual(openRecipients(all, nobody), all);
});
