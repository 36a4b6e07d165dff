import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { sendEmail } from '../../../src/deliver/channels/email.ts';
import type { Outcome } from '../../../src/model/message.ts';
import { buildContext, buildEmailChannel, buildMail, directly } from '../../support/channel-builder.ts';
import { expiredCertificate, foreignCertificate } from '../../support/loopback-certificate.ts';
import { startPatience } from '../../support/patience.ts';
import {
  type Act,
  close,
  drip,
  hang,
  pour,
  type RawReceiver,
  reset,
  type SmtpPoint,
  smtpConversation,
  startRawReceiver,
} from '../../support/raw-receiver.ts';

/** Of what never ends a socket's buffers take some megabytes before anybody reads it. */
const MOST_BYTES = 24 * 1024 * 1024;

type Acts = Partial<Readonly<Record<SmtpPoint, Act>>>;

const end =
  (text: string): Act =>
  (socket) =>
    socket.end(text, 'latin1');
const resetAfter =
  (text: string): Act =>
  (socket) =>
    socket.write(text, 'latin1', () => socket.resetAndDestroy());

/** What became of the mail: `maybe` when the server may have it. */
function fateOf(outcome: Outcome): string {
  if (outcome.kind !== 'retry') return outcome.kind;
  const wait = outcome.retryAfterMs === null ? '' : ' in an hour';
  return `retry${outcome.maybeDuplicate ? ', maybe there' : ''}${wait}`;
}

function said(outcome: Outcome): string {
  return outcome.kind === 'delivered' ? outcome.response : outcome.error;
}

/** Everything that the server does instead of what is good is the last that it does. */
function fallingSilent(t: TestContext, acts: Acts): { readonly acts: Acts; readonly signal: AbortSignal } {
  const { signal, lastly } = startPatience(t);
  return { signal, acts: Object.fromEntries(Object.entries(acts).map(([point, act]) => [point, lastly(act)])) };
}

async function attempt(server: RawReceiver, signal: AbortSignal): Promise<Outcome> {
  const mail = buildMail('m', { to: ['ana@acme.example'] });
  const outcome = await sendEmail(mail, buildEmailChannel(server.port), buildContext({ signal }));
  assert.ok(server.sentBytes() < MOST_BYTES, `${server.sentBytes()} bytes were taken`);
  assert.ok(said(outcome).length < 500, 'a sentence');
  assert.doesNotMatch(said(outcome), /[\p{Cc}]|@/u);
  return outcome;
}

const closed = /closed by the other side/;
const notMail = /does not answer as a mail server|does not speak the protocol/;
const ended = /ended before an answer/;

/** Of a server that is given up because it says nothing more; all others are understood as soon as they have spoken. */
const silent = 'silent';

