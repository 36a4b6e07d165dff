import { z } from 'zod';

const text = z.string().min(1);
const spacing = z.enum(['None', 'Small', 'Default', 'Medium', 'Large', 'ExtraLarge', 'Padding']).optional();
const separator = z.boolean().optional();

const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text,
  size: z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge']).optional(),
  weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
  isSubtle: z.boolean().optional(),
});

const richTextBlock = z.strictObject({
  type: z.literal('RichTextBlock'),
  inlines: z.array(textRun).min(1),
  spacing,
  separator,
});

const column = z.strictObject({
  type: z.literal('Column'),
  width: z.enum(['auto', 'stretch']),
  items: z.array(richTextBlock),
});

const element = z.discriminatedUnion('type', [
  richTextBlock,
  z.strictObject({ type: z.literal('ColumnSet'), columns: z.array(column), spacing, separator }),
  z.strictObject({ type: z.literal('Container'), items: z.array(richTextBlock), spacing, separator }),
]);

/**
 * What a Workflows webhook of Teams takes, closed: the elements of Adaptive Cards 1.5 that are used here, with their documented properties
 * (https://adaptivecards.io/explorer/). TextBlock is left out on purpose: it reads Markdown.
 */
export const teamsMessageSchema = z.strictObject({
  type: z.literal('message'),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal('application/vnd.microsoft.card.adaptive'),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
        type: z.literal('AdaptiveCard'),
        version: z.literal('1.5'),
        fallbackText: text,
        msteams: z.strictObject({ width: z.literal('Full') }),
        body: z.array(element).min(1),
      }),
    }),
  ]),
});

/** What Google Chat takes of a message with one card (https://developers.google.com/workspace/chat/api/reference/rest/v1/cards). */
export const chatMessageSchema = z.strictObject({
  fallbackText: text,
  thread: z.strictObject({ threadKey: z.string().regex(/^[\w-]{1,4000}$/) }).optional(),
  cardsV2: z.tuple([
    z.strictObject({
      cardId: text,
      card: z.strictObject({
        header: z.strictObject({ title: text }).optional(),
        sections: z
          .array(
            z.strictObject({
              header: text.optional(),
              widgets: z.array(z.strictObject({ textParagraph: z.strictObject({ text }) })).min(1),
            }),
          )
          .min(1),
      }),
    }),
  ]),
});

/** An event of PagerDuty without its routing key (https://developer.pagerduty.com/docs/send-alert-event). */
export const pagerDutyEventSchema = z.discriminatedUnion('event_action', [
  z.strictObject({
    event_action: z.literal('trigger'),
    dedup_key: text.max(255),
    client: text.optional(),
    payload: z.strictObject({
      summary: text.max(1024),
      source: text,
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      timestamp: z.iso.datetime(),
      component: text.optional(),
      group: text.optional(),
      class: text.optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.strictObject({ event_action: z.literal('resolve'), dedup_key: text.max(255) }),
]);

/** A notification of the Apprise API (https://github.com/caronc/apprise-api#api-details). */
export const appriseSchema = z.strictObject({
  title: text.max(250),
  body: text,
  type: z.enum(['info', 'success', 'warning', 'failure']),
  format: z.literal('text'),
  tag: text.optional(),
});
