import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPrettyLine } from '../../src/app/pretty-log.ts';
import { createRedaction } from '../../src/app/redaction.ts';
import { Secret } from '../../src/model/secret.ts';

test('a line for people: time, level, message, fields; what is no event stays as it is', () => {
  const event = {
    level: 'warn',
    time: '2026-11-23T08:01:02.345Z',
    service: 'vt-auditor',
    version: '1',
    runId: 'r-1',
    gaps: ['a b'],
    problem: 'two\nlines',
    msg: 'audit finished with gaps',
  };
  assert.equal(
    toPrettyLine(`${JSON.stringify(event)}\n`),
    '2026-11-23 08:01:02 WARN  audit finished with gaps runId=r-1 gaps=["a b"] problem="two\\nlines"\n',
  );
  assert.equal(toPrettyLine('not json\n'), 'not json\n');
  assert.equal(toPrettyLine('[1]\n'), '[1]\n');
});

test('secrets that are learnt later are taken out as well, and earlier ones stay out', () => {
  const redaction = createRedaction([new Secret('first-secret')]);
  redaction.learn([new Secret('second secret/with=signs')]);
  const said = redaction.redact(
    `first-secret ${encodeURIComponent('second secret/with=signs')} ${Buffer.from('second secret/with=signs').toString('base64')}`,
  );
  assert.equal(said, '[secret] [secret] [secret]');
});
