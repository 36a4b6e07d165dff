import { BASE } from '../support/config-folder.ts';

/** A configuration with something wrong, and every line that a person must read about it. */
export interface BrokenConfiguration {
  readonly name: string;
  readonly yaml: string;
  readonly expected: readonly string[];
}

/** Variables that the configurations below name. */
export const ENVIRONMENT = {
  KEY: 'k'.repeat(64),
  SPACED: 'two words',
  NOTHING: '',
  MANY: 'many',
  SIGNING: 's'.repeat(32),
} as const;

/** Files beside them. */
export const FILES = {
  empty: '\n',
  two: 'one\ntwo\n',
  'large.png': Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(201 * 1024)]),
} as const;

function lines(...texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}

/** One mistake each, or a few of one kind. */
export const BROKEN_CONFIGURATIONS: readonly BrokenConfiguration[] = [
  {
    name: 'an empty file',
    yaml: '',
    expected: ['config.yaml:1:1 the file is empty; copy config.example.yaml and change it'],
  },
  {
    name: 'a file with comments only',
    yaml: '# nothing\n',
    expected: ['config.yaml:1:1 the file is empty; copy config.example.yaml and change it'],
  },
  {
    name: 'a file that is a list',
    yaml: '- groups\n',
    expected: [
      'config.yaml:1:1 expected a map with groups, api, network, audits, channels, rules, customRules, waivers, maxWaiverDays, approvers, reminders, operators, privacy, store, report, server and heartbeat, found a list',
    ],
  },
  {
    name: 'a file that is one sentence',
    yaml: 'just text\n',
    expected: [
      'config.yaml:1:1 expected a map with groups, api, network, audits, channels, rules, customRules, waivers, maxWaiverDays, approvers, reminders, operators, privacy, store, report, server and heartbeat, found "just text"',
    ],
  },
  {
    name: 'no groups and no audits',
    yaml: 'api: {}\n',
    expected: [
      'config.yaml:1:1 audits: missing; expected a list of audits',
      'config.yaml:1:1 groups: missing; expected a list of groups',
    ],
  },
  {
    name: 'empty lists of groups and audits',
    yaml: lines('groups: []', 'audits: []'),
    expected: [
      'config.yaml:1:1 groups: expected at least one entry in this list of groups, found an empty list',
      'config.yaml:2:1 audits: expected at least one entry in this list of audits, found an empty list',
    ],
  },
  {
    name: 'a key without a value',
    yaml: lines('groups:', 'audits: [{ name: weekly }]'),
    expected: ['config.yaml:1:1 groups: empty; expected a list of groups'],
  },
  {
    name: 'an unknown key that is near a known one',
    yaml: BASE + 'chanels: {}\n',
    expected: ['config.yaml:6:1 chanels: unknown key; did you mean "channels"?'],
  },
  {
    name: 'an unknown key that is near none',
    yaml: BASE + 'zebra: 1\n',
    expected: [
      'config.yaml:6:1 zebra: unknown key; expected one of groups, api, network, audits, channels, rules, customRules, waivers, maxWaiverDays, approvers, reminders, operators, privacy, store, report, server, heartbeat',
    ],
  },
  {
    name: 'a key in snake case',
    yaml: BASE + 'custom_rules: []\n',
    expected: ['config.yaml:6:1 custom_rules: unknown key; did you mean "customRules"?'],
  },
  {
    name: 'a key of an older version',
    yaml: BASE + 'store: { keepSnapshotsDays: 400 }\n',
    expected: ['config.yaml:6:10 store.keepSnapshotsDays: unknown key; did you mean "keepDays: { snapshots: ... }"?'],
  },
  {
    name: 'a key written twice',
    yaml: BASE + lines('report: { organization: A }', 'report: { organization: B }'),
    expected: ['config.yaml:7:1 report: this key is already in the same map; remove one of the two'],
  },
  {
    name: 'a duplicate key deeper in',
    yaml: BASE + lines('api:', '  concurrency: 2', '  concurrency: 4'),
    expected: ['config.yaml:8:3 api.concurrency: this key is already in the same map; remove one of the two'],
  },
  {
    name: 'a number where text belongs',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    identity: 1234',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:5 groups[0].identity: expected the user id of the account whose key it is, found 1234; put it in quotes',
    ],
  },
  {
    name: 'an empty text',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    identity: ""',
      'audits: [{ name: weekly }]',
    ),
    expected: ['config.yaml:4:5 groups[0].identity: empty; expected the user id of the account whose key it is'],
  },
  {
    name: 'a group id with a space',
    yaml: lines('groups:', '  - id: acme soc', '    apiKeyFile: ./key', 'audits: [{ name: weekly }]'),
    expected: [
      'config.yaml:2:5 groups[0].id: expected the id of a group: letters, digits, "_", "-" and ".", found "acme soc"',
    ],
  },
  {
    name: 'two groups with one id',
    yaml: lines(
      'groups:',
      '  - { id: acme_soc, apiKeyFile: ./key }',
      '  - { id: ACME_SOC, apiKeyFile: ./key }',
      'audits: [{ name: weekly }]',
    ),
    expected: ['config.yaml:3:7 groups[1].id: "ACME_SOC" is used twice: another group has this id'],
  },
  {
    name: 'no key for a group',
    yaml: lines('groups:', '  - id: acme_soc', 'audits: [{ name: weekly }]'),
    expected: [
      'config.yaml:2:5 groups[0].apiKey: missing; expected apiKey, or apiKeyFile with the path of a file that has it',
    ],
  },
  {
    name: 'a key and a key file',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKey: ${KEY}',
      '    apiKeyFile: ./key',
      'audits: [{ name: weekly }]',
    ),
    expected: ['config.yaml:4:5 groups[0].apiKeyFile: both apiKey and apiKeyFile are set; keep one of them'],
  },
  {
    name: 'a key file that is not there',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKeyFile: ./nokey', 'audits: [{ name: weekly }]'),
    expected: [
      'config.yaml:3:5 groups[0].apiKeyFile: the file cannot be read: there is no such file; relative paths start at the folder of the configuration',
    ],
  },
  {
    name: 'a key file that is a folder',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKeyFile: .', 'audits: [{ name: weekly }]'),
    expected: ['config.yaml:3:5 groups[0].apiKeyFile: the file cannot be read: it is a directory, not a file'],
  },
  {
    name: 'a key file that is empty',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKeyFile: ./empty', 'audits: [{ name: weekly }]'),
    expected: ['config.yaml:3:5 groups[0].apiKeyFile: what the file has in it cannot be used: empty'],
  },
  {
    name: 'a key file of two lines',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKeyFile: ./two', 'audits: [{ name: weekly }]'),
    expected: ['config.yaml:3:5 groups[0].apiKeyFile: what the file has in it cannot be used: expected one line'],
  },
  {
    name: 'a key with a space in it',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKey: ${SPACED}', 'audits: [{ name: weekly }]'),
    expected: ['config.yaml:3:5 groups[0].apiKey: an API key has no spaces and only ASCII characters'],
  },
  {
    name: 'variables that are not set',
    yaml: lines('groups:', '  - id: ${GROUP}', '    apiKey: ${VT_KEY}', 'audits: [{ name: "${A}-${B}" }]'),
    expected: [
      'config.yaml:2:5 groups[0].id: the environment variable GROUP is not set; set it, or give a default: ${NAME:-default}',
      'config.yaml:3:5 groups[0].apiKey: the environment variable VT_KEY is not set; set it, or give a default: ${NAME:-default}',
      'config.yaml:4:12 audits[0].name: the environment variables A, B are not set; set it, or give a default: ${NAME:-default}',
    ],
  },
  {
    name: 'a variable that is set to nothing',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKey: ${NOTHING}', 'audits: [{ name: weekly }]'),
    expected: ['config.yaml:3:5 groups[0].apiKey: empty, as ${NOTHING} is set to nothing; expected an API key'],
  },
  {
    name: 'a variable that is not closed',
    yaml: BASE + 'report: { organization: "${ORG" }\n',
    expected: [
      'config.yaml:6:11 report.organization: "${" is not closed by "}", or another "${" stands inside it, which is not supported; write $$ where a dollar sign is meant',
    ],
  },
  {
    name: 'a variable in a variable',
    yaml: BASE + 'report: { organization: "${ORG:-${NAME}}" }\n',
    expected: [
      'config.yaml:6:11 report.organization: "${" is not closed by "}", or another "${" stands inside it, which is not supported; write $$ where a dollar sign is meant',
    ],
  },
  {
    name: 'a variable in another notation',
    yaml: BASE + 'report: { organization: "${ORG:?needed}" }\n',
    expected: [
      'config.yaml:6:11 report.organization: expected ${NAME} or ${NAME:-default}, where NAME has only letters, digits and underscores; write $$ where a dollar sign is meant',
    ],
  },
  {
    name: 'a variable without quotes in braces',
    yaml: BASE + 'network: { proxy: ${HTTPS_PROXY:-} }\n',
    expected: ['config.yaml:6:20 a variable inside [ ] or { } needs quotes: "${NAME}"'],
  },
  {
    name: 'a value of a variable that does not fit',
    yaml: BASE + 'api: { concurrency: "${MANY}" }\n',
    expected: [
      'config.yaml:6:8 api.concurrency: expected a whole number of requests from 1 to 64, found the value of ${MANY}',
    ],
  },
  {
    name: 'an empty list of administrators',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { administrators: [] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:17 groups[0].approved.administrators: the list is empty, which would make every administrator a breach; name at least one, or remove the key and the rule is reported as not configured',
    ],
  },
  {
    name: 'a domain without a dot',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { domains: [acme] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:27 groups[0].approved.domains[0]: expected a domain such as acme.example, or *.acme.example for its subdomains, found "acme"',
    ],
  },
  {
    name: 'a bare wildcard as a domain',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { domains: ["*"] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:27 groups[0].approved.domains[0]: expected a domain such as acme.example, or *.acme.example for its subdomains, found "*"',
    ],
  },
  {
    name: 'an approved account twice',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { breakGlass: [ana@acme.example, { id: Ana@acme.example }] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:50 groups[0].approved.breakGlass[1].id: "Ana@acme.example" is used twice: the list has this entry already',
    ],
  },
  {
    name: 'an approved account with a wrong key',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { serviceAccounts: [{ id: siem, reviewby: 2027-01-01 }] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:47 groups[0].approved.serviceAccounts[0].reviewby: unknown key; did you mean "reviewBy"?',
    ],
  },
  {
    name: 'an approved account that is a number',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { serviceAccounts: [42] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:35 groups[0].approved.serviceAccounts[0]: expected an account: a user id or an e-mail address, or a map with id, owner, ticket and reviewBy, found 42',
    ],
  },
  {
    name: 'a review on a day that does not exist',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    approved: { serviceAccounts: [{ id: siem, reviewBy: 2027-02-30 }] }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:47 groups[0].approved.serviceAccounts[0].reviewBy: "2027-02-30" is not a date; expected one such as 2027-03-31',
    ],
  },
  {
    name: 'single sign-on attested for too long',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    singleSignOn: { domains: [acme.example], evidence: policy, attestedBy: ana, until: 2027-11-24 }',
      'audits: [{ name: weekly }]',
    ),
    expected: [
      'config.yaml:4:81 groups[0].singleSignOn.until: "2027-11-24" is more than 366 days ahead; attest it until 2027-11-23 at most, then renew it',
    ],
  },
  {
    name: 'single sign-on that nobody attests',
    yaml: lines(
      'groups:',
      '  - id: acme_soc',
      '    apiKeyFile: ./key',
      '    singleSignOn: { domains: [acme.example], evidence: policy, until: 2027-02-28 }',
      'audits: [{ name: weekly }]',
    ),
    expected: ['config.yaml:4:5 groups[0].singleSignOn.attestedBy: missing; expected who attests it'],
  },
  {
    name: 'two audits with one name',
    yaml: lines('groups: [{ id: acme_soc, apiKeyFile: ./key }]', 'audits:', '  - name: weekly', '  - name: Weekly'),
    expected: ['config.yaml:4:5 audits[1].name: "Weekly" is used twice: another audit has this name'],
  },
  {
    name: 'a time zone with a typing error',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    timezone: Europe/Madird',
    ),
    expected: ['config.yaml:4:5 audits[0].timezone: "Europe/Madird" is not a time zone; did you mean "Europe/Madrid"?'],
  },
  {
    name: 'a time zone that is an offset',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    timezone: "+02:00"',
    ),
    expected: [
      'config.yaml:4:5 audits[0].timezone: "+02:00" is not a time zone; expected a name such as Europe/Madrid or UTC',
    ],
  },
  {
    name: 'a schedule of four fields',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    schedule: "0 8 * *"',
    ),
    expected: [
      'config.yaml:4:5 audits[0].schedule: "0 8 * *" has 4 fields; expected five: minute, hour, day of month, month, weekday',
    ],
  },
  {
    name: 'a schedule with seconds',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    schedule: "0 0 8 * * MON"',
    ),
    expected: [
      'config.yaml:4:5 audits[0].schedule: "0 0 8 * * MON" has 6 fields; expected five: minute, hour, day of month, month, weekday (seconds are not supported)',
    ],
  },
  {
    name: 'a nickname as a schedule',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    schedule: "@daily"',
    ),
    expected: [
      'config.yaml:4:5 audits[0].schedule: "@daily" is a nickname; write its five fields, such as "0 8 * * MON"',
    ],
  },
  {
    name: 'a minute that does not exist',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    schedule: "61 * * * *"',
    ),
    expected: ['config.yaml:4:5 audits[0].schedule: "61 * * * *" is not a schedule: the minute is not within 0-59'],
  },
  {
    name: 'a day that does not exist',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    schedule: "0 8 31 2 *"',
    ),
    expected: [
      'config.yaml:4:5 audits[0].schedule: "0 8 31 2 *" is not a schedule: the day of month is not within 1-31, or not in that month',
    ],
  },
  {
    name: 'a day of month and a weekday',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    schedule: "0 8 1 * MON"',
    ),
    expected: [
      'config.yaml:4:5 audits[0].schedule: "0 8 1 * MON" sets both day of month and weekday: cron would run on either, this scheduler only on days that are both; set one of them to *',
    ],
  },
  {
    name: 'a group that is not there',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    groups: [acme_sok]',
    ),
    expected: ['config.yaml:4:14 audits[0].groups[0]: "acme_sok" is not the id of a group; did you mean "acme_soc"?'],
  },
  {
    name: 'a text where a list belongs',
    yaml: lines('groups: [{ id: acme_soc, apiKeyFile: ./key }]', 'audits:', '  - name: weekly', '    groups: acme_soc'),
    expected: [
      'config.yaml:4:5 audits[0].groups: expected a list of ids of groups, or "*", found "acme_soc"; put it in [ ]',
    ],
  },
  {
    name: 'an empty list of rules',
    yaml: lines('groups: [{ id: acme_soc, apiKeyFile: ./key }]', 'audits:', '  - name: weekly', '    rules: []'),
    expected: [
      'config.yaml:4:5 audits[0].rules: expected at least one entry in this list of ids of rules, tag:NAME or "*", found an empty list',
    ],
  },
  {
    name: 'a rule that cannot be an id',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    rules: [Members Use 2FA]',
    ),
    expected: [
      'config.yaml:4:13 audits[0].rules[0]: expected the id of a rule, tag:NAME or "*", found "Members Use 2FA"',
    ],
  },
  {
    name: 'a channel where none is',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    send: [{ to: on-call }]',
    ),
    expected: ['config.yaml:4:14 audits[0].send[0].to: "on-call" is not a channel; none is configured'],
  },
  {
    name: 'a channel with a typing error',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    send: [{ to: on-cal }]',
      'channels: { on-call: { type: slack, url: "https://hooks.slack.example/x" } }',
    ),
    expected: ['config.yaml:4:14 audits[0].send[0].to: "on-cal" is not a channel; did you mean "on-call"?'],
  },
  {
    name: 'a channel twice in one audit',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    send: [{ to: hook }, { to: hook, when: changes }]',
      'channels: { hook: { type: slack, url: "https://hooks.slack.example/x" } }',
    ),
    expected: [
      'config.yaml:4:28 audits[0].send[1].to: "hook" is used twice: this audit sends to the same channel already',
    ],
  },
  {
    name: 'a word that is none of the choices',
    yaml: lines(
      'groups: [{ id: acme_soc, apiKeyFile: ./key }]',
      'audits:',
      '  - name: weekly',
      '    send: [{ to: hook, when: alway, minSeverity: severe }]',
      'channels: { hook: { type: slack, url: "https://hooks.slack.example/x" } }',
    ),
    expected: [
      'config.yaml:4:24 audits[0].send[0].when: expected one of always, findings, changes, found "alway"; did you mean "always"?',
      'config.yaml:4:37 audits[0].send[0].minSeverity: expected one of critical, high, medium, low, found "severe"',
    ],
  },
  {
    name: 'a channel of an unknown type',
    yaml: BASE + lines('channels:', '  hook: { type: webhok }'),
    expected: [
      'config.yaml:7:11 channels.hook.type: expected one of email, webhook, slack, teams, googlechat, pagerduty, apprise, found "webhok"; did you mean "webhook"?',
    ],
  },
  {
    name: 'a channel without a type',
    yaml: BASE + lines('channels:', '  hook: { url: "https://siem.acme.example" }'),
    expected: [
      'config.yaml:7:3 channels.hook.type: missing; expected one of email, webhook, slack, teams, googlechat, pagerduty, apprise',
    ],
  },
  {
    name: 'a channel that is text',
    yaml: BASE + lines('channels:', '  hook: https://siem.acme.example'),
    expected: [
      'config.yaml:7:3 channels.hook: expected a map with type (email, webhook, slack, teams, googlechat, pagerduty or apprise) and the settings of that type, found "https://siem.acme.example"',
    ],
  },
  {
    name: 'plain http to another machine',
    yaml: BASE + lines('channels:', '  hook: { type: webhook, url: "http://siem.acme.example/x" }'),
    expected: [
      'config.yaml:7:26 channels.hook.url: plain http is only for addresses of this machine; use https, or set allowInsecure: true',
    ],
  },
  {
    name: 'a link-local address',
    yaml: BASE + lines('channels:', '  hook: { type: webhook, url: "http://169.254.169.254/x", allowInsecure: true }'),
    expected: ['config.yaml:7:26 channels.hook.url: a link-local or metadata address cannot be used'],
  },
  {
    name: 'a metadata address in disguise',
    yaml:
      BASE +
      lines(
        'channels:',
        '  a: { type: webhook, url: "https://[::ffff:169.254.169.254]/x" }',
        '  b: { type: webhook, url: "https://2852039166/x" }',
        '  c: { type: webhook, url: "https://metadata.google.internal./x" }',
        '  d: { type: webhook, url: "https://[fd00:ec2::254]/x" }',
      ),
    expected: [
      'config.yaml:7:23 channels.a.url: a link-local or metadata address cannot be used',
      'config.yaml:8:23 channels.b.url: a link-local or metadata address cannot be used',
      'config.yaml:9:23 channels.c.url: a link-local or metadata address cannot be used',
      'config.yaml:10:23 channels.d.url: a link-local or metadata address cannot be used',
    ],
  },
  {
    name: 'an address that is none',
    yaml: BASE + lines('channels:', '  hook: { type: slack, url: ftp://acme.example }'),
    expected: ['config.yaml:7:24 channels.hook.url: expected a web address that starts with https://'],
  },
  {
    name: 'a password in an address',
    yaml: BASE + lines('channels:', '  hook: { type: slack, url: "https://ana:hunter2@acme.example/x" }'),
    expected: ['config.yaml:7:24 channels.hook.url: a user name or password in the address cannot be used'],
  },
  {
    name: 'a webhook without an address',
    yaml: BASE + lines('channels:', '  hook: { type: webhook, secret: "${SIGNING}" }'),
    expected: [
      'config.yaml:7:3 channels.hook.url: missing; expected url, or urlFile with the path of a file that has it',
    ],
  },
  {
    name: 'a short secret',
    yaml: BASE + lines('channels:', '  hook: { type: webhook, url: "https://siem.acme.example", secret: hunter2 }'),
    expected: [
      'config.yaml:7:60 channels.hook.secret: too short: expected at least 24 bytes, or whsec_ and base64 of as many',
    ],
  },
  {
    name: 'a secret whose base64 is broken',
    yaml:
      BASE + lines('channels:', '  hook: { type: webhook, url: "https://siem.acme.example", secret: whsec_hunter2 }'),
    expected: ['config.yaml:7:60 channels.hook.secret: expected base64 of 24 to 64 bytes after whsec_'],
  },
  {
    name: 'one secret and several',
    yaml:
      BASE +
      lines(
        'channels:',
        '  hook: { type: webhook, url: "https://siem.acme.example", secret: "${SIGNING}", secrets: ["${SIGNING}"] }',
      ),
    expected: ['config.yaml:7:82 channels.hook.secrets: both secret and secrets are set; keep one of them'],
  },
  {
    name: 'a format that does not exist yet',
    yaml: BASE + lines('channels:', '  hook: { type: webhook, url: "https://siem.acme.example", format: sarif }'),
    expected: ['config.yaml:7:60 channels.hook.format: expected one of report, ocsf, cloudevents, found "sarif"'],
  },
  {
    name: 'a mail without receivers',
    yaml:
      BASE +
      lines('channels:', '  mail: { type: email, from: a@acme.example, to: [], smtp: { host: mail.acme.example } }'),
    expected: [
      'config.yaml:7:46 channels.mail.to: expected at least one entry in this list of e-mail addresses, found an empty list',
    ],
  },
  {
    name: 'an address that is no mailbox',
    yaml:
      BASE +
      lines('channels:', '  mail: { type: email, from: VT Auditor, to: [soc], smtp: { host: mail.acme.example } }'),
    expected: [
      'config.yaml:7:24 channels.mail.from: expected an e-mail address, or "Name <address>", found "VT Auditor"',
      'config.yaml:7:47 channels.mail.to[0]: expected an e-mail address, or "Name <address>", found "soc"',
    ],
  },
  {
    name: 'a user without a password',
    yaml:
      BASE +
      lines(
        'channels:',
        '  mail: { type: email, from: a@acme.example, to: [b@acme.example], smtp: { host: mail.acme.example, user: auditor } }',
      ),
    expected: [
      'config.yaml:7:101 channels.mail.smtp.user: a user name without a password; add password or passwordFile, or oauth2',
    ],
  },
  {
    name: 'a password without a user',
    yaml:
      BASE +
      lines(
        'channels:',
        '  mail: { type: email, from: a@acme.example, to: [b@acme.example], smtp: { host: mail.acme.example, password: "${SIGNING}" } }',
      ),
    expected: ['config.yaml:7:101 channels.mail.smtp.password: a password without a user name; add user'],
  },
  {
    name: 'a port that does not exist',
    yaml:
      BASE +
      lines(
        'channels:',
        '  mail: { type: email, from: a@acme.example, to: [b@acme.example], smtp: { host: mail.acme.example, port: 70000 } }',
      ),
    expected: ['config.yaml:7:101 channels.mail.smtp.port: expected a whole number from 1 to 65535, found 70000'],
  },
  {
    name: 'a rule that is off without a reason',
    yaml: BASE + 'rules: { members-are-active: { enabled: false } }\n',
    expected: [
      'config.yaml:6:10 rules.members-are-active.reason: missing; expected why the rule is switched off, since reports say so',
    ],
  },
  {
    name: 'a rule that is off for a misspelt reason',
    yaml: BASE + 'rules: { members-are-active: { enabled: false, reson: works council } }\n',
    expected: [
      'config.yaml:6:10 rules.members-are-active.reason: missing; expected why the rule is switched off, since reports say so',
      'config.yaml:6:48 rules.members-are-active.reson: unknown key; did you mean "reason"?',
    ],
  },
  {
    name: 'a rule that is neither on nor off',
    yaml: BASE + 'rules: { members-are-active: { enabled: no } }\n',
    expected: ['config.yaml:6:32 rules.members-are-active.enabled: expected true or false, found "no"'],
  },
  {
    name: 'a severity that does not exist',
    yaml: BASE + 'rules: { members-are-active: { severity: hihg } }\n',
    expected: [
      'config.yaml:6:32 rules.members-are-active.severity: expected one of critical, high, medium, low, found "hihg"; did you mean "high"?',
    ],
  },
  {
    name: 'a rule id in another style',
    yaml: BASE + 'rules: { membersAreActive: {} }\n',
    expected: ['config.yaml:6:10 rules.membersAreActive: not a possible key: expected the id of a rule'],
  },
  {
    name: 'a rule that is set to false',
    yaml: BASE + 'rules: { members-are-active: false }\n',
    expected: [
      'config.yaml:6:10 rules.members-are-active: expected a map: enabled, severity, and the options of the rule, found false',
    ],
  },
  {
    name: 'an API over plain http',
    yaml: BASE + 'api: { baseUrl: "http://www.virustotal.com/api/v3" }\n',
    expected: ['config.yaml:6:8 api.baseUrl: plain http is only for addresses of this machine; use https'],
  },
  {
    name: 'an API with a query',
    yaml: BASE + 'api: { baseUrl: "https://www.virustotal.com/api/v3?x=1" }\n',
    expected: ['config.yaml:6:8 api.baseUrl: a query or fragment (? or #) in the address cannot be used'],
  },
  {
    name: 'a rate of nothing',
    yaml: BASE + 'api: { requestsPerMinute: 0, timeoutSeconds: 1.5 }\n',
    expected: [
      'config.yaml:6:8 api.requestsPerMinute: expected a whole number of requests from 1 to 10000, found 0',
      'config.yaml:6:30 api.timeoutSeconds: expected a whole number of seconds from 1 to 600, found 1.5',
    ],
  },
  {
    name: 'a budget in words',
    yaml: BASE + 'api: { budget: plenty }\n',
    expected: [
      'config.yaml:6:8 api.budget: expected a whole number of requests, or a map with run and dayShare, found "plenty"',
    ],
  },
  {
    name: 'a share over the whole',
    yaml: BASE + 'api: { budget: { dayShare: 500% } }\n',
    expected: ['config.yaml:6:18 api.budget.dayShare: expected a share such as 5% or 0.05, found "500%"'],
  },
  {
    name: 'a proxy that is none',
    yaml: BASE + 'network: { proxy: proxy.acme.example:3128 }\n',
    expected: [
      'config.yaml:6:12 network.proxy: expected the address of a proxy, such as http://proxy.acme.example:3128',
    ],
  },
  {
    name: 'proxies whose login cannot be decoded, of the API and of a channel',
    yaml:
      BASE +
      lines(
        'api: { network: { proxy: "http://user:w%ZZord@proxy.acme.example" } }',
        'channels: { hook: { type: webhook, url: "https://siem.acme.example", secret: "${SIGNING}", network: { proxy: "http://us%er@proxy.acme.example" } } }',
      ),
    expected: [
      'config.yaml:6:19 api.network.proxy: a % in the login stands for no character; write the % itself as %25',
      'config.yaml:7:103 channels.hook.network.proxy: a % in the login stands for no character; write the % itself as %25',
    ],
  },
  {
    name: 'a certificate that is none',
    yaml: BASE + 'network: { caFile: ./key }\n',
    expected: [
      'config.yaml:6:12 network.caFile: the file cannot be used: it has no certificate in PEM form (-----BEGIN CERTIFICATE-----)',
    ],
  },
  {
    name: 'evidence that would be thrown away',
    yaml: BASE + 'store: { keepDays: { evidence: 90 } }\n',
    expected: ['config.yaml:6:22 store.keepDays.evidence: expected forever, the only choice, found 90'],
  },
  {
    name: 'a colour without quotes',
    yaml: BASE + lines('report:', '  accentColor: #0b57d0'),
    expected: ['config.yaml:7:3 report.accentColor: empty; expected a colour in quotes such as "#0b57d0"'],
  },
  {
    name: 'a colour by name',
    yaml: BASE + 'report: { accentColor: blue }\n',
    expected: ['config.yaml:6:11 report.accentColor: expected a colour in quotes such as "#0b57d0", found "blue"'],
  },
  {
    name: 'a logo that is no picture',
    yaml: BASE + 'report: { logo: ./key }\n',
    expected: ['config.yaml:6:11 report.logo: the file cannot be used: it is not a PNG, JPEG or SVG picture'],
  },
  {
    name: 'a logo that is too large',
    yaml: BASE + 'report: { logo: ./large.png }\n',
    expected: ['config.yaml:6:11 report.logo: the file cannot be used: it is larger than 200 KB'],
  },
  {
    name: 'an address to listen on without a port',
    yaml: BASE + 'server: { listen: localhost }\n',
    expected: [
      'config.yaml:6:11 server.listen: "localhost" is not an address to listen on; expected one such as 127.0.0.1:8080',
    ],
  },
  {
    name: 'a heartbeat without an address',
    yaml: BASE + 'heartbeat: {}\n',
    expected: ['config.yaml:6:1 heartbeat.url: missing; expected url, or urlFile with the path of a file that has it'],
  },
  {
    name: 'waivers for ever',
    yaml: BASE + 'maxWaiverDays: forever\n',
    expected: [
      'config.yaml:6:1 maxWaiverDays: expected a whole number of days, or a map with critical, high, medium and low, found "forever"',
    ],
  },
  {
    name: 'a tab',
    yaml: BASE + lines('report:', '	organization: Acme'),
    expected: ['config.yaml:7:1 not valid YAML: a tab cannot indent in YAML; use spaces'],
  },
  {
    name: 'a bracket that is not closed',
    yaml: BASE + 'customRules: [./a\n',
    expected: ['config.yaml:6:14 not valid YAML: the bracket that is opened here is not closed'],
  },
  {
    name: 'a quote that is not closed',
    yaml: BASE + 'report: { organization: "Acme }\n',
    expected: ['config.yaml:6:25 not valid YAML: the quote that is opened here is not closed'],
  },
  {
    name: 'two documents',
    yaml: BASE + lines('---', 'report: {}'),
    expected: ['config.yaml:6:1 not valid YAML: a second document starts here (---); the file must have one'],
  },
  {
    name: 'a missing space after a colon',
    yaml: lines('groups:', '  - id: acme_soc', '    apiKey:hunter2', 'audits: [{ name: weekly }]'),
    expected: [
      'config.yaml:3:5 not valid YAML: something is missing here: a colon and a space after a key, or a closing quote or bracket; or the line is not indented like its neighbours',
    ],
  },
  {
    name: 'a value that starts with @',
    yaml: BASE + lines('report:', '  organization: @acme'),
    expected: [
      'config.yaml:7:17 not valid YAML: a value cannot start with this character; put quotes around the value',
    ],
  },
  {
    name: 'a tag',
    yaml: BASE + 'report: { organization: !env ORG }\n',
    expected: [
      'config.yaml:6:11 report.organization: YAML tags (!) have no use here; put quotes around a value that starts with !',
    ],
  },
  {
    name: 'a reference to no anchor',
    yaml: BASE + 'report: { organization: *acme }\n',
    expected: [
      'config.yaml:6:11 report.organization: a reference (*) to an anchor (&) that is not defined above it; put quotes around a value that starts with *',
    ],
  },
  {
    name: 'a merge key',
    yaml: BASE + lines('report:', '  <<: { organization: Acme }'),
    expected: ['config.yaml:7:3 report: merging maps with "<<" is not supported; write the keys out'],
  },
  {
    name: 'a key that is a list',
    yaml: BASE + lines('? [a, b]', ': 1'),
    expected: ['config.yaml:6:3 a key must be plain text'],
  },
];