const SERVERS: Readonly<Record<string, readonly [acts: Acts, fate: string, words: RegExp, silent?: typeof silent]>> = {
  'never greets': [{ banner: hang }, 'retry', ended, silent],
  'is too busy': [{ banner: '421 too busy\r\n' }, 'retry', /421 too busy/],
  'turns us away': [{ banner: '554 you are on a list\r\n' }, 'retry in an hour', /on a list/],
  'is a web server': [{ banner: 'HTTP/1.1 400 Bad Request\r\n\r\n' }, 'retry', notMail],
  'is a shell': [{ banner: 'SSH-2.0-OpenSSH_9.6\r\n' }, 'retry', notMail],
  'greets with bytes': [{ banner: '\x00\x01\xff\xfe\r\n' }, 'retry', notMail],
  'greets in one endless line': [{ banner: pour('x'.repeat(65_536)) }, 'retry', notMail],
  'greets with an endless reply': [{ banner: pour('220-hello\r\n'.repeat(1000)) }, 'retry', notMail],
  'never stops to greet': [{ banner: pour('220 hello\r\n'.repeat(1000)) }, 'retry', notMail],
  'greets a byte at a time': [{ banner: drip('220 hello'.repeat(100), 5) }, 'retry', ended, silent],
  'closes before it greets': [{ banner: close }, 'retry', closed],
  'resets before it greets': [{ banner: reset }, 'retry', closed],
  'closes in the middle of a greeting': [{ banner: end('220 ra') }, 'retry', closed],
  'goes down at EHLO': [{ EHLO: '421 going down\r\n' }, 'retry', /going down/],
  'knows neither EHLO nor HELO': [{ EHLO: '550 no\r\n', HELO: '550 no\r\n' }, 'retry in an hour', /550 no/],
  'knows only HELO': [{ EHLO: '502 what\r\n' }, 'delivered', /250 taken/],
  'stops in the middle of EHLO': [{ EHLO: '250-raw\r\n250-8BI' }, 'retry', ended, silent],
  'goes down at MAIL': [{ MAIL: '421 going down\r\n' }, 'retry', /going down/],
  'has no room at MAIL': [{ MAIL: '452 no room\r\n' }, 'retry', /no room/],
  'does not take the sender': [{ MAIL: '550 not you\r\n' }, 'failed', /not you/],
  'wants a login': [{ MAIL: '530 5.7.57 login first\r\n' }, 'retry in an hour', /set smtp.user/],
  'takes no mail of this size': [{ MAIL: '552 5.3.4 too big\r\n' }, 'failed', /attach less/],
  'hangs at MAIL': [{ MAIL: hang }, 'retry', ended, silent],
  'resets at MAIL': [{ MAIL: reset }, 'retry', closed],
  'goes down at RCPT': [{ RCPT: end('421 going down\r\n') }, 'retry', /going down/],
  'puts off': [{ RCPT: '450 greylisted\r\n' }, 'retry', /next attempt/],
  'does not know the recipient': [{ RCPT: '550 no such user\r\n' }, 'failed', /no such mailbox/],
  'talks at RCPT': [{ RCPT: 'what?\r\n' }, 'retry', notMail],
  'invents a code': [{ RCPT: '999 eh\r\n' }, 'retry', notMail],
  'answers RCPT four times': [{ RCPT: '250 ok\r\n'.repeat(4) }, 'retry', notMail],
  'goes down at DATA': [{ DATA: '421 going down\r\n' }, 'retry', /going down/],
  'refuses DATA': [{ DATA: '554 no\r\n' }, 'failed', /554 no/],
  'hangs at DATA': [{ DATA: hang }, 'retry', ended, silent],
  'takes the mail before it has it': [{ DATA: '354 go on\r\n250 taken\r\n' }, 'retry', notMail],
  'goes away in the middle of the mail': [{ DATA: resetAfter('354 go on\r\n') }, 'retry', closed],
  'does not read the mail': [
    { DATA: (socket) => void socket.write('354 go on\r\n', () => socket.pause()) },
    'retry, maybe there',
    ended,
    silent,
  ],
  'goes down after the mail': [{ body: '421 going down\r\n' }, 'retry', /going down/],
  'has no room for the mail': [{ body: '452 no room\r\n' }, 'retry', /no room/],
  'finds spam': [{ body: '554 5.7.1 spam content\r\n' }, 'failed', /taken for spam/],
  'answers half': [{ body: '250 ta' }, 'retry, maybe there', /no answer came/, silent],
  'answers half and closes': [{ body: end('250 ta') }, 'retry, maybe there', /no answer came/],
  'answers half and resets': [{ body: resetAfter('250 ta') }, 'retry, maybe there', /no answer came/],
  'answers one digit': [{ body: end('2') }, 'retry, maybe there', /./],
  'takes the mail and closes': [{ body: close }, 'retry, maybe there', /no answer came/],
  'takes the mail and resets': [{ body: reset }, 'retry, maybe there', /no answer came/],
  'takes the mail and hangs': [{ body: hang }, 'retry, maybe there', /no answer came/, silent],
  'answers with bytes': [{ body: '\xff\xff\xff\r\n' }, 'retry, maybe there', notMail],
  'asks for the mail again': [{ body: '354 go on\r\n' }, 'retry, maybe there', notMail],
  'greets again': [{ body: '220 hello\r\n' }, 'retry, maybe there', notMail],
  'does not end its answer': [{ body: '250-taken\r\n' }, 'retry, maybe there', /no answer came/, silent],
  'says yes and no': [{ body: '250-taken\r\n554 no\r\n' }, 'retry, maybe there', notMail],
  'puts the mail off at length': [{ body: '451-later\r\n451-4.3.0 really\r\n451 4.3.0 later\r\n' }, 'retry', /later/],
  'refuses the mail at length': [{ body: '554-no\r\n554-5.7.1 no\r\n554 5.7.1 spam\r\n' }, 'failed', /taken for spam/],
  'says never, and for now': [{ RCPT: '550 4.2.1 disabled for now\r\n' }, 'failed', /550 4\.2\.1/],
  'says later, and never': [{ RCPT: '450 5.1.1 user unknown\r\n' }, 'retry', /450 5\.1\.1/],
  'takes the mail and goes on talking': [{ body: '250 taken\r\n\x00\xffgarbage\r\n' }, 'delivered', /taken/],
  'takes the mail and goes down': [{ body: '250 taken\r\n421 bye\r\n' }, 'delivered', /taken/],
  'answers once a recipient, as LMTP does': [{ body: '550 no\r\n250 ok\r\n' }, 'failed', /550 no/],
  'says yes with zeros in it': [{ body: '250 ta\x00ken\x00\r\n' }, 'delivered', /ta ?ken/],
  'never ends its yes': [{ body: pour('250-x\r\n'.repeat(5000)) }, 'retry, maybe there', notMail],
  'never ends the line of its yes': [{ body: pour(`250 ${'x'.repeat(65_536)}`) }, 'retry, maybe there', notMail],
  'says yes a byte at a time': [
    { body: drip('250 taken '.repeat(100), 10) },
    'retry, maybe there',
    /no answer came/,
    silent,
  ],
  'takes the mail without a body': [{ DATA: '250 ok\r\n' }, 'retry, maybe there', notMail, silent],
  'passes on': [{ RCPT: '251 will forward\r\n' }, 'delivered', /taken/],
  'ends lines with half an end': [{ body: '250 taken\r' }, 'retry, maybe there', /no answer came/, silent],
  'says yes with another code': [{ body: '200 okay\r\n' }, 'retry, maybe there', notMail],
  'answers in several lines': [{ body: '250-taken\r\n250 really\r\n' }, 'delivered', /taken/],
  'ends lines as it likes': [{ body: '250 taken\n' }, 'delivered', /taken/],
  'takes the mail and resets after it said so': [{ body: resetAfter('250 taken\r\n') }, 'delivered', /taken/],
  'says yes in eight megabytes': [{ body: `250 ${'y'.repeat(8 << 20)}\r\n` }, 'retry, maybe there', notMail],
  'says yes in nearly a megabyte': [{ body: `250 ${'y'.repeat(900 << 10)}\r\n` }, 'delivered', /^250 y+$/],
  'says no in nearly a megabyte': [{ body: `554 ${'y'.repeat(900 << 10)}\r\n` }, 'failed', /554 y+$/],
  'hangs at QUIT': [{ QUIT: hang }, 'delivered', /taken/],
  'resets at QUIT': [{ QUIT: reset }, 'delivered', /taken/],
};

