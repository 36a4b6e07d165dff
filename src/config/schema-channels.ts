import { z } from 'zod';
import { flag, list, oneOf, oneOfSentence, someOf, strict, text, textLike, wholeNumber } from './fields.ts';
import { networkSchema } from './schema-network.ts';

/** The kinds of channels that exist. */
export const CHANNEL_TYPES = ['email', 'webhook', 'slack'] as const;

const ADDRESS = /^[^\s@<>,;\p{Cc}]+@[^\s@<>,;\p{Cc}]+$/u;
const MAILBOX = /^(?:[^<>\p{Cc}]*<[^\s@<>,;\p{Cc}]+@[^\s@<>,;\p{Cc}]+>|[^\s@<>,;\p{Cc}]+@[^\s@<>,;\p{Cc}]+)$/u;
const A_MAILBOX = 'an e-mail address, or "Name <address>"';

const mailbox = textLike(A_MAILBOX, MAILBOX);
const mailboxes = list(mailbox, 'e-mail addresses');
const file = text('the path of a file').optional();
const network = networkSchema.optional();
const detail = oneOf(['full', 'ids', 'counts'])
  .optional()
  .meta({ description: 'How much is said about people: everything, ids only, or numbers only.' });
const allowInsecure = flag.optional().meta({ description: 'Allows plain http to another machine.' });

const smtp = strict({
  host: textLike('the name of a mail server', /^[^\s/@\p{Cc}]{1,253}$/u).meta({ description: 'The mail server.' }),
  port: wholeNumber(1, 65_535, '').optional().meta({ description: 'Default: 587 (starttls), 465 (tls), 25 (none).' }),
  security: oneOf(['starttls', 'tls', 'none']).default('starttls').meta({
    description: 'starttls demands encryption after connecting, tls from the start; none sends in the clear.',
  }),
  user: text('a user name').optional().meta({ description: 'The user name, when the server wants one.' }),
  password: text('a password').optional().meta({ description: 'The password; better in passwordFile.' }),
  passwordFile: file.meta({ description: 'A file that has the password alone in it.' }),
});

const email = strict({
  type: z.literal('email'),
  from: mailbox.meta({ description: 'The sender.' }),
  to: someOf(mailbox, 'e-mail addresses').meta({ description: 'The recipients.' }),
  cc: mailboxes.default([]),
  bcc: mailboxes.default([]),
  replyTo: textLike('an e-mail address', ADDRESS).optional().meta({ description: 'Where answers go.' }),
  smtp: smtp.meta({ description: 'The mail server.' }),
  attach: list(oneOf(['html', 'csv', 'json']), 'html, csv and json')
    .default([])
    .meta({ description: 'Files that go with the mail.' }),
  detail,
  network,
}).meta({ description: 'A report by e-mail.' });

const webhook = strict({
  type: z.literal('webhook'),
  url: text('a web address').optional().meta({ description: 'Where the report is posted to; treated as a secret.' }),
  urlFile: file.meta({ description: 'A file that has the address in it.' }),
  secret: text('a secret')
    .optional()
    .meta({ description: 'Signs the message (Standard Webhooks): whsec_..., or at least 24 bytes.' }),
  secretFile: file.meta({ description: 'A file that has the secret in it.' }),
  secrets: someOf(text('a secret'), 'secrets')
    .optional()
    .meta({ description: 'Several secrets, newest first; each signs.' }),
  secretFiles: someOf(text('the path of a file'), 'paths of files')
    .optional()
    .meta({ description: 'Files with one secret each, newest first.' }),
  format: oneOf(['report']).default('report').meta({ description: 'What is posted: the JSON report.' }),
  allowInsecure,
  detail,
  network,
}).meta({ description: 'A signed HTTP POST.', oneOf: [{ required: ['url'] }, { required: ['urlFile'] }] });

const slack = strict({
  type: z.literal('slack'),
  url: text('a web address').optional().meta({ description: 'The incoming webhook; treated as a secret.' }),
  urlFile: file.meta({ description: 'A file that has the address in it.' }),
  allowInsecure,
  detail,
  network,
}).meta({ description: 'A message to Slack.', oneOf: [{ required: ['url'] }, { required: ['urlFile'] }] });

/** A destination of reports. */
export const channelSchema = z.discriminatedUnion('type', [email, webhook, slack], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? oneOfSentence(CHANNEL_TYPES, typeOf(issue.input))
      : 'expected a map with type (email, webhook or slack) and the settings of that type',
});

function typeOf(channel: unknown): unknown {
  return typeof channel === 'object' && channel !== null && 'type' in channel ? channel.type : undefined;
}
