import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import test from 'node:test';
import { renderPage } from '../../src/render/page.ts';
import { CONTEXT, mailOf, viewOf } from '../support/render-builder.ts';
import { cleanReport, hugeReport, ordinaryReport, partialReport } from '../support/report-builder.ts';

const page = renderPage(viewOf(ordinaryReport()), CONTEXT.templates);

test('the page fetches nothing', () => {
  assert.doesNotMatch(page, /(src|srcset)="(?!data:)|<link|@import|url\(|https?:\/\/(?!docs\.example)/);
});

test('only the script that was meant may run', () => {
  const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
  const policy = /Content-Security-Policy" content="([^"]*)"/
    .exec(page)?.[1]
    ?.replace(/&#x27;/g, "'")
    .replace(/&#x3D;/g, '=');
  assert.ok(policy?.includes(`script-src 'sha256-${hash('sha256', script, 'base64')}'`));
  assert.ok(policy?.includes("default-src 'none'"));
});

test('the page leads with the verdict, then what changed, is open, could not be checked, and ends with the record', () => {
  const order = ['verdict', 'changes', 'open', 'waived', 'unchecked', 'quotas', 'trend', 'met', 'coverage', 'record'];
  const places = order.map((id) => page.indexOf(`id="${id}"`));
  assert.ok(places.every((place) => place > 0));
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
  );
});

test('headings descend without a gap and ids are unique', () => {
  const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  assert.equal(levels[0], 1);
  levels.slice(1).forEach((level, index) => assert.ok(level - (levels[index] ?? 0) <= 1));
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
});

test('each chart has a title, a description and a table with its numbers', () => {
  for (const [svg] of page.matchAll(/<svg[\s\S]*?<\/svg>/g)) assert.match(svg, /<title[^>]*>[^<]+<\/title><desc/);
  assert.equal(page.match(/The numbers as a table/g)?.length, 2);
  assert.equal(page.match(/class="spike"/g)?.length, 1);
  assert.match(page, /<th scope="row">Sat 21 Nov<\/th><td class="num">14,812<\/td><td>stands out<\/td>/);
});

test('coverage names framework, control and evidence, and gives no verdict to a control', () => {
  const table = /<table class="plain coverage">[\s\S]*?<\/table>/.exec(page)?.[0] ?? '';
  assert.match(table, /CIS v8/);
  assert.match(table, />5\.3<span class="gap small block">not covered<\/span>/);
  assert.match(table, />5\.5<span class="gap small block">incomplete evidence<\/span>/);
  assert.match(table, /<code>members-use-2fa<\/code> not met, 58 looked at, since/);
});

test('nothing to show gives a page, too', () => {
  assert.match(renderPage(viewOf(cleanReport()), CONTEXT.templates), /7 of 7 requirements met/);
  assert.match(renderPage(viewOf(partialReport()), CONTEXT.templates), /could not be read/);
});

test('the page holds all of ten thousand findings', () => {
  const html = renderPage(viewOf(hugeReport()), CONTEXT.templates);
  assert.equal(html.match(/class="finding"/g)?.length, 10_000);
});

test('no form of a report claims more than evidence', () => {
  const { html, text } = mailOf(ordinaryReport());
  assert.doesNotMatch(page + html + text, /complian|satisfied|certified/i);
});
