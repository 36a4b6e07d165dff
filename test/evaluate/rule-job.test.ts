import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packJob, type RuleJob, readJobs } from '../../src/evaluate/rule-job.ts';
import { encodeSection } from '../../src/sections.ts';
import { allOf } from '../support/all-of.ts';
import { member } from '../support/snapshot-builder.ts';

function job(id: string, members: number): RuleJob {
  const list = Array.from({ length: members }, (_, index) => member(`${id} ${index}`));
  const sections = [encodeSection('members', list), encodeSection('serviceAccounts', [])];
  return { task: 'judge', file: `/${id}\n.yaml`, id, options: {}, at: null, sections, missing: [] };
}

test('jobs that stand one behind the other are read one by one, however they arrive', async () => {
  const jobs = [job('a', 40), { ...job('b', 0), sections: [] }, job('c', 3)];
  const packed = Buffer.concat(jobs.map((one) => packJob(one)));
  for (const size of [1, 7, 4096, packed.length]) {
    const read = await allOf(readJobs<RuleJob>(inPieces(packed, size)));
    assert.deepEqual(
      read.map(({ id, file, sections }) => [id, file, sections.map(({ bytes }) => Buffer.from(bytes).toString('hex'))]),
      jobs.map(({ id, file, sections }) => [id, file, sections.map(({ bytes }) => Buffer.from(bytes).toString('hex'))]),
    );
  }
});

test('of a job that is cut short nothing is read', async () => {
  const packed = Buffer.from(packJob(job('a', 3)));
  const read = await allOf(readJobs<RuleJob>(inPieces(packed.subarray(0, -1), 100)));
  assert.deepEqual(read, []);
});

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer, undefined> {
  for (let from = 0; from < bytes.length; from += size) yield await Promise.resolve(bytes.subarray(from, from + size));
  return undefined;
}
