import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadWaivers, type WaiverFile } from '../../src/config/waivers.ts';
import { configFolder } from '../support/config-folder.ts';

const AT = new Date('2026-11-22T23:30:00Z');
const DAYS = { critical: 90, high: 90, medium: 90, low: 90 };
const GOOD =
  '- { rule: members-use-2fa, subject: ana@acme.example, reason: token ordered, approvedBy: bo, expires: 2026-12-31 }\n';

async function waiversOf(context: TestContext, yaml: string, timezone = 'UTC'): Promise<WaiverFile> {
  const folder = configFolder(context, { 'waivers.yaml': yaml });
  const file = await loadWaivers({
    file: join(folder, 'waivers.yaml'),
    timezone,
    at: AT,
    maxWaiverDays: DAYS,
    approvers: null,
  });
  return {
    waivers: file.waivers,
    bad: file.bad.map(({ place, problem }) => ({ place: place.replace(`${folder}/`, ''), problem })),
    unreadable: file.unreadable?.replace(`${folder}/`, '') ?? null,
    absent: file.absent,
  };
}

test('reads a waiver, which ends when its day ends in the time zone of the report', async (context) => {
  const { waivers, bad, unreadable } = await waiversOf(context, GOOD, 'Europe/Madrid');
  assert.deepEqual(
    { waivers, bad, unreadable },
    {
      waivers: [
        {
          rule: 'members-use-2fa',
          group: null,
          subject: 'ana@acme.example',
          key: null,
          reason: 'token ordered',
          approvedBy: 'bo',
          expires: '2026-12-31',
          ticket: null,
          endsAt: '2026-12-31T23:00:00.000Z',
        },
      ],
      bad: [],
      unreadable: null,
    },
  );
});

test('keeps a waiver that has ended, so that a finding can say whose it was', async (context) => {
  const { waivers } = await waiversOf(context, GOOD.replace('2026-12-31', '2026-01-31'));
  assert.equal(waivers[0]?.endsAt, '2026-02-01T00:00:00.000Z');
});

test('does not let a bad entry waive, and lets the others', async (context) => {
  const yaml = [
    GOOD,
    GOOD.replace('2026-12-31', '2027-02-30'),
    GOOD.replace('2026-12-31', '31.12.2026'),
    GOOD.replace('token ordered', '""'),
    GOOD.replace('approvedBy: bo, ', ''),
    GOOD.replace('approvedBy', 'aprovedBy'),
    GOOD.replace('reason', 'rule: again, reason'),
    GOOD.replace('subject: ana@acme.example', 'subject: 42'),
    '- members-use-2fa\n',
    GOOD.replace('members-use-2fa', '"*"'),
    GOOD.replace('ana@', 'bea@'),
  ].join('');
  const { waivers, bad, unreadable } = await waiversOf(context, yaml);
  assert.deepEqual(
    waivers.map((waiver) => waiver.subject),
    ['ana@acme.example', 'bea@acme.example'],
  );
  assert.equal(unreadable, null);
  assert.deepEqual(bad, [
    { place: 'waivers.yaml:2:94', problem: '[1].expires: "2027-02-30" is not a date; expected one such as 2027-03-31' },
    { place: 'waivers.yaml:3:94', problem: '[2].expires: "31.12.2026" is not a date; expected one such as 2027-03-31' },
    { place: 'waivers.yaml:4:55', problem: '[3].reason: empty; expected why it is accepted' },
    { place: 'waivers.yaml:5:3', problem: '[4].approvedBy: missing; expected who accepted it' },
    { place: 'waivers.yaml:6:3', problem: '[5].approvedBy: missing; expected who accepted it' },
    { place: 'waivers.yaml:6:78', problem: '[5].aprovedBy: unknown key; did you mean "approvedBy"?' },
    { place: 'waivers.yaml:7:55', problem: '[6].rule: this key is already in the same map; remove one of the two' },
    {
      place: 'waivers.yaml:8:28',
      problem: '[7].subject: expected the id or the e-mail address of the subject, found 42; put it in quotes',
    },
    {
      place: 'waivers.yaml:9:3',
      problem:
        '[8]: expected a map with rule, group, subject, key, reason, approvedBy, approvedOn, severity, expires and ticket, found "members-use-2fa"',
    },
    { place: 'waivers.yaml:10:5', problem: '[9].rule: expected the id of a rule, found "*"' },
  ]);
});

