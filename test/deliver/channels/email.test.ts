import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import PostalMime from 'postal-mime';
import { sendEmail } from '../../../src/deliver/channels/email.ts';
import type { Outcome } from '../../../src/model/message.ts';
import { Secret } from '../../../src/model/secret.ts';
import { buildContext, buildEmailChannel, buildMail, directly, nobody } from '../../support/channel-builder.ts';
import { loopbackCertificate } from '../../support/loopback-certificate.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/smtp-sink.ts';

async function sink(t: TestContext, options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const started = await startSmtpSink(options);
  t.after(() => started.close());
  return started;
}

const three = { to: ['Ana <ana@acme.example>'], cc: ['bo@acme.example'], bcc: ['cy@acme.example'] };

/** What matters of an outcome: not the server's exact words. */
function gist(outcome: Outcome) {
  const { kind, recipients } = outcome;
  return {
    kind,
    accepted: recipients.accepted,
    refused: recipients.refused.map(({ recipient }) => recipient),
    ...(outcome.kind === 'retry' ? { maybeDuplicate: outcome.maybeDuplicate, patience: outcome.patience } : {}),
  };
}

const again = { kind: 'retry', accepted: [], refused: [], maybeDuplicate: false, patience: 'long' };

test('a mail that is a day old or more says that it is late, under the same Message-ID', async (t) => {
  const server = await sink(t);
  const mail = buildMail('m1');
  const channel = buildEmailChannel(server.port);
  for (const at of ['2026-11-24T07:00:40.999Z', '2026-11-24T07:00:41.000Z', '2026-11-29T09:00:00.000Z']) {
    await sendEmail(mail, channel, buildContext({ at: new Date(at) }));
  }
  const parsed = await Promise.all(server.messages.map(({ raw }) => PostalMime.parse(raw)));
  assert.deepEqual(
    parsed.map(({ subject, date, messageId }) => [subject, date, messageId]),
    [
      ['Two findings are new', '2026-11-23T07:00:41.000Z', mail.wireId],
      ['Two findings are new - sent late', '2026-11-24T07:00:41.000Z', mail.wireId],
      ['Two findings are new - sent late', '2026-11-29T09:00:00.000Z', mail.wireId],
    ],
  );
});

test('sends a mail that looks the same at every attempt, with the stored Message-ID', async (t) => {
  const server = await sink(t);
  const mail = buildMail('m1', {
    ...three,
    replyTo: 'owners@acme.example',
    attachments: [{ filename: 'findings.csv', contentType: 'text/csv', content: '"a","é"\r\n' }],
  });
  const channel = buildEmailChannel(server.port);
  const outcome = await sendEmail(mail, channel, buildContext());
  await sendEmail(mail, channel, buildContext({ settled: { accepted: ['ana@acme.example'], refused: [] } }));
  assert.deepEqual(gist(outcome), {
    kind: 'delivered',
    accepted: ['ana@acme.example', 'bo@acme.example', 'cy@acme.example'],
    refused: [],
  });
  const [first, second] = server.messages;
  assert.equal(first?.raw, second?.raw, 'the same bytes');
  assert.deepEqual(first?.envelope, {
    from: 'auditor@acme.example',
    to: ['ana@acme.example', 'bo@acme.example', 'cy@acme.example'],
  });
  assert.deepEqual(second?.envelope.to, ['bo@acme.example', 'cy@acme.example']);

  const parsed = await PostalMime.parse(first?.raw ?? '');
  assert.equal(parsed.messageId, mail.wireId);
  assert.equal(parsed.subject, 'Two findings are new');
  assert.equal(parsed.date, '2026-11-23T07:00:41.000Z');
  assert.deepEqual(parsed.from, { name: 'VT Auditor', address: 'auditor@acme.example' });
  assert.deepEqual(
    parsed.replyTo?.map(({ address }) => address),
    ['owners@acme.example'],
  );
  assert.deepEqual(parsed.bcc, undefined);
  assert.doesNotMatch(first?.raw ?? '', /cy@acme/, 'nobody sees the blind copy');
  assert.match(parsed.text ?? '', /Two findings are new/);
  assert.match(parsed.html ?? '', /<p>Two findings/);
  assert.equal(parsed.headers.find(({ key }) => key === 'auto-submitted')?.value, 'auto-generated');
  assert.deepEqual(
    parsed.attachments.map(({ filename, mimeType, disposition }) => ({ filename, mimeType, disposition })),
    [{ filename: 'findings.csv', mimeType: 'text/csv', disposition: 'attachment' }],
  );
});

