import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { renderMessages } from '../../src/render/channels/index.ts';
import { renderFallback } from '../../src/render/fallback.ts';
import { renderJson } from '../../src/render/json.ts';
import { renderNotice } from '../../src/render/notice.ts';
import { sampleReport } from '../../src/render/sample-report.ts';
import { CONTEXT, teamsChannel } from '../support/render-builder.ts';
import {
  baselineReport,
  buildRouted,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  LOOK,
  ordinaryReport,
  partialReport,
} from '../support/report-builder.ts';

const DETAILS = ['full', 'ids', 'counts'] as const;
const reports = [
  sampleReport,
  cleanReport,
  ordinaryReport,
  partialReport,
  failedReport,
  baselineReport,
  hostileReport,
  hugeReport,
];

const published: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/report.schema.json'), 'utf8'));
const isReport = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(Object(published));

/** What Microsoft's own renderer of cards uses of its package, which is made for browsers and bundlers. */
interface CardsPackage {
  readonly Versions: { readonly v1_5: unknown };
  readonly SerializationContext: new (
    version: unknown,
  ) => {
    readonly eventCount: number;
    getEventAt(index: number): { readonly message: string };
  };
  readonly AdaptiveCard: new () => {
    parse(card: unknown, context: unknown): void;
    validateProperties(): { readonly validationEvents: readonly { readonly message: string }[] };
  };
}
const cards: CardsPackage = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');

/** What Microsoft's own parser says against a card of version 1.5. */
function complaints(body: string): readonly string[] {
  const { attachments } = JSON.parse(body) as { attachments: readonly { readonly content: unknown }[] };
  const context = new cards.SerializationContext(cards.Versions.v1_5);
  return attachments.flatMap(({ content }) => {
    const card = new cards.AdaptiveCard();
    card.parse(content, context);
    const parsed = Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index).message);
    return [...parsed, ...card.validateProperties().validationEvents.map(({ message }) => message)];
  });
}

for (const make of reports) {
  test(`Ajv takes the JSON of ${make.name} by the published schema, at every detail`, () => {
    for (const detail of DETAILS) {
      assert.ok(isReport(JSON.parse(renderJson([make()], detail))), JSON.stringify(isReport.errors));
    }
  });

  test(`Microsoft's parser takes the card of ${make.name}, at every detail`, () => {
    for (const detail of DETAILS) {
      for (const { body } of renderMessages(buildRouted(make()), teamsChannel(detail), CONTEXT)) {
        assert.ok(body.kind === 'teams');
        assert.deepEqual(complaints(body.body), []);
      }
    }
  });
}

test('Ajv refuses a key that the published schema does not have', () => {
  const document = JSON.parse(renderJson([cleanReport()])) as { reports: [{ run: Record<string, unknown> }] };
  document.reports[0].run['extra'] = 1;
  assert.equal(isReport(document), false);
});

test("Microsoft's parser takes notices and what replaces a report, and refuses what is no card", () => {
  const notice = { cause: 'x', title: '**No** backup', lines: ['<at>all</at>'], at: '2026-11-23T08:00:00.000Z' };
  const plain = [
    ...renderNotice(notice, teamsChannel(), LOOK),
    ...renderFallback(buildRouted(cleanReport()), teamsChannel(), new Error('x')),
  ];
  assert.equal(plain.length, 2);
  for (const { body } of plain) {
    assert.ok(body.kind === 'teams');
    assert.deepEqual(complaints(body.body), []);
    // A TextBlock would read Markdown.
    assert.doesNotMatch(body.body, /"TextBlock"/);
  }
  const content = { type: 'AdaptiveCard', version: '1.5', body: [{ type: 'Nothing' }] };
  assert.equal(complaints(JSON.stringify({ attachments: [{ content }] })).length, 1);
});
