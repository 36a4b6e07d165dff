import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Command } from 'commander';
import { COMMANDS } from '../../src/commands/all.ts';

const FOLDER = new URL('../../src/commands/', import.meta.url);

test('every command that has a file is in the list', () => {
  const loaders = Object.values(COMMANDS).map(({ load }) => String(load));
  const files = readdirSync(FOLDER).filter((name) =>
    /export const add\w+: AddCommand/.test(readFileSync(new URL(name, FOLDER), 'utf8')),
  );
  assert.deepEqual(
    files.filter((name) => !loaders.some((load) => load.includes(`./${name}`))),
    [],
  );
  assert.equal(files.length, loaders.length);
});

test('every command in the list can be loaded and called', async () => {
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = new Command(name);
    (await load())(command, () => undefined);
    assert.notEqual(summary, '');
    assert.ok(command.helpInformation().includes(name), name);
  }
});
