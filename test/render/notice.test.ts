import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice } from '../../src/model/notice.ts';
import { Secret } from '../../src/model/secret.ts';
import type { ChannelSettings } from '../../src/model/settings.ts';
import { renderNotice } from '../../src/render/notice.ts';
import { routeNotice } from '../../src/route/notice.ts';
import { buildEmailChannel } from '../support/channel-builder.ts';
import { LOOK } from '../support/report-builder.ts';

const NOTICE: Notice = {
  cause: 'configuration',
  title: 'The new <b>configuration</b> is broken',
  lines: ['config.yaml:3:1 shedule: unknown key', 'ana@acme.example is not approved any more\u202e\r\nBcc: x'],
  at: '2026-11-23T08:00:00.000Z',
};

const network = { proxy: null, noProxy: [], ca: null };
const url = new Secret('https://hook.example/secret-in-it');
const common = { name: 'ops', network, url };

const CHANNELS: readonly ChannelSettings[] = [
  { ...buildEmailChannel(25), name: 'ops', detail: 'full' },
  { ...common, type: 'webhook', detail: 'full', secrets: [], format: 'report' },
  { ...common, type: 'slack', detail: 'ids' },
  { ...common, type: 'teams', detail: 'ids' },
  { ...common, type: 'googlechat', detail: 'ids' },
  { ...common, type: 'pagerduty', detail: 'counts', routingKey: new Secret('a routing key of the tests') },
  { ...common, type: 'apprise', detail: 'ids', tag: 'ops' },
];

for (const channel of CHANNELS) {
  test(`a notice by ${channel.type}: one message, with what happened and without secrets`, () => {
    const [message, ...others] = renderNotice(NOTICE, channel, LOOK);
    assert.deepEqual(others, []);
    assert.ok(message !== undefined);
    const text = JSON.stringify(message.body);
    assert.equal(message.body.kind, channel.type);
    assert.match(text, /unknown key/);
    assert.doesNotMatch(text, /secret-in-it|routing key|\u202e/);
    assert.equal(/ana@acme\.example/.test(text), channel.detail === 'full');
    if (message.body.kind === 'email') {
      assert.doesNotMatch(message.body.html, /<b>/);
      assert.match(message.body.subject, /^\[Audit\] Notice: /);
      assert.doesNotMatch(message.body.text, /^Bcc:/m);
    } else JSON.parse(message.body.body);
  });

  test(`the same cause is the same message by ${channel.type} all day, and another one tomorrow`, () => {
    const id = (over: Partial<Notice>) => renderNotice({ ...NOTICE, ...over }, channel, LOOK)[0];
    const first = id({});
    const later = id({ at: '2026-11-23T23:59:59.000Z', title: 'Still broken' });
    assert.deepEqual([later?.id, later?.wireId, later?.key], [first?.id, first?.wireId, first?.key]);
    assert.notEqual(id({ at: '2026-11-24T00:00:00.000Z' })?.id, first?.id);
    assert.equal(id({ at: '2026-11-24T00:00:00.000Z' })?.key, first?.key);
    assert.notEqual(id({ cause: 'backup' })?.id, first?.id);
  });
}

test('a notice goes to the operators, failing them to who gets reports, and never by what does not work', () => {
  const send = (to: string) =>
    ({ to, when: 'always', minSeverity: 'low', rules: null, states: null, domains: null }) as const;
  const audits = [{ send: [send('team'), send('siem')] }, { send: [send('team')] }];
  assert.deepEqual(routeNotice({ operators: ['ops', 'boss'], audits, avoid: [] }), ['boss', 'ops']);
  assert.deepEqual(routeNotice({ operators: ['ops', 'boss'], audits, avoid: ['ops'] }), ['boss']);
  assert.deepEqual(routeNotice({ operators: ['ops'], audits, avoid: ['ops'] }), ['siem', 'team']);
  assert.deepEqual(routeNotice({ operators: [], audits, avoid: ['team', 'siem'] }), []);
});