for (const [name, [given, fate, words, kind]] of Object.entries(SERVERS)) {
  test(`a mail server that ${name}`, { timeout: 20_000 }, async (t) => {
    const { acts, signal } = kind === silent ? fallingSilent(t, given) : { acts: given, signal: t.signal };
    const outcome = await attempt(await startRawReceiver(t, smtpConversation(acts)), signal);
    assert.equal(fateOf(outcome), fate, said(outcome));
    assert.match(said(outcome), words);
    assert.deepEqual(outcome.recipients.accepted, fate === 'delivered' ? ['ana@acme.example'] : []);
  });
}

test('a mail server that refuses some, puts off others and then drops the connection has served nobody for sure', async (t) => {
  const answers = ['550 no such user\r\n', '450 later\r\n', '250 ok\r\n'];
  const RCPT = (socket: Socket) => void socket.write(answers.shift() ?? '250 ok\r\n');
  const server = await startRawReceiver(t, smtpConversation({ RCPT, body: reset }));
  const mail = buildMail('m', { to: ['ana@acme.example', 'bo@acme.example', 'cy@acme.example'] });
  const outcome = await sendEmail(mail, buildEmailChannel(server.port), buildContext());
  assert.equal(fateOf(outcome), 'retry, maybe there');
  assert.deepEqual(outcome.recipients.accepted, []);
});

const ENCRYPTION: Readonly<Record<string, readonly [acts: Acts, words: RegExp, silent?: typeof silent]>> = {
  'does not go on after STARTTLS': [{ STARTTLS: hang }, ended, silent],
  'says yes to STARTTLS and nothing more': [{ STARTTLS: (socket) => void socket.write('220 go\r\n') }, ended, silent],
  'refuses STARTTLS': [{ STARTTLS: '454 not now\r\n' }, /not now/],
  'closes at STARTTLS': [{ STARTTLS: close }, closed],
  'speaks plainly after STARTTLS': [{ STARTTLS: '220 go\r\n250 raw\r\n250 ok\r\n' }, ended, silent],
};

for (const [name, [given, words, kind]] of Object.entries(ENCRYPTION)) {
  test(`a mail server that ${name} gets no mail`, { timeout: 20_000 }, async (t) => {
    const { acts, signal } = kind === silent ? fallingSilent(t, given) : { acts: given, signal: t.signal };
    const conversation = { EHLO: '250-raw\r\n250 STARTTLS\r\n', ...acts };
    const server = await startRawReceiver(t, smtpConversation(conversation));
    const channel = buildEmailChannel(server.port, { smtpOver: { security: 'starttls' } });
    const outcome = await sendEmail(buildMail('m'), channel, buildContext({ signal }));
    assert.match(fateOf(outcome), /^retry(?: in an hour)?$/);
    assert.match(said(outcome), words);
  });
}

for (const [name, certificate, words] of [
  ['has ended', expiredCertificate, /certificate has expired/],
  ['is for another host', foreignCertificate, /another host name/],
] as const) {
  test(`a mail server whose certificate ${name} gets no mail`, async (t) => {
    const server = await startRawReceiver(t, smtpConversation({}), { tls: certificate });
    const network = { ...directly, ca: certificate.cert };
    const channel = buildEmailChannel(server.port, { smtpOver: { security: 'tls' }, network });
    const outcome = await sendEmail(buildMail('m'), channel, buildContext());
    assert.match(fateOf(outcome), /^retry(?: in an hour)?$/);
    assert.match(said(outcome), words);
  });
}
