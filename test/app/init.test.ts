import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigurationError, UsageError } from '../../src/app/complaint.ts';
import { writeFirstConfig } from '../../src/app/first-config.ts';
import { type InitOrder, initialize } from '../../src/app/init.ts';
import { loadConfigText } from '../../src/config/load.ts';
import { known } from '../../src/model/fact.ts';
import { present } from '../../src/model/snapshot.ts';
import { type KeyName, loadScenario } from '../../src/simulator/scenario.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { AT, member } from '../support/snapshot-builder.ts';

async function orderFor(t: TestContext, key: KeyName = 'administrator', over: Partial<InitOrder> = {}) {
  const simulator = await startSimulator({
    scenario: loadScenario('acme'),
    clock: createManualClock('2026-11-23T08:00:00.000Z'),
  });
  t.after(() => simulator.close());
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-init-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'key'), simulator.keys[key], { mode: 0o600 });
  const order: InitOrder = {
    group: simulator.groupId,
    apiKeyFile: join(folder, 'key'),
    identity: simulator.identity,
    baseUrl: simulator.baseUrl,
    output: join(folder, 'config.yaml'),
    ...over,
  };
  return { order, folder, simulator };
}

/** What the file is once somebody confirmed everything. */
function confirmed(text: string): string {
  const [head = '', rest = ''] = text.split('    # approved:');
  const end = rest.indexOf('\n\n');
  return `${head}    approved:${rest.slice(0, end).replaceAll('\n    # ', '\n    ')}${rest.slice(end)}`;
}

test('writes a configuration that loads as it is, and approves nobody by itself', async (t) => {
  const { order, folder, simulator } = await orderFor(t);
  const { text, gaps } = await initialize(order);
  assert.deepEqual(gaps, []);
  assert.equal(readFileSync(join(folder, 'config.yaml'), 'utf8'), text);
  assert.equal(statSync(join(folder, 'config.yaml')).mode & 0o777, 0o600);
  const loaded = await loadConfigText(text, { file: join(folder, 'config.yaml'), environment: {}, at: AT });
  assert.ok(loaded.ok);
  assert.deepEqual(loaded.config.groups[0]?.approved, {
    administrators: null,
    serviceAccounts: null,
    domains: null,
    breakGlass: [],
  });
  assert.equal(text.includes(simulator.keys.administrator), false);
  assert.deepEqual(
    simulator.requests.filter(({ method }) => method !== 'GET'),
    [],
  );
});

test('what it proposes, once confirmed, is who has access', async (t) => {
  const { order, folder } = await orderFor(t);
  const text = confirmed((await initialize(order)).text);
  const loaded = await loadConfigText(text, { file: join(folder, 'config.yaml'), environment: {}, at: AT });
  assert.ok(loaded.ok, loaded.ok ? '' : JSON.stringify(loaded.problems));
  const approved = loaded.config.groups[0]?.approved;
  assert.deepEqual(
    approved?.administrators?.map(({ id }) => id),
    [
      'astrid.hauge',
      'bo.lindgren',
      'carmen.reyes',
      'dmitri.volkov',
      'elena.marchetti',
      'northwind.breakglass',
      'northwind_dfir_auditor',
    ],
  );
  assert.equal(approved?.serviceAccounts?.length, 5);
  assert.deepEqual(approved?.domains, ['northwind.example', 'nw-response.example', 'contractor.example']);
});

test('overwrites nothing, and asks nothing for it', async (t) => {
  const { order, simulator } = await orderFor(t);
  await initialize(order);
  const asked = simulator.requests.length;
  await assert.rejects(
    initialize(order),
    (error) => error instanceof UsageError && /there already/.test(error.message),
  );
  assert.equal(simulator.requests.length, asked);
});

test('says what a member’s key does not show, and proposes nothing for it', async (t) => {
  const { order } = await orderFor(t, 'member', { output: null });
  const { text, gaps } = await initialize(order);
  assert.match(gaps.join('\n'), /administrator rights/);
  assert.match(text, /domains: \[\] {5}# not known/);
});

test('a group that is not there, a key file that is not, and no possible id are told without a place in a file', async (t) => {
  const { order } = await orderFor(t);
  await assert.rejects(initialize({ ...order, group: 'nobody_here' }), UsageError);
  for (const wrong of [{ apiKeyFile: './not-there' }, { group: 'a b' }]) {
    await assert.rejects(
      initialize({ ...order, ...wrong }),
      (error) => error instanceof ConfigurationError && error.lines[0]?.startsWith('groups[0]') === true,
    );
  }
});

test('a name from the API ends no line and means nothing else', async () => {
  const hostile = 'x"\n      - intruder\r# \u2028y: *z';
  const text = writeFirstConfig(
    {
      group: 'larkspur_soc',
      apiKeyFile: './key',
      identity: hostile,
      baseUrl: null,
      timezone: 'UTC',
      at: AT,
    },
    {
      administrators: present([{ id: hostile, name: hostile, email: known(hostile) }]),
      members: present([{ ...member('amy'), email: known(`a@${hostile}`) }]),
      serviceAccounts: present([]),
    },
  );
  assert.equal(
    text.split('\n').filter((line) => line.includes('intruder') && !/^ {4}(?:#|identity:)/.test(line)).length,
    0,
  );
});
