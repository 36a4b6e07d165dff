import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { caniemail } from 'caniemail';
import { HtmlValidate } from 'html-validate';
import { renderPage } from '../../src/render/page.ts';
import { toEml } from '../support/eml.ts';
import { CONTEXT, mailOf, viewOf } from '../support/render-builder.ts';
import {
  baselineReport,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
} from '../support/report-builder.ts';

const REPORTS = {
  clean: cleanReport,
  ordinary: ordinaryReport,
  partial: partialReport,
  failed: failedReport,
  baseline: baselineReport,
  // The body is cut at the same rows as with ten thousand; only the attachment is smaller, which the tools read slowly.
  huge: () => hugeReport(200),
};

/** Points that a mail may have at most: filters commonly act from 5, strict ones from 3. */
const MAX_POINTS = 1;

const hasSpamAssassin = spawnSync('spamassassin', ['--version']).status === 0;
const skip = hasSpamAssassin ? false : 'spamassassin is not installed (Debian: apt-get install spamassassin)';

/** A header that tells what it said of which mail; none of its rules knows it. */
const MARK = 'X-Report';

/** What SpamAssassin says of the mail of each report. It is started once: loading its rules takes far longer than a mail. */
async function analyse(t: TestContext): Promise<ReadonlyMap<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'mails-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files: string[] = [];
  for (const [name, make] of Object.entries(REPORTS)) {
    const file = join(folder, name);
    writeFileSync(file, Buffer.concat([Buffer.from(`${MARK}: ${name}\r\n`), await toEml(mailOf(make()))]));
    files.push(file);
  }
  const { stdout } = spawnSync('spamassassin', ['--local', '--test-mode', ...files], { maxBuffer: 256 * 1024 * 1024 });
  const parts = stdout
    .toString()
    .split(new RegExp(`^${MARK}: `, 'm'))
    .slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.search(/\r?\n/)), part]));
}

test('SpamAssassin’s own rules find nothing in a mail', { skip }, async (t) => {
  const analyses = await analyse(t);
  for (const name of Object.keys(REPORTS)) {
    await t.test(`of a ${name} report`, () => {
      const details = analyses.get(name)?.split('Content analysis details:').at(-1) ?? '';
      const points = Number(/\((-?\d+\.\d+) points/.exec(details)?.[1] ?? Number.NaN);
      assert.ok(points <= MAX_POINTS, details);
    });
  }
});

/** What is off, and why: a mail is laid out by tables with inline styles, because Outlook knows nothing else. */
const linter = new HtmlValidate({
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: {
    'no-inline-style': 'off',
    'no-deprecated-attr': 'off',
    'prefer-tbody': 'off',
    'doctype-style': 'off',
    'no-conditional-comment': 'off',
    'long-title': 'off',
    'attribute-boolean-style': 'off',
    'void-style': 'off',
    // Older clients know `presentation` and not its newer name.
    'presentation-role-style': 'off',
    // The page's filters act as they are set: there is nothing to submit.
    'wcag/h32': 'off',
  },
});

async function complaintsAbout(html: string): Promise<readonly string[]> {
  const { results } = await linter.validateString(html);
  return results.flatMap(({ messages }) =>
    messages.map(({ ruleId, message, line }) => `${line} ${ruleId}: ${message}`),
  );
}

for (const [name, make] of Object.entries({ ...REPORTS, hostile: hostileReport })) {
  test(`mail and page of a ${name} report are valid and accessible HTML`, async () => {
    assert.deepEqual(await complaintsAbout(mailOf(make()).html), []);
    assert.deepEqual(await complaintsAbout(renderPage(viewOf(make()), CONTEXT.templates)), []);
  });
}

test('the linter would notice a picture without a text', async () => {
  const html = mailOf(cleanReport()).html.replace('</body>', '<img src="cid:x"></body>');
  assert.notDeepEqual(await complaintsAbout(html), []);
});

/** What some clients do not know, and what is lost there: never a word. */
const ENHANCEMENTS: ReadonlySet<string> = new Set([
  // The scheme of the reader: without it the light one, whose colours survive being inverted.
  '@media',
  'color-scheme meta tag',
  '<style> element',
  'Class selector',
  'Type selector',
  // Corners are square, long words wrap less well, columns find their own width.
  'border-radius',
  'overflow-wrap',
  'word-break',
  'hyphens',
  'white-space',
  'table-layout',
  // The preview line is hidden in three ways, of which each client knows one.
  'display:none',
  'max-height property',
  'overflow',
  // Another font of the system.
  'system-ui, ui-serif, ui-sans-serif, ui-rounded, ui-monospace',
  // A name in another writing direction may move its neighbours.
  '<bdi> element',
  // Background and margins of the body: the table within has its own.
  '<body> element',
  // For screen readers that know them.
  'role attribute',
  'aria-hidden attribute',
  'aria-label attribute',
]);

test('mail clients lose nothing but enhancements', () => {
  for (const make of [cleanReport, ordinaryReport, hostileReport]) {
    const { issues } = caniemail({ clients: ['gmail.*', 'outlook.*', 'apple-mail.*'], html: mailOf(make()).html });
    const lost = new Set([...issues.errors.values()].flatMap((list) => list.map(({ title }) => title)));
    assert.deepEqual(
      [...lost].filter((title) => !ENHANCEMENTS.has(title)),
      [],
    );
  }
});
