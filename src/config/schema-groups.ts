import { z } from 'zod';
import { day, list, someOf, strict, text, textLike } from './fields.ts';

const DOMAIN = /^(?:\*\.)?(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u;

/** The name of a domain, or `*.` and one for its subdomains. */
export const domain = textLike('a domain such as acme.example, or *.acme.example for its subdomains', DOMAIN);

const ACCOUNT = 'an account: a user id or an e-mail address, or a map with id, owner, ticket and reviewBy';

const account = z.union(
  [
    textLike(ACCOUNT, /^[^\s\p{Cc}]{1,254}$/u),
    strict({
      id: textLike('a user id or an e-mail address', /^[^\s\p{Cc}]{1,254}$/u),
      owner: text('who answers for the account').optional().meta({ description: 'Who answers for the account.' }),
      ticket: text('the record of the approval').optional().meta({ description: 'The record of the approval.' }),
      reviewBy: day.optional().meta({ description: 'After this date the approval wants a review (YYYY-MM-DD).' }),
    }),
  ],
  { error: `expected ${ACCOUNT}` },
);

const accounts = list(account, 'accounts');

const approved = strict({
  administrators: accounts
    .min(1, {
      error:
        'the list is empty, which would make every administrator a breach; name at least one, or remove the key and the rule is reported as not configured',
    })
    .optional()
    .meta({
      description: 'Every account that may administer the group. Without this key administrators are not judged.',
    }),
  serviceAccounts: accounts
    .optional()
    .meta({ description: 'Service accounts that may exist; [] approves none. Without this key they are not judged.' }),
  domains: list(domain, 'domains')
    .optional()
    .meta({ description: 'Domains of members; [] approves none. Without this key they are not judged.' }),
  breakGlass: accounts
    .optional()
    .meta({ description: 'Emergency accounts: may be idle, must exist and have 2FA; any use is reported.' }),
}).meta({ description: 'The intended state that rules compare with.' });

const singleSignOn = strict({
  domains: someOf(domain, 'domains').meta({ description: 'Members of these domains sign in through the provider.' }),
  evidence: text('what the attestation rests on').meta({ description: 'What the attestation rests on, for auditors.' }),
  attestedBy: text('who attests it').meta({ description: 'Who attests it.' }),
  until: day.meta({ description: 'Inclusive, at most 366 days ahead; afterwards the attestation counts for nothing.' }),
}).meta({ description: 'An attestation that an identity provider demands a second factor of these members.' });

/** One audited group. */
export const groupSchema = strict({
  id: textLike('the id of a group: letters, digits, "_", "-" and "."', /^[\w.-]{1,128}$/u).meta({
    description: 'The id of the group, as in its address on virustotal.com.',
  }),
  apiKey: text('an API key').optional().meta({ description: 'The API key of an account that administers the group.' }),
  apiKeyFile: text('the path of a file').optional().meta({ description: 'A file that has the key alone in it.' }),
  identity: textLike('the user id of the account whose key it is', /^[^\s\p{Cc}/]{1,254}$/u)
    .optional()
    .meta({ description: 'The user id of the account whose key it is: a claim that every run checks.' }),
  approved: approved.optional(),
  singleSignOn: singleSignOn.optional(),
}).meta({ oneOf: [{ required: ['apiKey'] }, { required: ['apiKeyFile'] }] });
