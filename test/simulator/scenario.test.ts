import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { loadScenario, scenarioNames } from '../../src/simulator/scenario.ts';
import { generateWorld } from '../support/generate-world.ts';
import { simulateGroup, text } from '../support/simulated-group.ts';

suite('scenarios', () => {
  test('are listed by name; an unknown one is named with those there are', () => {
    assert.deepEqual(scenarioNames(), ['acme', 'quiet', 'strange', 'undertow']);
    assert.throws(() => loadScenario('acne'), /there is no scenario "acne"; there are acme, quiet, strange, undertow/);
    assert.throws(() => loadScenario('../scenarios/acme'), /there is no scenario/);
  });

  for (const name of scenarioNames()) {
    test(`${name} names only accounts that it has, and each once`, () => {
      const scenario = loadScenario(name);
      const accounts = [...scenario.members, ...scenario.serviceAccounts, ...scenario.outsiders];
      const ids = new Set(accounts.map((account) => account.id));
      const addresses = new Set(accounts.map((account) => account.email));
      assert.equal(ids.size, accounts.length);
      for (const id of Object.values(scenario.keyHolders)) assert.ok(ids.has(id), id);
      const { approved } = scenario;
      for (const entry of [...approved.administrators, ...approved.serviceAccounts, ...approved.breakGlass]) {
        assert.ok(ids.has(entry) || addresses.has(entry), entry);
      }
      for (const spike of scenario.usage.spikes) assert.ok(ids.has(spike.account));
      for (const account of scenario.serviceAccounts) assert.ok(account.id.startsWith(`${scenario.group.id}_`));
      for (const account of accounts) assert.ok((account.email ?? '@x.example').toLowerCase().endsWith('.example'));
    });
  }

  test('acme has every kind of quota', async (t) => {
    const { ask } = await simulateGroup(t);
    const quotas = (await ask('/groups/G')).body['data']?.['attributes']?.['quotas'] ?? {};
    assert.deepEqual(quotas['intelligence_searches_monthly'], { allowed: 2000, used: 1921 });
    assert.deepEqual(quotas['intelligence_downloads_monthly'], { allowed: 2000, used: 1004 });
    assert.deepEqual(quotas['intelligence_hunting_rules'], { allowed: 25, used: 241 });
    assert.deepEqual(quotas['private_scans_monthly'], { allowed: 0, used: 0 });
    assert.equal(quotas['api_requests_hourly']?.['allowed'], 60_000);
    assert.equal(quotas['api_requests_monthly']?.['allowed'], 1_000_000_000);
    assert.ok(Number(quotas['monitor_storage_bytes']?.['used']) > Number(quotas['monitor_storage_bytes']?.['allowed']));
  });

  test('acme stays what it is whatever the date', async (t) => {
    for (const at of ['2026-12-01T00:00:00Z', '2027-02-28T23:59:59Z']) {
      const { ask } = await simulateGroup(t, 'acme', { at });
      const { body } = await ask('/groups/G');
      const attributes = body['data']?.['attributes'];
      assert.equal(attributes?.['quotas']?.['intelligence_searches_monthly']?.['used'], 1921);
      const expiry = Number(attributes?.['privileges']?.['big-files']?.['expiration_date']) * 1000;
      assert.equal(expiry, Date.parse(at) + 20 * 86_400_000);
    }
  });

  test('the second week brings one finding to an end, another about and leaves the rest', async (t) => {
    const { all, ask, simulator } = await simulateGroup(t);
    const without = async (): Promise<readonly string[]> =>
      (await all('/groups/G/users?filter=2fa_enabled:false&limit=40')).map((row) => text(row['id']));
    const searches = async (): Promise<unknown> =>
      (await ask('/groups/G')).body['data']?.['attributes']?.['quotas']?.['intelligence_searches_monthly']?.['used'];
    assert.deepEqual(await without(), ['bo.lindgren', 'freja.holst', 'gustavo.pinto', 'hugo.lacroix']);
    simulator.advance('second-week');
    assert.deepEqual(await without(), ['bo.lindgren', 'gustavo.pinto', 'hugo.lacroix', 'wim.jonker']);
    assert.equal(await searches(), 1996);
    const accounts = await all('/groups/G/service_accounts');
    assert.ok(accounts.some((row) => text(row['id']) === 'northwind_dfir_export'));
    const administrators = await all('/groups/G/administrators');
    assert.ok(administrators.some((row) => text(row['id']) === 'dmitri.volkov'));
    assert.throws(() => simulator.advance('third-week'), /has no step "third-week"; it has second-week/);
  });

  test('the second week shows the same figures when the clock has gone into another month', async (t) => {
    const { ask, clock, simulator } = await simulateGroup(t, 'acme', { at: '2026-11-27T08:00:00Z' });
    await clock.advance(7 * 86_400_000);
    simulator.advance('second-week');
    const { body } = await ask('/groups/G');
    assert.equal(body['data']?.['attributes']?.['quotas']?.['intelligence_searches_monthly']?.['used'], 1996);
  });

  test('who signs in regularly goes on doing so; who was away stays away', async (t) => {
    const { ask, clock } = await simulateGroup(t);
    const daysSince = async (id: string): Promise<number> => {
      const { body } = await ask(`/users/${id}`);
      return (clock.now().getTime() / 1000 - Number(body['data']?.['attributes']?.['last_login'])) / 86_400;
    };
    await clock.advance(300 * 86_400_000);
    assert.ok((await daysSince('astrid.hauge')) < 8);
    assert.ok((await daysSince('dormant.one')) > 470);
  });

  test('a generated world is the same for the same seed, another for another, and has limits', () => {
    const one = generateWorld({ members: 300, seed: 'a' });
    assert.deepEqual(generateWorld({ members: 300, seed: 'a' }), one);
    assert.notDeepEqual(generateWorld({ members: 300, seed: 'b' }).members, one.members);
    assert.equal(one.members.length, 300);
    const without = one.members.filter((member) => !member.has2fa).length;
    assert.ok(without > 0 && without < 20);
    assert.throws(() => generateWorld({ members: 100_001, seed: 'a' }), /1 to 100000/);
    assert.throws(() => generateWorld({ members: 0, seed: 'a' }), /1 to 100000/);
  });
});
