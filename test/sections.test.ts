import assert from 'node:assert/strict';
import test from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { Member } from '../src/model/snapshot.ts';
import { decodeIds, decodeItems, decodeSection, encodeSection } from '../src/sections.ts';
import { member } from './support/snapshot-builder.ts';

const MANY: readonly Member[] = Array.from({ length: 9_000 }, (_, index) => member(`zoë-${index}`));

test('unpacks what it packed, in one piece and in many, at once and item by item', () => {
  for (const members of [[], MANY.slice(0, 3), MANY]) {
    const packed = { ...encodeSection('members', members), name: 'members' } as const;
    assert.equal(packed.items, members.length);
    assert.deepEqual(decodeSection(packed), members);
    assert.deepEqual([...decodeItems(packed)], members);
  }
  const ids = { ...encodeSection('membersWithout2fa', ['amy', 'bo']), name: 'membersWithout2fa' } as const;
  assert.deepEqual([...decodeItems(ids)], ['amy', 'bo']);
  const roles = { visible: true, byAccount: { amy: ['USER_ROLE_GROUP_ADMIN'] } };
  assert.deepEqual(decodeSection({ ...encodeSection('roles', roles), name: 'roles' }), roles);
});

test('tells the ids alone, whatever is in them and wherever they stand', () => {
  const odd = member('back\\slash "quoted" \n zoë');
  const { id, ...rest } = member('last');
  const list: readonly Member[] = [...MANY, odd, { ...rest, id }];
  assert.deepEqual(
    [...decodeIds({ ...encodeSection('members', list), name: 'members' })],
    list.map((one) => one.id),
  );
});

test('packs in the form that any reader of zstd understands', () => {
  const { bytes, items } = encodeSection('members', MANY);
  const lines = zstdDecompressSync(bytes).toString().trimEnd().split('\n');
  assert.deepEqual([lines[0], lines.length], ['[]', items + 1]);
});

test('gives the same bytes for the same value, and does not read damaged ones', () => {
  const packed = { ...encodeSection('members', MANY), name: 'members' } as const;
  assert.deepEqual(encodeSection('members', MANY), packed);
  assert.throws(() => decodeSection({ ...packed, bytes: packed.bytes.subarray(0, packed.bytes.length / 2) }));
  assert.throws(() => decodeSection({ ...packed, version: 99 }), /version 99/u);
});