test('counts the days ahead from today in the time zone of the report, on both sides of the bound', async (context) => {
  const count = async (expires: string, timezone: string): Promise<number> =>
    (await waiversOf(context, GOOD.replace('2026-12-31', expires), timezone)).waivers.length;
  assert.deepEqual([await count('2027-02-20', 'UTC'), await count('2027-02-21', 'UTC')], [1, 0]);
  // Half past eleven in the evening in UTC is tomorrow in Madrid.
  assert.deepEqual([await count('2027-02-21', 'Europe/Madrid'), await count('2027-02-22', 'Europe/Madrid')], [1, 0]);
});

test('takes an empty file for no waivers, and variables for text', async (context) => {
  assert.deepEqual(await waiversOf(context, '# none yet\n'), { waivers: [], bad: [], unreadable: null, absent: false });
  assert.equal((await waiversOf(context, GOOD.replace('token ordered', '"${HOME}"'))).waivers[0]?.reason, '${HOME}');
});

test('says of a file that cannot be read that it cannot, instead of "no waivers"', async (context) => {
  const folder = configFolder(context);
  mkdirSync(join(folder, 'folder'));
  const why = async (name: string): Promise<string | undefined> => {
    const file = await loadWaivers({
      file: join(folder, name),
      timezone: 'UTC',
      at: AT,
      maxWaiverDays: DAYS,
      approvers: null,
    });
    return file.unreadable?.replace(`${folder}/`, '');
  };
  assert.equal(await why('none.yaml'), 'the waiver file "none.yaml" cannot be read: there is no such file');
  assert.equal(await why('folder'), 'the waiver file "folder" cannot be read: it is a directory, not a file');
  assert.deepEqual(await waiversOf(context, `${GOOD}- {`), {
    waivers: [],
    bad: [],
    unreadable: 'waivers.yaml:2:3 not valid YAML: the bracket that is opened here is not closed',
    absent: false,
  });
  assert.equal(
    (await waiversOf(context, `waivers:\n  ${GOOD}`)).unreadable,
    'waivers.yaml:1:1 expected a list of waivers, each with "- rule: ..." first',
  );
});

test('an approver, a date of approval and the severity limit how a waiver counts', async (context) => {
  const limits = { critical: 30, high: 90, medium: 180, low: 365 };
  const base = '{ rule: members-use-2fa, subject: ana@acme.example, reason: token ordered';
  const entries = {
    'within the longest limit': 'approvedBy: bo@acme.example, expires: 2027-11-22',
    'beyond it': 'approvedBy: bo@acme.example, expires: 2027-11-23',
    'counted from its approval': 'approvedBy: bo@acme.example, approvedOn: 2026-01-01, expires: 2027-01-02',
    'within its severity': 'approvedBy: BO@acme.example, severity: critical, expires: 2026-12-22',
    'beyond its severity': 'approvedBy: bo@acme.example, severity: critical, expires: 2026-12-23',
    'approved tomorrow': 'approvedBy: bo@acme.example, approvedOn: 2026-11-23, expires: 2026-12-01',
    'by a stranger': 'approvedBy: eve@acme.example, expires: 2026-12-01',
    'by the subject': 'approvedBy: ana@acme.example, expires: 2026-12-01',
  };
  const yaml = Object.values(entries)
    .map((rest) => `- ${base}, ${rest} }\n`)
    .join('');
  const folder = configFolder(context, { 'waivers.yaml': yaml });
  const approvers = ['bo@acme.example', 'ana@acme.example'];
  const file = join(folder, 'waivers.yaml');
  const read = await loadWaivers({ file, timezone: 'UTC', at: AT, maxWaiverDays: limits, approvers });
  const refused = new Set(read.bad.map(({ place }) => Number(/:(\d+):\d+$/.exec(place)?.[1]) - 1));
  assert.deepEqual(
    Object.keys(entries).filter((_, index) => refused.has(index)),
    [
      'beyond it',
      'counted from its approval',
      'beyond its severity',
      'approved tomorrow',
      'by a stranger',
      'by the subject',
    ],
  );
});
