import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { renderMail } from '../../src/render/mail.ts';
import { TemplateError } from '../../src/render/own-templates.ts';
import { loadTemplates, sampleView } from '../../src/render/templates.ts';
import { CONTEXT, emailChannel, mailOf, viewOf } from '../support/render-builder.ts';
import { buildRouted, hostileReport, hugeReport, ordinaryReport } from '../support/report-builder.ts';
import { withViewTable } from '../support/view-page.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/templates');

function folderOf(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'own-templates-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** What is wrong with a folder of templates, without the folder's name. */
function problemsOf(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>): readonly string[] {
  const folder = folderOf(t, files);
  try {
    loadTemplates(folder);
    return [];
  } catch (error) {
    assert.ok(error instanceof TemplateError);
    return error.problems.map((problem) => problem.replaceAll(`${folder}/`, ''));
  }
}

test('a template of the house stands in for ours, and the others stay', (t) => {
  const own = loadTemplates(folderOf(t, { 'text.hbs': 'House: {{headline}}\n', 'README.md': 'notes' }));
  const view = viewOf(ordinaryReport());
  assert.equal(own.text(view), `House: ${view.headline}\n`);
  assert.equal(own.mail(view), CONTEXT.templates.mail(view));
  assert.equal(own.page(view), CONTEXT.templates.page(view));
});

test('a partial of the house stands in for ours, and others may be added', (t) => {
  const own = loadTemplates(
    folderOf(t, {
      'partials/text-group.hbs': '* {{title}}{{> house}}\n',
      'partials/house.hbs': ' [{{count}}]',
    }),
  );
  assert.match(own.text(viewOf(ordinaryReport())), /\* Every administrator is approved \[1 member\]/);
});

test('an own script of the page is the one that may run', (t) => {
  const own = loadTemplates(folderOf(t, { 'partials/page-script.hbs': 'document.title = "x";\n' }));
  const view = viewOf(ordinaryReport());
  const policy = (html: string) =>
    /script-src &#x27;(sha256-[^&]+)/.exec(html)?.[1] ?? /'sha256-[^']+'/.exec(html)?.[0];
  assert.ok(policy(own.page(view)));
  assert.notEqual(policy(own.page(view)), policy(CONTEXT.templates.page(view)));
});

for (const [what, files, problem] of [
  ['a misspelt file name', { 'mial.hbs': 'x' }, /^mial\.hbs: there is no template mial; did you mean mail\?$/],
  [
    'a file that replaces nothing',
    { 'weekly.hbs': 'x' },
    /^weekly\.hbs: there is no template weekly, only mail, page, text$/,
  ],
  ['a name that the view does not have', { 'text.hbs': 'a\n{{titel}}' }, /^text\.hbs:2: the view has no titel$/],
  [
    'one in a partial',
    { 'partials/text-group.hbs': '{{nope}}' },
    /^partials\/text-group\.hbs:1: the view has no nope$/,
  ],
  ['what is no template', { 'text.hbs': 'x\n{{#if a}}' }, /^text\.hbs:2: this is no template: /],
  ['a block that ends another', { 'text.hbs': '{{#if usage}}{{/each}}' }, /^text\.hbs:1: this is no template: /],
  ['a raw value', { 'mail.hbs': '{{{headline}}}' }, /^mail\.hbs:1: a raw value/],
  [
    'a value in a script',
    { 'page.hbs': '<script>\nx = "{{group}}"</script>' },
    /^page\.hbs:1: a value inside a script could run$/,
  ],
  [
    'an attribute without quotes',
    { 'mail.hbs': '\n<td title={{group}}>' },
    /^mail\.hbs:2: the value of an attribute needs quotes$/,
  ],
  [
    'a mail that would be cut off',
    { 'mail.hbs': '<p>x</p>'.repeat(12_000) },
    /^mail\.hbs: a mail with one finding has 96000 bytes/,
  ],
  [
    'bytes that are no text',
    { 'text.hbs': new Uint8Array([0xff, 0xfe, 0x00]) },
    /^text\.hbs: this template cannot be read \(it is not UTF-8\)$/,
  ],
  ['a giant', { 'text.hbs': 'x'.repeat(300_000) }, /^text\.hbs: a template has at most 256 KB$/],
] as const) {
  test(`${what} is refused with its place`, (t) => {
    const problems = problemsOf(t, files);
    assert.match(problems[0] ?? 'none', problem);
    assert.equal(problems.length, 1);
  });
}

test('everything that is wrong is said at once', (t) => {
  assert.deepEqual(problemsOf(t, { 'text.hbs': '{{a}}', 'mail.hbs': '{{b}}' }), [
    'text.hbs:1: the view has no a',
    'mail.hbs:1: the view has no b',
  ]);
});

test('a folder that is not there is said', () => {
  assert.throws(
    () => loadTemplates('/nowhere/templates'),
    /\/nowhere\/templates: this folder cannot be read \(ENOENT\)/,
  );
});

test('the example is a mail that works: whole, small, and safe with hostile names', () => {
  const templates = loadTemplates(EXAMPLE);
  const context = { ...CONTEXT, templates };
  for (const report of [ordinaryReport(), hugeReport(2_000), hostileReport()]) {
    const { html, text } = renderMail(buildRouted(report), emailChannel(), context);
    assert.ok(Buffer.byteLength(html) <= 90 * 1024);
    assert.doesNotMatch(html, /<img|onerror=alert\(1\)>|<b>|<i>/i);
    assert.equal(text, mailOf(report).text);
  }
});

test('the page about templates has every value of the view', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/templates.md'), 'utf8');
  assert.ok(page === withViewTable(page, sampleView()), 'run: node test/render/write-view-page.ts');
});
