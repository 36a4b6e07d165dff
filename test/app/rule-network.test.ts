import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { rulesWithNetwork } from '../../src/app/rule-network.ts';
import { loadCustomRules } from '../../src/evaluate/custom-rules.ts';
import { isNetworkClosed } from '../../src/evaluate/process-watch.ts';
import { silentLog } from '../../src/model/log.ts';
import { expressionSource } from '../support/expression-source.ts';
import { ruleFolder } from '../support/rule-folder.ts';

const CONNECTING = `import { defineRule, z } from 'vt-auditor/rule';
import { connect } from 'node:net';
const socket = connect(1, '127.0.0.1');
const said = await new Promise((resolve) => socket.once('error', (error) => resolve(error.code)));
export default defineRule({
  id: 'connects', title: 'It was told ' + said, severity: 'low', tags: ['x'], why: 'Why.', fix: { text: 'Fix.', effort: 'low' },
  controls: {}, needs: ['members'], options: z.strictObject({}), evaluate() { return []; },
});
`;

test('names exactly the rules that can reach the network, and those can', async (t) => {
  const folder = await ruleFolder(t, {
    'connects.js': CONNECTING,
    'some-rule.yaml': expressionSource({ when: 'false' }),
  });
  const loaded = await loadCustomRules({ folders: [join(folder)], log: silentLog, timeoutMs: 20_000, memoryMb: 128 });
  assert.deepEqual(loaded.broken, []);
  const isRefused = loaded.rules[0]?.requirement.title === 'It was told ERR_ACCESS_DENIED';
  assert.equal(isRefused, isNetworkClosed());
  assert.deepEqual(rulesWithNetwork({ custom: loaded.rules }), isRefused ? [] : ['connects']);
});