test('settles recipients one by one, and later bothers only those who are left', async (t) => {
  let deferring = true;
  const server = await sink(t, {
    recipient: (address) => {
      if (address.startsWith('bo@') && deferring) return { code: 451, text: `4.7.1 <${address}> try again later` };
      if (address.startsWith('cy@')) return { code: 550, text: `5.1.1 <${address}> no such user` };
      return null;
    },
  });
  const mail = buildMail('m1', three);
  const channel = buildEmailChannel(server.port);
  const first = await sendEmail(mail, channel, buildContext());
  assert.deepEqual(gist(first), { ...again, accepted: ['ana@acme.example'], refused: ['cy@acme.example'] });
  assert.doesNotMatch(JSON.stringify(first).replaceAll(/"recipient":"[^"]*"|"accepted":\[[^\]]*\]/g, ''), /@acme/);
  deferring = false;
  const second = await sendEmail(mail, channel, buildContext({ settled: first.recipients }));
  assert.deepEqual(gist(second), {
    kind: 'delivered',
    accepted: ['ana@acme.example', 'bo@acme.example'],
    refused: ['cy@acme.example'],
  });
  assert.deepEqual(
    server.messages.map(({ envelope }) => envelope.to),
    [['ana@acme.example'], ['bo@acme.example']],
  );
});

const rejections: readonly { readonly name: string; readonly sink: SmtpSinkOptions; readonly expected: object }[] = [
  {
    name: 'all refused for good',
    sink: { recipient: () => ({ code: 550, text: '5.1.1 no such user' }) },
    expected: { kind: 'failed', accepted: [], refused: ['ana@acme.example', 'bo@acme.example', 'cy@acme.example'] },
  },
  { name: 'all put off', sink: { recipient: () => ({ code: 451, text: '4.7.1 greylisted' }) }, expected: again },
  {
    name: 'none accepted, some for good',
    sink: {
      recipient: (address) =>
        address.startsWith('ana') ? { code: 550, text: 'unknown' } : { code: 450, text: 'mailbox busy' },
    },
    expected: { ...again, refused: ['ana@acme.example'] },
  },
  { name: 'DATA put off', sink: { data: () => ({ code: 452, text: '4.3.1 no space' }) }, expected: again },
  {
    name: 'DATA refused',
    sink: { data: () => ({ code: 554, text: '5.7.1 spam' }) },
    expected: { kind: 'failed', accepted: [], refused: [] },
  },
  { name: 'wrong state', sink: { data: () => ({ code: 503, text: 'bad sequence' }) }, expected: again },
  {
    name: 'connection lost after the message',
    sink: { data: () => 'accept-and-drop' },
    expected: { ...again, maybeDuplicate: true },
  },
];

for (const { name, sink: options, expected } of rejections) {
  test(`tells apart what a server may say: ${name}`, async (t) => {
    const server = await sink(t, options);
    const outcome = await sendEmail(buildMail('m1', three), buildEmailChannel(server.port), buildContext());
    assert.deepEqual(gist(outcome), expected);
  });
}

test('a server that says nothing after the message is left, and may have it', async (t) => {
  const server = await sink(t, { data: () => 'accept-and-hang' });
  const stop = new AbortController();
  const sending = sendEmail(buildMail('m1'), buildEmailChannel(server.port), buildContext({ signal: stop.signal }));
  await server.waitFor(1);
  stop.abort();
  assert.deepEqual(gist(await sending), { ...again, maybeDuplicate: true });
});

test('a server that cannot be reached surely has nothing', async () => {
  const server = await startSmtpSink();
  await server.close();
  const outcome = await sendEmail(buildMail('m1'), buildEmailChannel(server.port), buildContext());
  assert.deepEqual(gist(outcome), again);
  assert.equal(outcome.kind === 'retry' && outcome.error, 'The connection was refused.');
});

test('a login that is refused waits an hour, so that no account is locked', async (t) => {
  const server = await sink(t, { auth: { user: 'auditor', password: 'right' } });
  const smtp = { user: 'auditor', password: new Secret('planted-wrong-password') };
  const outcome = await sendEmail(buildMail('m1'), buildEmailChannel(server.port, { smtpOver: smtp }), buildContext());
  assert.ok(outcome.kind === 'retry');
  assert.equal(outcome.retryAfterMs, 3_600_000);
  assert.match(outcome.error, /refused the login/);
  assert.doesNotMatch(outcome.error, /planted|auditor/);
  assert.equal(server.messages.length, 0);
});

test('logs in, and speaks TLS with an authority of one’s own', async (t) => {
  const network = { ...directly, ca: loopbackCertificate.cert };
  const auth = { user: 'auditor', password: 'right' };
  for (const security of ['starttls', 'tls'] as const) {
    const server = await sink(t, { auth, security });
    const channel = (over: object) =>
      buildEmailChannel(server.port, {
        smtpOver: { security, user: 'auditor', password: new Secret('right') },
        ...over,
      });
    const trusted = await sendEmail(buildMail('m1'), channel({ network }), buildContext());
    assert.equal(trusted.kind, 'delivered', security);
    const unknown = await sendEmail(buildMail('m2'), channel({}), buildContext());
    assert.equal(unknown.kind, 'retry', security);
    assert.match(unknown.kind === 'retry' ? unknown.error : '', /certificate/);
    assert.equal(server.messages.length, 1);
  }
});

test('does not fall back to plain text when STARTTLS is gone', async (t) => {
  const server = await sink(t);
  const outcome = await sendEmail(
    buildMail('m1'),
    buildEmailChannel(server.port, { smtpOver: { security: 'starttls' } }),
    buildContext(),
  );
  assert.ok(outcome.kind === 'retry');
  assert.match(outcome.error, /encrypted connection/);
  assert.equal(outcome.retryAfterMs, 3_600_000);
  assert.equal(server.messages.length, 0);
});

test('does not send without a login when AUTH is gone', async (t) => {
  const server = await sink(t);
  const smtp = { user: 'auditor', password: new Secret('right') };
  const outcome = await sendEmail(buildMail('m1'), buildEmailChannel(server.port, { smtpOver: smtp }), buildContext());
  assert.equal(outcome.kind, 'retry');
  assert.equal(server.messages.length, 0);
});

test('nobody left to serve needs no connection', async () => {
  const settled = { accepted: ['SOC@ACME.example'], refused: [] };
  const outcome = await sendEmail(buildMail('m1'), buildEmailChannel(1), buildContext({ settled }));
  assert.deepEqual(gist(outcome), { kind: 'delivered', accepted: ['SOC@ACME.example'], refused: [] });
});

test('a message of another kind fails instead of being sent as something else', async () => {
  const body = { kind: 'slack', contentType: 'application/json', body: '{}' } as const;
  const outcome = await sendEmail({ ...buildMail('m1'), body }, buildEmailChannel(1), buildContext());
  assert.deepEqual([outcome.kind, outcome.recipients], ['failed', nobody]);
});

test('a hostile subject, name or header adds no header and no recipient', async (t) => {
  const server = await sink(t);
  const evil = 'x\r\nBcc: evil@acme.example\r\n\r\nbody';
  const mail = buildMail('m1', {
    subject: evil,
    headers: { 'X-Audit-Run': evil },
    attachments: [{ filename: `a"${evil}.csv`, contentType: 'text/csv', content: 'a\r\n.\r\nb' }],
  });
  assert.equal((await sendEmail(mail, buildEmailChannel(server.port), buildContext())).kind, 'delivered');
  const [received] = server.messages;
  assert.deepEqual(received?.envelope.to, ['soc@acme.example']);
  const parsed = await PostalMime.parse(received?.raw ?? '', { attachmentEncoding: 'utf8' });
  assert.equal(parsed.bcc, undefined);
  assert.equal(parsed.headers.filter(({ key }) => key === 'bcc').length, 0);
  assert.match(parsed.text ?? '', /Two findings are new/);
  assert.equal(parsed.attachments[0]?.content, 'a\r\n.\r\nb');
});
