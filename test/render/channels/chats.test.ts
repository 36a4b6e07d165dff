import assert from 'node:assert/strict';
import test from 'node:test';
import type { z } from 'zod';
import type { ChannelSettings, Detail } from '../../../src/model/settings.ts';
import { renderMessages } from '../../../src/render/channels/index.ts';
import { renderFallback } from '../../../src/render/fallback.ts';
import { sampleRouted } from '../../../src/render/sample-report.ts';
import { appriseSchema, chatMessageSchema, teamsMessageSchema } from '../../support/message-schemas.ts';
import { appriseChannel, CONTEXT, googleChatChannel, onlyOne, teamsChannel } from '../../support/render-builder.ts';
import {
  baselineReport,
  buildRouted,
  cleanReport,
  failedReport,
  hostileReport,
  hugeReport,
  ordinaryReport,
  partialReport,
} from '../../support/report-builder.ts';

const huge = hugeReport(5_000);
const REPORTS = {
  clean: cleanReport(),
  ordinary: ordinaryReport(),
  partial: partialReport(),
  failed: failedReport(),
  baseline: baselineReport(),
  hostile: hostileReport(),
  huge,
};

interface Kind {
  readonly channel: (detail: Detail) => ChannelSettings;
  readonly schema: z.ZodType;
  /** Null when the body keeps the documented limits. */
  readonly tooLong: (body: string) => string | null;
}

function widgetsIn(body: string): number {
  return body.split('"textParagraph"').length - 1;
}

/** Everything beyond ASCII as the receiver may write it. */
function escapedLength(body: string): number {
  return Array.from(body, (character) => (character > '~' ? 6 * character.length : 1)).reduce(
    (sum, one) => sum + one,
    0,
  );
}

const KINDS: Readonly<Record<string, Kind>> = {
  Teams: {
    channel: teamsChannel,
    schema: teamsMessageSchema,
    tooLong: (body) => (escapedLength(body) > 18 * 1024 ? 'Teams counts more than 28 KB of its own' : null),
  },
  'Google Chat': {
    channel: googleChatChannel,
    schema: chatMessageSchema,
    tooLong: (body) =>
      widgetsIn(body) > 100 || Buffer.byteLength(body) > 32_000 ? 'more than 100 widgets, or 32,000 bytes' : null,
  },
  Apprise: {
    channel: appriseChannel,
    schema: appriseSchema,
    tooLong: (body) => ((JSON.parse(body) as { body: string }).body.length > 4_000 ? 'more than a chat takes' : null),
  },
};

function bodyOf(channel: ChannelSettings, report = REPORTS.ordinary): string {
  const { body } = onlyOne(renderMessages(buildRouted(report), channel, CONTEXT));
  return 'body' in body ? body.body : '';
}

for (const [name, { channel, schema, tooLong }] of Object.entries(KINDS)) {
  for (const [which, report] of Object.entries(REPORTS)) {
    test(`${name} takes the message of the ${which} report, at every detail`, () => {
      for (const detail of ['full', 'ids', 'counts'] as const) {
        const body = bodyOf(channel(detail), report);
        const result = schema.safeParse(JSON.parse(body));
        assert.equal(result.success, true, result.error?.message ?? '');
        assert.equal(tooLong(body), null);
        assert.equal(bodyOf(channel(detail), report), body);
      }
    });
  }

  test(`${name} says what it leaves out`, () => {
    assert.match(bodyOf(channel('full'), huge), /more[^"]{0,60}in the full report/);
  });

  test(`${name} names nobody at ids, and no account at counts`, () => {
    assert.doesNotMatch(bodyOf(channel('ids')), /@northwind\.example|Koval/);
    assert.match(bodyOf(channel('ids')), /tkoval/);
    assert.doesNotMatch(bodyOf(channel('counts')), /tkoval|mreyes|jlind|pstone|lab-sandbox|northwind_siem/);
  });

  test(`${name} says first that a run is incomplete or failed`, () => {
    assert.match(bodyOf(channel('ids'), REPORTS.partial).slice(0, 900), /INCOMPLETE/);
    assert.match(bodyOf(channel('ids'), REPORTS.failed).slice(0, 900), /FAILED/);
  });

  test(`${name} takes the sample, and the message that replaces a report`, () => {
    const sample = onlyOne(renderMessages(sampleRouted('x'), channel('ids'), CONTEXT));
    const [fallback] = renderFallback(buildRouted(cleanReport()), channel('ids'), new Error('templates/x failed'));
    assert.ok(fallback);
    for (const { body } of [sample, fallback]) {
      const result = schema.safeParse(JSON.parse('body' in body ? body.body : ''));
      assert.equal(result.success, true, result.error?.message ?? '');
    }
    assert.match(JSON.stringify(fallback.body), /templates\/x failed/);
  });
}

test('no name in Google Chat is markup', () => {
  const message = JSON.parse(bodyOf(googleChatChannel('full'), REPORTS.hostile)) as z.infer<typeof chatMessageSchema>;
  for (const { header = '', widgets } of message.cardsV2[0].card.sections) {
    for (const text of [header, ...widgets.map(({ textParagraph }) => textParagraph.text)]) {
      assert.doesNotMatch(text.replace(/<\/?[bi]>|<br>/g, ''), /[<>]/);
    }
  }
});

test('reports of an audit share a thread in Google Chat', () => {
  const threadOf = (report: typeof huge) =>
    (JSON.parse(bodyOf(googleChatChannel(), report)) as z.infer<typeof chatMessageSchema>).thread?.threadKey;
  assert.equal(threadOf(REPORTS.clean), 'vt-auditor-northwind_dfir-weekly-review');
  assert.equal(threadOf(REPORTS.failed), threadOf(REPORTS.clean));
});

test('Apprise marks a message by how the run went', () => {
  const typeOf = (report: typeof huge) => (JSON.parse(bodyOf(appriseChannel(), report)) as { type: string }).type;
  assert.deepEqual([REPORTS.clean, REPORTS.ordinary, REPORTS.partial, REPORTS.failed].map(typeOf), [
    'success',
    'warning',
    'warning',
    'failure',
  ]);
});
