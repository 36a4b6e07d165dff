import assert from 'node:assert/strict';
import test from 'node:test';
import { viewOf } from '../support/render-builder.ts';
import { buildReport, buildRule } from '../support/report-builder.ts';

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
