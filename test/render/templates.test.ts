import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkTemplate } from '../../src/render/template-check.ts';
import { loadTemplates } from '../../src/render/templates.ts';

const SAMPLE = { title: 'x', list: [{ name: 'x', inner: ['x'] }], empty: [], flag: true, deep: { text: 'x' } };

function problemsOf(source: string, partials: Readonly<Record<string, string>> = {}): readonly string[] {
  return checkTemplate('t', source, new Map(Object.entries(partials)), SAMPLE).map(({ problem }) => problem);
}

test('names that the view has are accepted', () => {
  const source =
    '{{title}}{{deep.text}}{{#if flag}}{{title}}{{else}}{{title}}{{/if}}' +
    '{{#each list}}{{name}}{{../title}}{{#if @first}}{{else}},{{/if}}{{#each inner}}{{this}}{{/each}}{{> part}}{{/each}}';
  assert.deepEqual(problemsOf(source, { part: '{{name}}' }), []);
});

for (const [what, source, problem] of [
  ['a misspelt value', '{{titel}}', 'the view has no titel'],
  ['a misspelt condition', '{{#if flagg}}{{/if}}', 'the view has no flagg'],
  ['a misspelt list', '{{#each lists}}{{/each}}', 'the view has no lists'],
  ['a misspelt part of a path', '{{deep.txt}}', 'the view has no deep.txt'],
  ['a misspelt name in a loop', '{{#each list}}{{nam}}{{/each}}', 'the view has no nam'],
  ['a misspelt name behind else', '{{#if flag}}{{else}}{{titel}}{{/if}}', 'the view has no titel'],
  ['a raw value', '{{{title}}}', 'a raw value ({{{ }}} or {{& }}) would let data write markup'],
  ['a raw value in its other form', '{{& title}}', 'a raw value ({{{ }}} or {{& }}) would let data write markup'],
  ['another helper', '{{#unless flag}}{{/unless}}', '{{#unless}} is not allowed: only #each and #if'],
  ['a call', '{{lookup deep title}}', 'only a name may stand in {{ }}: formatting belongs in the view'],
  ['a value that is no text', '{{deep}}', 'deep is not a text'],
  ['a list that is none', '{{#each title}}{{/each}}', 'title is not a list'],
  ['a partial that is not there', '{{> nothing}}', 'there is no partial nothing'],
  ['a way to the prototype', '{{constructor}}', 'the view has no constructor'],
] as const) {
  test(`${what} is refused`, () => {
    assert.deepEqual(problemsOf(source), [problem]);
  });
}

test('a mistake in a partial names the partial, and a circle is refused', () => {
  const partials = new Map([
    ['bad', 'x\n{{titel}}'],
    ['loop', '{{> loop}}'],
  ]);
  assert.deepEqual(checkTemplate('t', '{{> bad}}', partials, SAMPLE), [
    { template: 'bad', line: 2, problem: 'the view has no titel' },
  ]);
  assert.equal(checkTemplate('t', '{{> loop}}', partials, SAMPLE).length, 1);
});

test('our own templates stand every check that those of the house must stand', () => {
  loadTemplates(fileURLToPath(new URL('../../templates', import.meta.url)));
});

test('a misspelt name in a template stops the start with file and line', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'templates-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(new URL('../../templates', import.meta.url), folder, { recursive: true });
  const file = join(folder, 'mail.hbs');
  writeFileSync(file, readFileSync(file, 'utf8').replace('{{#each usage}}', '{{#each useage}}'));
  assert.throws(() => loadTemplates(folder), /mail\.hbs:\d+: the view has no useage/);
});
