import { z } from 'zod';
import { whyNotAddress } from './address.ts';
import { flag, list, oneOf, oneOfSentence, someOf, strict, text, textLike, textThat, wholeNumber } from './fields.ts';
import { networkSchema } from './schema-network.ts';

/** The kinds of channels that exist. */
const CHANNEL_TYPES = ['email', 'webhook', 'slack', 'teams', 'googlechat', 'pagerduty', 'apprise'] as const;

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
const URL_OR_FILE = [{ required: ['url'] }, { required: ['urlFile'] }];
const allowInsecure = flag.optional().meta({ description: 'Allows plain http to another machine.' });

const DOMAIN = /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$/u;
const tokenUrl = textThat('a web address', (value) =>
  whyNotAddress(value, { allowInsecure: false, insecureKey: null }),
).optional();
const scope = text('a scope').optional();

const microsoft = strict({
  provider: z.literal('microsoft'),
  tenant: textLike('the id or domain of a tenant', /^[\w.-]{1,253}$/u).meta({
    description: 'The id or a domain of the Microsoft 365 tenant.',
  }),
  clientId: textLike('the id of an application', /^[\w.-]{1,100}$/u).meta({
    description: 'The id of the application.',
  }),
  clientSecret: text('a secret').optional().meta({ description: 'Its client secret; better in clientSecretFile.' }),
  clientSecretFile: file.meta({ description: 'A file that has the client secret alone in it.' }),
  tokenUrl: tokenUrl.meta({ description: 'Where tokens are had, when not at login.microsoftonline.com.' }),
  scope: scope.meta({ description: 'Default: https://outlook.office365.com/.default' }),
}).meta({ description: 'Microsoft 365, as an application (client credentials).' });

const google = strict({
  provider: z.literal('google'),
  serviceAccount: textLike('the address of a service account', ADDRESS).meta({
    description: 'The address of the service account, which may act for the user of the whole domain.',
  }),
  privateKeyFile: text('the path of a file').meta({
    description: 'Its private key: PEM, or the JSON file that Google gives out.',
  }),
  tokenUrl: tokenUrl.meta({ description: 'Where tokens are had, when not at oauth2.googleapis.com.' }),
  scope: scope.meta({ description: 'Default: https://mail.google.com/' }),
}).meta({ description: 'Google Workspace, as a service account.' });

const oauth2 = z
  .discriminatedUnion('provider', [microsoft, google], {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? oneOfSentence(['microsoft', 'google'], valueOf(issue.input, 'provider'))
        : 'expected a map with provider (microsoft or google) and the settings of that provider',
  })
  .optional()
  .meta({ description: 'Logs in with a token instead of a password.' });

const dkim = strict({
  domain: textLike('a domain', DOMAIN).meta({ description: 'The domain that signs: that of the sender.' }),
  selector: textLike('a selector', /^[\w-]{1,63}(?:\.[\w-]{1,63})*$/u).meta({
    description: 'The public key stands at SELECTOR._domainkey.DOMAIN in the DNS.',
  }),
  privateKeyFile: text('the path of a file').meta({ description: 'A PEM file with the private key.' }),
})
  .optional()
  .meta({ description: 'Signs mails here; only where the mail server does not do it.' });

const smtp = strict({
  host: textLike('the name of a mail server', /^[^\s/@\p{Cc}]{1,253}$/u).meta({ description: 'The mail server.' }),
  port: wholeNumber(1, 65_535, '').optional().meta({ description: 'Default: 587 (starttls), 465 (tls), 25 (none).' }),
  security: oneOf(['starttls', 'tls', 'none']).default('starttls').meta({
    description: 'starttls demands encryption after connecting, tls from the start; none sends in the clear.',
  }),
  user: text('a user name').optional().meta({ description: 'The user name, when the server wants one.' }),
  password: text('a password').optional().meta({ description: 'The password; better in passwordFile.' }),
  passwordFile: file.meta({ description: 'A file that has the password alone in it.' }),
  oauth2,
  dkim,
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
  format: oneOf(['report', 'ocsf', 'cloudevents']).default('report').meta({
    description:
      'What is posted: the JSON report, OCSF compliance findings, one a line, or the JSON report as a CloudEvent.',
  }),
  allowInsecure,
  detail,
  network,
}).meta({ description: 'A signed HTTP POST.', oneOf: URL_OR_FILE });

/** A chat that takes messages at an address which is a secret. */
function chatAt(what: string) {
  return {
    url: text('a web address')
      .optional()
      .meta({ description: `${what}; treated as a secret.` }),
    urlFile: file.meta({ description: 'A file that has the address in it.' }),
    allowInsecure,
    detail,
    network,
  };
}

const slack = strict({ type: z.literal('slack'), ...chatAt('The incoming webhook') }).meta({
  description: 'A message to Slack.',
  oneOf: URL_OR_FILE,
});

const teams = strict({ type: z.literal('teams'), ...chatAt('The address of the flow') }).meta({
  description: 'A card to Microsoft Teams, by a Workflows webhook.',
  oneOf: URL_OR_FILE,
});

const googlechat = strict({ type: z.literal('googlechat'), ...chatAt('The incoming webhook of the space') }).meta({
  description: 'A card to Google Chat.',
  oneOf: URL_OR_FILE,
});

const pagerduty = strict({
  type: z.literal('pagerduty'),
  routingKey: text('a routing key')
    .optional()
    .meta({ description: 'The integration key of the service (Events API v2); better in routingKeyFile.' }),
  routingKeyFile: file.meta({ description: 'A file that has the key alone in it.' }),
  url: text('a web address')
    .default('https://events.pagerduty.com/v2/enqueue')
    .meta({ description: 'For the European region: https://events.eu.pagerduty.com/v2/enqueue' }),
  allowInsecure,
  detail,
  network,
}).meta({
  description: 'An alert a finding in PagerDuty.',
  oneOf: [{ required: ['routingKey'] }, { required: ['routingKeyFile'] }],
});

const apprise = strict({
  type: z.literal('apprise'),
  ...chatAt('The /notify/KEY address of an Apprise API server'),
  tag: text('a tag').optional().meta({ description: 'Only the services with this tag.' }),
}).meta({ description: 'A text to the services of an Apprise API server.', oneOf: URL_OR_FILE });

/** A destination of reports. */
export const channelSchema = z.discriminatedUnion(
  'type',
  [email, webhook, slack, teams, googlechat, pagerduty, apprise],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? oneOfSentence(CHANNEL_TYPES, valueOf(issue.input, 'type'))
        : `expected a map with type (${CHANNEL_TYPES.slice(0, -1).join(', ')} or ${CHANNEL_TYPES.at(-1)}) and the settings of that type`,
  },
);

function valueOf(map: unknown, key: string): unknown {
  return typeof map === 'object' && map !== null ? Reflect.get(map, key) : undefined;
}
