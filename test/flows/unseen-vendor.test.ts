import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openSubjects, type ReportJson, reportsIn, ruleOf } from '../support/flow-json.ts';
import { createScope, createWorkspace, type Ended } from '../support/flow-program.ts';
import { type Expected, QUOTAS_NEAR_LIMIT, vendorConfiguration, vendorGroup } from '../support/flow-vendor-group.ts';
import { startVendorServer, type VendorServer } from '../support/flow-vendor-server.ts';

const SIZES = [1, 39, 40, 41, 137, 400];

describe('an audit of a server that was written from the documentation alone', () => {
  const scope = createScope();
  let server: VendorServer;
  let ended: Ended;
  let reports: ReadonlyMap<string, ReportJson>;
  const expected = new Map<string, Expected>([
    ...SIZES.map((size): [string, Expected] => [`of_${size}`, vendorGroup(`of_${size}`, size)]),
    ['tens', vendorGroup('tens', 137, { pageCap: 10 })],
    ['mixed', vendorGroup('mixed', 41, { machinesAmongUsers: true })],
    ['of_0', vendorGroup('of_0', 0)],
  ]);
  const full = [...expected.keys()].filter((id) => id !== 'of_0');
  /** The group that an address names, by itself or by the account whose key audits it. */
  const groupAskedBy = (target: string): string | undefined => {
    const [, , , kind, name] = target.split(/[/?]/);
    if (kind === 'groups') return name;
    return [...expected.values()].find(({ group }) => kind === 'users' && group.keyOwner === name)?.group.id;
  };
  const reportOf = (id: string): ReportJson => reports.get(id) ?? assert.fail(`no report of ${id}`);
  const expectedOf = (id: string): Expected => expected.get(id) ?? assert.fail(`nothing is expected of ${id}`);

  before(async () => {
    server = await startVendorServer(
      scope,
      [...expected.values()].map(({ group }) => group),
    );
    const workspace = createWorkspace(scope);
    workspace.configure(vendorConfiguration(server.baseUrl, [...expected.values()]));
    ended = await workspace.run(['run', '--format', 'json']);
    reports = new Map(reportsIn(ended.stdout).map((report) => [report.run.group, report]));
  });
  after(() => scope.close());

  for (const id of full) {
    it(`finds exactly the members without two-factor authentication (${id})`, () => {
      assert.deepEqual(openSubjects(reportOf(id), 'members-use-2fa'), expectedOf(id).withoutTwoFactor);
      const rule = ruleOf(reportOf(id), 'members-use-2fa');
      assert.equal(rule.checked, expectedOf(id).group.members.length);
      assert.equal(rule.verdict, expectedOf(id).withoutTwoFactor.length > 0 ? 'breached' : 'passed');
    });

    it(`finds exactly the administrators whom nobody approved (${id})`, () => {
      assert.deepEqual(openSubjects(reportOf(id), 'administrators-are-approved'), expectedOf(id).unapproved.toSorted());
    });

    it(`finds exactly the quotas that are near their limit (${id})`, () => {
      assert.deepEqual(openSubjects(reportOf(id), 'quota-within-limit'), [...QUOTAS_NEAR_LIMIT]);
    });

    it(`finds exactly the day of the spike, with its endpoint and its account (${id})`, () => {
      const spikes = reportOf(id).findings.filter(({ rule }) => rule === 'usage-without-spikes');
      assert.equal(spikes.length, 1);
      const day = new Date(Date.parse(reportOf(id).run.startedAt) - 11 * 86_400_000).toISOString().slice(0, 10);
      const evidence = spikes[0]?.evidence as {
        day: string;
        cause: string;
        endpoints: { endpoint: string }[];
        accounts: { id: string }[];
      };
      assert.equal(spikes[0]?.key, day);
      assert.equal(evidence.day, day);
      assert.equal(evidence.endpoints[0]?.endpoint, 'file_download');
      assert.equal(evidence.accounts[0]?.id, `${id}_siem`);
      assert.equal(evidence.cause, `${id}_siem`);
    });

    it(`is complete, and finds exactly the service account that is not on the list (${id})`, () => {
      assert.equal(reportOf(id).run.status, 'complete');
      assert.deepEqual(openSubjects(reportOf(id), 'service-accounts-are-approved'), [`${id}_mailgate`]);
      assert.equal(ruleOf(reportOf(id), 'auto-join-is-restricted').verdict, 'passed');
      assert.equal(ruleOf(reportOf(id), 'privileges-are-current').verdict, 'passed');
    });
  }

  it('never takes a list of nobody for a group in which everybody has a second factor', () => {
    const report = reportOf('of_0');
    assert.equal(ruleOf(report, 'members-use-2fa').verdict, 'not_evaluated');
    assert.deepEqual(openSubjects(report, 'quota-within-limit'), [...QUOTAS_NEAR_LIMIT]);
    assert.deepEqual(openSubjects(report, 'service-accounts-are-approved'), ['of_0_mailgate']);
  });

  it('makes no more requests than it planned for a group that it knows the size of', () => {
    const made = (id: string): number => server.requests.filter(({ target }) => groupAskedBy(target) === id).length;
    for (const id of full) assert.equal(reportOf(id).run.requests.made, made(id));
    // 12, three times the pages of members, and the pages of consumers.
    assert.ok(made('of_400') <= 12 + 3 * 10 + 12, `${made('of_400')} requests`);
  });

  it('only reads, asks each thing once, and sends each key to its own group only', () => {
    assert.ok(server.requests.every(({ method }) => method === 'GET'));
    const targets = server.requests.map(({ target }) => target).filter((target) => !target.includes('/of_0'));
    assert.equal(new Set(targets).size, targets.length);
    for (const { target, key } of server.requests) {
      const owner = [...expected.values()].find(({ group }) => group.key === key);
      assert.equal(owner?.group.id, groupAskedBy(target));
    }
  });

  it('is partial where the API lists nobody', () => {
    assert.equal(reportOf('of_0').run.status, 'partial');
  });

  it('ends with 3 for that one group, and says nothing of defects', () => {
    assert.equal(ended.code, 3);
    assert.doesNotMatch(ended.stderr, /TypeError|ReferenceError/);
  });
});
