import assert from 'node:assert/strict';
import test from 'node:test';
import { viewOf } from '../support/render-builder.ts';
import { buildReport, buildRule, buildRun } from '../support/report-builder.ts';

const UNSEEN = { kind: 'not_on_record', text: 'the API shows no record' } as const;

function uncheckedOf(reason: Parameters<typeof buildRule>[1]) {
  const rule = buildRule('members-use-2fa', { verdict: 'not_evaluated', requirement: { title: 'Use 2FA' }, ...reason });
  return viewOf(buildReport({ rules: [rule] })).unchecked.rows.map(({ what, why }) => `${what} | ${why}`);
}

test('a cause that is some subjects’ is said once, with the subjects', () => {
  const reason = { kind: 'not_on_record', text: `1 of 58 accounts could not be judged: ${UNSEEN.text}` } as const;
  assert.deepEqual(uncheckedOf({ reason, unknown: [{ subject: 'ghost', reason: UNSEEN }] }), [
    'Use 2FA: 1 account (ghost) | The API shows no record.',
  ]);
});

test('a cause of the whole rule stands beside those of its subjects', () => {
  const reason = { kind: 'not_collected', text: 'the members could not be read' } as const;
  assert.deepEqual(uncheckedOf({ reason, unknown: [{ subject: 'ghost', reason: UNSEEN }] }), [
    'Use 2FA | The members could not be read.',
    'Use 2FA: 1 account (ghost) | The API shows no record.',
  ]);
});

test('what is not known for the cause of a failed run is counted, not repeated', () => {
  const cause = 'the API does not accept the key (401). Give the auditor a valid key.';
  const reasonOf = (what: string) => ({ kind: 'not_collected', text: `Could not read ${what}: ${cause}` }) as const;
  const rules = [
    buildRule('a-rule', { verdict: 'not_evaluated', reason: reasonOf('the members') }),
    buildRule('b-rule', {
      verdict: 'not_evaluated',
      unknown: [{ subject: 'ghost', reason: reasonOf('the rights') }],
    }),
    buildRule('c-rule', {
      verdict: 'not_evaluated',
      requirement: { title: 'Domains are approved' },
      reason: { kind: 'not_configured', text: 'approved domains: not in the configuration' },
    }),
  ];
  const run = buildRun({ status: 'failed', failure: reasonOf('the group') });
  const sections = [
    { name: 'members', items: 0, complete: false, requests: 1, reason: reasonOf('the members') },
  ] as const;
  assert.deepEqual(
    viewOf(buildReport({ run, rules, sections })).unchecked.rows.map(({ what }) => what),
    ['The whole run', '2 requirements', 'Domains are approved'],
  );
});
