import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { send } from '../../../src/deliver/channels/index.ts';
import type { HttpBody, Outcome } from '../../../src/model/message.ts';
import type { ChannelSettings } from '../../../src/model/settings.ts';
import {
  buildAppriseChannel,
  buildContext,
  buildGoogleChatChannel,
  buildPagerDutyChannel,
  buildTeamsChannel,
  buildWebhookChannel,
} from '../../support/channel-builder.ts';
import { buildMessage } from '../../support/store-builder.ts';
import { startWebhookSink, type WebhookSink, type WebhookSinkOptions } from '../../support/webhook-sink.ts';

async function sink(t: TestContext, options: WebhookSinkOptions = {}): Promise<WebhookSink> {
  const started = await startWebhookSink(options);
  t.after(() => started.close());
  return started;
}

function messageOf(kind: HttpBody['kind'], body = '{"text":"é"}') {
  return buildMessage('m1', { body: { kind, contentType: 'application/json; charset=utf-8', body } });
}

const CHANNELS: readonly ((url: string) => ChannelSettings & { readonly type: HttpBody['kind'] })[] = [
  buildTeamsChannel,
  buildGoogleChatChannel,
  buildPagerDutyChannel,
  buildAppriseChannel,
];

function kindOf(outcome: Outcome): string {
  return outcome.kind === 'retry' ? `retry ${outcome.patience}` : outcome.kind;
}

for (const build of CHANNELS) {
  const { type } = build('http://127.0.0.1/');

  test(`${type} posts once, follows no redirect, and reads answers like every channel`, async (t) => {
    const statuses = [200, 202, 302, 400, 401, 410, 429, 500];
    const server = await sink(t, {
      respond: (_, index) => ({ status: statuses[index] ?? 500, headers: { location: 'http://169.254.169.254/' } }),
    });
    const outcomes: string[] = [];
    for (const _ of statuses) outcomes.push(kindOf(await send(messageOf(type), build(server.url), buildContext())));
    const expected = [
      'delivered',
      'delivered',
      'failed',
      'failed',
      'retry short',
      'failed',
      'retry long',
      'retry long',
    ];
    assert.deepEqual(outcomes, expected);
    assert.equal(server.requests.length, statuses.length);
    const [request] = server.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal((JSON.parse(request?.body ?? '') as { text: string }).text, 'é');
  });

  test(`${type} names no address and no key in what it says of a failure`, async (t) => {
    const server = await sink(t, { respond: () => ({ status: 500, body: 'planted-body' }) });
    for (const url of [
      `${server.url}?key=planted`,
      'http://planted.invalid/planted',
      'http://169.254.169.254/planted',
    ]) {
      const outcome = await send(messageOf(type), build(url), buildContext());
      assert.ok(outcome.kind === 'retry', url);
      assert.doesNotMatch(JSON.stringify(outcome), /planted|127\.0|169\.254|http:/);
    }
  });

  test(`${type} does not send what was written for another kind of channel`, async (t) => {
    const server = await sink(t);
    const outcome = await send(messageOf('webhook'), build(server.url), buildContext());
    assert.equal(outcome.kind, 'failed');
    assert.equal(server.requests.length, 0);
    assert.equal((await send(messageOf(type), buildWebhookChannel(server.url), buildContext())).kind, 'failed');
  });
}

test('PagerDuty gets the routing key in the body, and nowhere else', async (t) => {
  const server = await sink(t);
  const key = 'abcdefghij0123456789abcdefghij01';
  const message = messageOf('pagerduty', '{"event_action":"resolve","dedup_key":"x","routing_key":"forged"}');
  await send(message, buildPagerDutyChannel(server.url, key), buildContext());
  const [request] = server.requests;
  assert.deepEqual(JSON.parse(request?.body ?? ''), { event_action: 'resolve', dedup_key: 'x', routing_key: key });
  assert.doesNotMatch(JSON.stringify([request?.path, request?.headers]), new RegExp(key));
});

test('Google Chat gets the same request id at every attempt, beside what the address has', async (t) => {
  const server = await sink(t);
  const url = `${server.url}?key=planted%20key&token=a%2Bb`;
  for (const _ of [1, 2]) await send(messageOf('googlechat'), buildGoogleChatChannel(url), buildContext());
  const queries = server.requests.map(({ path }) => Object.fromEntries(new URL(path, server.url).searchParams));
  assert.deepEqual(queries[0], {
    key: 'planted key',
    token: 'a+b',
    requestId: 'wire_m1',
    messageReplyOption: 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD',
  });
  assert.deepEqual(queries[1], queries[0]);
});

test('an Apprise server that tells nobody has not delivered', async (t) => {
  const statuses = [204, 424];
  const server = await sink(t, { respond: (_, index) => ({ status: statuses[index] ?? 200 }) });
  const outcomes: Outcome[] = [];
  for (const _ of statuses) {
    outcomes.push(await send(messageOf('apprise'), buildAppriseChannel(server.url), buildContext()));
  }
  assert.deepEqual(outcomes.map(kindOf), ['retry short', 'retry long']);
  assert.match(outcomes[0]?.kind === 'retry' ? outcomes[0].error : '', /nobody was told/);
});
