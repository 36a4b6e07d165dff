// Takes pictures of mails and pages with Chromium, narrow and wide, light and dark, and lets axe look for what people with other eyes
// cannot read. Not part of the tests: a clean machine has no Chromium. Run it by `npm run look`; pictures are in demo-out/look.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { renderPage } from '../../src/render/page.ts';
import { CONTEXT, mailOf, viewOf } from './render-builder.ts';
import {
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
} from './report-builder.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const OUT = join(import.meta.dirname, '../../demo-out/look');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const REPORTS = {
  clean: cleanReport,
  ordinary: ordinaryReport,
  partial: partialReport,
  failed: failedReport,
  hostile: hostileReport,
  huge: () => hugeReport(300),
};

/** What axe returns of a page, as far as it is read here. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

interface Sight {
  readonly name: string;
  readonly html: string;
  readonly width: number;
  readonly scheme: 'light' | 'dark';
}

/** A mail is shown inside the page of its reader's client, which has the landmarks. */
function optionsFor(name: string) {
  const off = { enabled: false };
  return {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: name.startsWith('mail') ? { region: off, 'landmark-one-main': off } : {},
  };
}

async function lookAt(browser: Browser, { name, html, width, scheme }: Sight): Promise<readonly string[]> {
  // Without the page's own policy, which keeps axe out like every other script.
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, bypassCSP: true });
  const page = await context.newPage();
  await page.route('**', (route) => route.abort());
  await page.setContent(html, { waitUntil: 'load' });
  const title = `${name}-${width}-${scheme}`;
  await page.screenshot({ path: join(OUT, `${title}.png`), fullPage: !name.includes('huge') });
  const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
  await page.evaluate(AXE);
  const results = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(optionsFor(name))})`);
  await context.close();
  return [
    ...(Number(overflow) > 0 ? [`${title}: wider than the window by ${String(overflow)} px`] : []),
    ...results.violations.map(({ id, help, nodes }) => {
      const [first] = nodes;
      return `${title}: ${id} (${nodes.length}): ${help}: ${String(first?.target[0])} ${first?.failureSummary ?? ''}`;
    }),
  ];
}

function sights(): readonly Sight[] {
  return Object.entries(REPORTS).flatMap(([name, make]) => {
    const report = make();
    const bodies = { mail: mailOf(report).html, page: renderPage(viewOf(report), CONTEXT.templates) };
    return Object.entries(bodies).flatMap(([kind, html]) =>
      [360, 1280].flatMap((width) =>
        (['light', 'dark'] as const).map((scheme) => ({ name: `${kind}-${name}`, html, width, scheme })),
      ),
    );
  });
}

if (!existsSync(CHROMIUM)) {
  process.stderr.write(
    `there is no Chromium at ${CHROMIUM}; install it (Debian: apt-get install chromium) or set CHROMIUM\n`,
  );
  process.exit(2);
}
mkdirSync(OUT, { recursive: true });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const complaints: string[] = [];
for (const sight of sights()) complaints.push(...(await lookAt(browser, sight)));
await browser.close();
const said = complaints.length === 0 ? 'Nothing to complain about.' : complaints.join('\n');
process.stdout.write(`${said}\nPictures are in ${OUT}.\n`);
process.exitCode = complaints.length === 0 ? 0 : 1;
