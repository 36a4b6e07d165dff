import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { runInProcess } from '../support/flow-in-process.ts';
import { createScope, type Ended } from '../support/flow-program.ts';
import { createStage, type Stage } from '../support/flow-stage.ts';

type Row = Readonly<Record<string, unknown>>;

/** What a script of the vendor's guides does: the same address, `links.next` to the end, nothing else. */
async function rowsOf({ simulator }: Stage, path: string): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (let next: string | undefined = simulator.baseUrl + path; next !== undefined; ) {
    const body = await answerOf({ simulator }, next);
    rows.push(...body.data);
    next = body.links?.next;
  }
  return rows;
}

async function answerOf({ simulator }: Pick<Stage, 'simulator'>, url: string) {
  const response = await fetch(url, { headers: { 'x-apikey': simulator.keys.administrator } });
  assert.equal(response.status, 200, url);
  return JSON.parse(await response.text());
}

const byId = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));

describe('what the vendor’s scripts print, as commands', () => {
  const scope = createScope();
  let stage: Stage;
  let group: string;

  before(async () => {
    stage = await createStage(scope);
    stage.configure({ audits: [{ name: 'review' }], channels: {} });
    group = stage.simulator.groupId;
  });
  after(() => scope.close());

  const run = (...args: string[]): Promise<Ended> => runInProcess(stage.workspace, args);
  async function json(code: number, ...args: string[]) {
    const ended = await run(...args, '--json');
    assert.equal(ended.code, code, ended.stderr);
    return JSON.parse(ended.stdout);
  }
  /** Id, names and address as the scripts print them. */
  const printed = (rows: readonly Row[]): readonly unknown[] =>
    byId(rows).map(({ id, attributes }) => {
      const { first_name = '', last_name = '', email = null } = (attributes ?? {}) as Record<string, string | null>;
      const name = [first_name, last_name].map((part) => part?.trim() ?? '').filter((part) => part !== '');
      return [id, name.join(' ') || null, email];
    });
  const listed = (rows: readonly Row[]): readonly unknown[] =>
    byId(rows).map(({ id, name, address }) => [id, name, address]);

  it('getting_group_users_and_service_accounts', async () => {
    const attributes = 'attributes=first_name,last_name,email';
    assert.deepEqual(
      listed(await json(0, 'members', 'list')),
      printed(await rowsOf(stage, `/groups/${group}/users?${attributes}`)),
    );
    assert.deepEqual(
      listed(await json(0, 'service-accounts', 'list')),
      printed(await rowsOf(stage, `/groups/${group}/service_accounts?${attributes}`)),
    );
  });

  it('getting_users_without_2fa', async () => {
    const rows = await rowsOf(
      stage,
      `/groups/${group}/users?attributes=first_name,last_name,email&filter=2fa_enabled:false`,
    );
    assert.ok(rows.length > 0);
    assert.deepEqual(listed(await json(0, 'members', 'list', '--without-2fa')), printed(rows));
  });

  it('getting_potentially_unauthorized_admins, also by role and address', async () => {
    const unapproved: readonly Row[] = await json(0, 'administrators', 'list', '--unapproved');
    assert.deepEqual(
      unapproved.map(({ id }) => id),
      ['dmitri.volkov'],
    );
    const all: readonly Row[] = await json(0, 'administrators', 'list');
    const script = await rowsOf(stage, `/groups/${group}/administrators?attributes=first_name,last_name,email`);
    for (const { id } of script) assert.ok(all.some((row) => row['id'] === id));
    assert.deepEqual(
      all.filter(({ by }) => !String(by).includes('relationship')).map(({ id }) => id),
      ['elena.marchetti', 'northwind_dfir_auditor'],
    );
  });

  it('group_enterprise_current_month_consumption', async () => {
    const { data } = await answerOf(stage, `${stage.simulator.baseUrl}/users/astrid.hauge/overall_quotas`);
    const lines: readonly Row[] = await json(0, 'quota', 'show');
    for (const name of [
      'intelligence_searches_monthly',
      'intelligence_downloads_monthly',
      'intelligence_hunting_rules',
    ]) {
      const line = lines.find((one) => one['name'] === name);
      assert.deepEqual([line?.['used'], line?.['allowed']], [data[name].group.used, data[name].group.allowed], name);
    }
  });

  it('user_enterprise_current_month_consumption', async () => {
    const { data } = await answerOf(stage, `${stage.simulator.baseUrl}/users/bo.lindgren/overall_quotas`);
    const name = 'intelligence_searches_monthly';
    const { own } = await json(0, 'quota', 'show', '--member', 'bo.lindgren');
    assert.equal(own.find((one: Row) => one['name'] === name).used, data[name].user.used);
    const members: readonly Row[] = await json(0, 'members', 'list');
    const quotas = members.find(({ id }) => id === 'bo.lindgren')?.['quotas'] as Record<string, { used: number }>;
    assert.equal(quotas[name]?.used, data[name].user.used);
  });

  it('group_api_consumption and user_api_consumption', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const from = new Date(Date.now() - 9 * 86_400_000).toISOString().slice(0, 10);
    const query = `start_date=${from.replaceAll('-', '')}&end_date=${today.replaceAll('-', '')}`;
    for (const [path, whose] of [
      [`/groups/${group}/api_usage`, ['group']],
      ['/users/northwind_dfir_siem/api_usage', ['member', 'northwind_dfir_siem']],
    ] as const) {
      const { data } = await answerOf(stage, `${stage.simulator.baseUrl}${path}?${query}`);
      const days: readonly Row[] = await json(0, 'usage', ...whose, '--from', from);
      assert.equal(days.length, 10);
      for (const { day, calls } of days.filter((one) => one['day'] !== today)) {
        const expected = Object.values(data.daily[String(day)] as Record<string, number>).reduce((a, b) => a + b, 0);
        assert.equal(
          Object.values(calls as Record<string, number>).reduce((a, b) => a + b, 0),
          expected,
          String(day),
        );
      }
    }
  });

  it('user_enterprise_current_month_consumption and user_api_consumption of everybody', async () => {
    const ids = (await rowsOf(stage, `/groups/${group}/relationships/users`)).map(({ id }) => String(id));
    const today = new Date().toISOString().slice(0, 10);
    const ended = await run('quota', 'show', '--all-members', '--json');
    // The API has no record of one of them: that is said, and costs the others nothing.
    assert.equal(ended.code, 3);
    assert.match(ended.stderr, /^lost\.record: Could not read an account's quotas/m);
    const read: readonly { account: string; own: readonly Row[] }[] = JSON.parse(ended.stdout);
    assert.deepEqual(
      read.map(({ account }) => account),
      ids.filter((id) => id !== 'lost.record').toSorted(),
    );
    const { data } = await answerOf(stage, `${stage.simulator.baseUrl}/users/capped.intern/overall_quotas`);
    const own = read.find(({ account }) => account === 'capped.intern')?.own ?? [];
    for (const { name, used, allowed } of own.filter(({ name: quota }) => String(quota).endsWith('_monthly')))
      assert.deepEqual([used, allowed], [data[String(name)].user.used, data[String(name)].user.allowed], String(name));
    const usage = await run('usage', 'member', '--all', '--from', today, '--csv');
    assert.equal(usage.code, 3);
    assert.equal(usage.stdout.trimEnd().split('\r\n').length, ids.length);
    assert.equal((await run('usage', 'member')).code, 2);
    assert.equal((await run('usage', 'member', 'bo.lindgren', '--all')).code, 2);
    assert.equal((await run('usage', 'group', '--all')).code, 2);
    assert.equal((await run('quota', 'show', '--all-members', '--member', 'bo.lindgren')).code, 2);
  });

  it('administrators with their last sign-in, cap and use of this month', async () => {
    const all: readonly Row[] = await json(0, 'administrators', 'list');
    const members: readonly Row[] = await json(0, 'members', 'list');
    const pick = ({ status, lastSignInAt, dailyCap, consumedThisMonth }: Row) => [
      status,
      lastSignInAt,
      dailyCap,
      consumedThisMonth,
    ];
    const ofPeople = all.filter(({ kind }) => kind === 'member');
    assert.deepEqual(
      ofPeople.map(pick),
      ofPeople.map(({ id }) => pick(members.find((member) => member['id'] === id) ?? {})),
    );
    const machine = all.find(({ kind }) => kind === 'service account');
    assert.deepEqual([machine?.['lastSignInAt'], machine?.['dailyCap']], [null, 1_000]);
  });

  it('the groups of a service account, and who joins by signing up', async () => {
    assert.deepEqual(await json(0, 'service-accounts', 'groups', 'northwind_dfir_siem'), [group]);
    assert.deepEqual(await json(0, 'auto-join', 'list'), [
      '*@northwind.example',
      '*@gmail.com',
      'carmen.reyes@nw-response.example',
    ]);
    assert.equal(
      (await run('service-accounts', 'groups', 'northwind_dfir_siem', '--csv')).stdout,
      `\uFEFF"group"\r\n"${group}"\r\n`,
    );
    assert.match((await run('auto-join', 'list', '--csv')).stdout, /^\uFEFF"pattern"\r\n"\*@northwind\.example"\r\n/);
  });

  it('a spreadsheet runs nothing, and has everybody', async () => {
    const { stdout, code } = await run('members', 'list', '--csv');
    assert.equal(code, 0);
    const members: readonly Row[] = await json(0, 'members', 'list');
    assert.equal(stdout.trimEnd().split('\r\n').length, members.length + 1);
    for (const cell of stdout.split(/,(?=")|\r\n/)) assert.doesNotMatch(cell, /^"[\s'"]*[=+\-@]/);
    assert.equal(stdout.charCodeAt(0), 0xfeff);
    const administrators = await run('administrators', 'list', '--csv');
    assert.match(administrators.stdout, /"dmitri.volkov","Dmitri Volkov",.*"no"/);
  });

  it('no service account’s key is shown anywhere', async () => {
    for (const args of [
      ['service-accounts', 'list', '--json'],
      ['service-accounts', 'list', '--csv'],
      ['members', 'list', '--json'],
      ['administrators', 'list', '--json'],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 0);
      assert.doesNotMatch(stdout + stderr, /[0-9a-f]{64}/);
    }
  });

  it('what a plain member’s key may not see is called not visible, and the list partial', async () => {
    const [first] = stage.configuration.groups;
    stage.configure({
      groups: [{ ...first, apiKey: stage.simulator.keys.member }],
      audits: [{ name: 'review' }],
      channels: {},
    });
    const { code, stdout, stderr } = await run('members', 'list');
    assert.equal(code, 3);
    assert.match(stdout, /bo\.lindgren +Bo Lindgren +not visible/);
    assert.match(stderr, /not proven to be an administrator/);
    const rows: readonly Row[] = await json(3, 'members', 'list');
    assert.deepEqual([rows[0]?.['address'], String(rows[0]?.['notVisible']).includes('address')], [null, true]);
    const denied = await run('members', 'list', '--without-2fa');
    assert.equal(denied.code, 2);
    assert.equal(denied.stdout, '');
    assert.equal((await run('usage', 'group')).code, 2);
    assert.equal((await run('auto-join', 'list')).code, 2);
  });
});
