import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { removedSentences, restartSentences, withoutRestart } from '../../src/app/reload.ts';
import { loadRules } from '../../src/app/rule-set.ts';
import { silentLog } from '../../src/model/log.ts';
import { configOf } from '../support/config-folder.ts';

const AT = new Date('2026-11-23T08:00:00Z');

const BEFORE = {
  groups: [
    {
      id: 'acme_soc',
      identity: 'x',
      apiKeyFile: './key',
      approved: { administrators: ['jdoe', 'Ana@acme.example'], domains: ['acme.example'], serviceAccounts: ['siem'] },
    },
    { id: 'acme_lab', identity: 'y', apiKeyFile: './key' },
  ],
  audits: [
    { name: 'weekly', schedule: '0 8 * * 1', rules: ['*'], send: [{ to: 'hook' }] },
    { name: 'daily', schedule: '0 9 * * *', rules: ['members-use-2fa'], send: [] },
  ],
  channels: {
    hook: { type: 'webhook', url: 'https://siem.acme.example/hook', secret: 'a secret of more than 24 bytes' },
  },
  operators: ['hook'],
};

type Configuration = typeof BEFORE;

async function compare(t: TestContext, change: (now: Configuration) => void): Promise<readonly string[]> {
  const written = structuredClone(BEFORE);
  change(written);
  const load = async (configuration: object) => {
    const config = await configOf(t, JSON.stringify(configuration));
    return { config, rules: await loadRules(config, silentLog) };
  };
  return removedSentences(await load(BEFORE), await load(written), AT);
}

test('says nothing of what is added or merely changed', async (t) => {
  const sentences = await compare(t, (now) => {
    now.groups[0]?.approved?.administrators?.push('bea');
    Object.assign(now.audits[1] ?? {}, { schedule: '0 10 * * *', rules: ['*'] });
  });
  assert.deepEqual(sentences, []);
});

test('names every group, audit, rule, approved entry, receiver and schedule that is gone', async (t) => {
  const sentences = await compare(t, (now) => {
    now.groups.pop();
    Object.assign(now.groups[0]?.approved ?? {}, { administrators: ['JDOE'], domains: undefined, serviceAccounts: [] });
    now.audits.pop();
    Object.assign(now.audits[0] ?? {}, { schedule: undefined, rules: ['tag:quota'], send: [] });
    now.operators.pop();
  });
  for (const sentence of [
    'the group acme_lab was removed: it is not audited any more',
    'ana@acme.example is not among the approved administrators of acme_soc any more',
    'siem is not among the approved service accounts of acme_soc any more',
    'the list of approved domains of acme_soc was removed',
    'the audit weekly has no schedule any more',
    'the audit weekly does not cover acme_lab any more',
    'the audit weekly does not send to hook any more',
    'the audit daily was removed: it does not run any more',
    'the rule members-use-2fa is judged by no audit any more',
    'hook is not among the operators any more',
  ])
    assert.ok(sentences.includes(sentence), `${sentence}\n${sentences.join('\n')}`);
});

test('what needs a restart stays as it was, and is said', async (t) => {
  const before = await configOf(t, JSON.stringify({ ...BEFORE, server: { listen: '127.0.0.1:8080' } }));
  const now = await configOf(
    t,
    JSON.stringify({ ...BEFORE, server: { listen: '127.0.0.1:9090' }, store: { path: '/elsewhere/a.db' } }),
  );
  assert.equal(restartSentences(before, now).length, 2);
  assert.deepEqual(restartSentences(before, before), []);
  const kept = withoutRestart(before, now);
  assert.deepEqual([kept.store.path, kept.server], [before.store.path, before.server]);
});
