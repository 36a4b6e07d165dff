import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as writes from '../../src/virustotal/writes.ts';
import { startBench } from '../support/collect-from.ts';
import { startManageBench } from '../support/manage-bench.ts';

test('a client for audits has no way to change anything, by type and in fact', async (t) => {
  const { client } = await startBench(t);
  // @ts-expect-error -- an audit's client cannot send
  assert.equal(client.send, undefined);
  // @ts-expect-error -- nor delete
  assert.equal(client.deleteUser, undefined);
  const { client: manage } = await startManageBench(t);
  const names = Object.keys(client);
  assert.deepEqual(
    Object.keys(manage.reads).filter((name) => !names.includes(name)),
    [],
    'what changes reads with is what audits read with',
  );
});

test('what is planned, recorded and sent holds no key', () => {
  for (const write of [
    writes.addMember('g', 'ana@acme.example'),
    writes.removeMember('g', 'jdoe'),
    writes.setAutoJoin('g', []),
    writes.capMember('jdoe', 1),
  ])
    assert.deepEqual(Object.keys(write).sort(), ['body', 'method', 'operation', 'path']);
});
