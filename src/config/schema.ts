import { z } from 'zod';
import type { FindingState } from '../model/finding.ts';
import type { RuleSettings } from '../model/settings.ts';
import { SEVERITIES } from '../model/severity.ts';
import { whyNotBaseUrl } from './address.ts';
import { whyNotSchedule } from './cron.ts';
import { day, flag, list, oneOf, someOf, strict, text, textLike, textThat, wholeNumber } from './fields.ts';
import { channelSchema } from './schema-channels.ts';
import { domain, groupSchema } from './schema-groups.ts';
import { networkSchema } from './schema-network.ts';
import { whyNotTimeZone } from './time-zone.ts';

const timezone = textThat('a time zone such as Europe/Madrid or UTC', whyNotTimeZone);
const severity = oneOf(SEVERITIES);
const path = text('a path');
const aName = 'a name: letters, digits, "_", "-" and "."';
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,79}$/u;
const RULE_ID = /^[a-z0-9]+(?:-[a-z0-9]+)*$/u;

/** A share between 0 and 1, also written in percent. */
const share = z
  .union(
    [
      z
        .number({ error: 'expected a share' })
        .gt(0, { error: 'expected a share' })
        .lte(1, { error: 'expected a share' }),
      z
        .string({ error: 'expected a share' })
        .meta({ pattern: String.raw`^\d+(\.\d+)?%$|\$\{` })
        .refine((value) => toShare(value) !== null, { error: 'expected a share' })
        .transform((value) => toShare(value) ?? 0),
    ],
    { error: 'expected a share such as 5% or 0.05' },
  )
  .meta({ description: "Share of the group's daily API allowance that all runs of a day may use." });

function toShare(written: string): number | null {
  const match = /^(?<number>\d{1,3}(?:\.\d{1,6})?)(?<percent>%?)$/u.exec(written.trim());
  if (match === null) {
    return null;
  }
  const value = Number(match.groups?.['number']) / (match.groups?.['percent'] === '%' ? 100 : 1);
  return value > 0 && value <= 1 ? value : null;
}

const DEFAULT_BUDGET = { run: 2000, dayShare: 0.05 };
const requests = wholeNumber(1, 1_000_000, 'requests');

const budget = z.union(
  [
    requests.transform((run) => ({ ...DEFAULT_BUDGET, run })),
    strict({
      run: requests
        .prefault(DEFAULT_BUDGET.run)
        .meta({ description: 'A run that would cost more requests is refused.' }),
      dayShare: share.prefault(DEFAULT_BUDGET.dayShare),
    }),
  ],
  { error: 'expected a whole number of requests, or a map with run and dayShare' },
);

const api = strict({
  baseUrl: textThat('a web address', whyNotBaseUrl)
    .default('https://www.virustotal.com/api/v3')
    .meta({ description: 'The API; plain http only to this machine.' }),
  requestsPerMinute: wholeNumber(1, 10_000, 'requests').prefault(60).meta({ description: 'Per key.' }),
  concurrency: wholeNumber(1, 64, 'requests').prefault(4).meta({ description: 'Requests under way at a time.' }),
  timeoutSeconds: wholeNumber(1, 600, 'seconds').prefault(30).meta({ description: 'For one request.' }),
  budget: budget.prefault({}).meta({ description: 'Requests that a run, and all runs of a day, may cost.' }),
  network: networkSchema.optional(),
}).meta({ description: 'How the API is reached and how hard it may be used.' });

const heartbeat = strict({
  url: text('a web address')
    .optional()
    .meta({ description: 'Called after a complete run, with /fail after a bad one.' }),
  urlFile: text('the path of a file').optional().meta({ description: 'A file that has the address in it.' }),
  allowInsecure: flag.optional().meta({ description: 'Allows plain http to another machine.' }),
}).meta({ oneOf: [{ required: ['url'] }, { required: ['urlFile'] }] });

/** Ids of rules, `tag:NAME` or `*`, as audits and readers select rules. */
export const rulePatternSchema = textLike(
  'the id of a rule, tag:NAME or "*"',
  /^(?:\*|(?:tag:)?[a-z0-9]+(?:-[a-z0-9]+)*)$/u,
);
const FINDING_STATES = [
  'new',
  'persisting',
  'resolved',
  'unverified',
  'withdrawn',
] as const satisfies readonly FindingState[];

/** Folders with rules of one's own. */
export const customRulesSchema = list(path, 'folders');

/** The id of a rule. */
export const ruleIdSchema = textLike('the id of a rule', RULE_ID);

const send = strict({
  to: text('the name of a channel').meta({ description: 'The name of a channel.' }),
  when: oneOf(['always', 'findings', 'changes']).default('always').meta({ description: 'When a report is sent.' }),
  minSeverity: severity.default('low').meta({ description: 'Milder findings are left out.' }),
  rules: someOf(rulePatternSchema, 'ids of rules, tag:NAME or "*"')
    .optional()
    .meta({ description: 'Only findings of these rules: ids, or tag:NAME.' }),
  states: someOf(oneOf(FINDING_STATES), 'new, persisting, resolved, unverified and withdrawn')
    .optional()
    .meta({ description: 'Only findings in these states, as this reader sees them.' }),
  domains: someOf(domain, 'domains')
    .optional()
    .meta({ description: 'Only findings about accounts with an address in one of these domains.' }),
});

const audit = strict({
  name: textLike(aName, NAME).meta({ description: 'Unique; findings and messages are told by it.' }),
  schedule: textThat('a schedule of five fields, such as "0 8 * * MON"', whyNotSchedule)
    .optional()
    .meta({ description: 'Minute, hour, day of month, month, weekday. Without it the audit runs only by hand.' }),
  timezone: timezone.default('UTC').meta({ description: 'The time zone of the schedule.' }),
  groups: someOf(text('the id of a group'), 'ids of groups, or "*"')
    .default(['*'])
    .meta({ description: 'Ids of groups; "*" is all.' }),
  rules: someOf(rulePatternSchema, 'ids of rules, tag:NAME or "*"')
    .default(['*'])
    .meta({ description: 'Ids of rules, tag:NAME, or "*" for all.' }),
  send: list(send, 'maps with to, when and minSeverity').default([]).meta({ description: 'Who gets the report.' }),
  heartbeat: heartbeat.optional().meta({ description: 'A monitor that notices when runs of this audit stay away.' }),
  jitterSeconds: wholeNumber(0, 3600, 'seconds')
    .prefault(0)
    .meta({ description: 'Runs begin up to so much after their time, always by the same amount for an audit.' }),
});

const disabledRule = strict({
  enabled: z.literal([false, 'false']).meta({ description: 'The rule is switched off; reports say so.' }),
  reason: text('why the rule is switched off, since reports say so').meta({ description: 'Why; reports say so.' }),
  until: day.optional().meta({ description: 'When it is to be looked at again (YYYY-MM-DD).' }),
}).transform(({ reason, until }): RuleSettings => ({ enabled: false, reason, until: until ?? null }));

// The options of a rule are checked by the rule, once it is loaded: other keys stay.
const enabledRule = z
  .looseObject({
    enabled: z.literal([true, 'true']).optional(),
    severity: severity.optional().meta({ description: "Instead of the rule's own." }),
  })
  .transform((written): RuleSettings => {
    const { enabled: _, severity: own, ...options } = written;
    return { enabled: true, severity: own ?? null, options };
  });

/** What is said of one rule. */
export const ruleSettingsSchema = z.discriminatedUnion('enabled', [disabledRule, enabledRule], {
  error: (issue) =>
    issue.code === 'invalid_union'
      ? 'expected true or false'
      : 'expected a map: enabled, severity, and the options of the rule',
});

const keepDays = strict({
  snapshots: wholeNumber(1, 36_500, 'days').prefault(550).meta({ description: 'Collected sections.' }),
  evidence: oneOf(['forever'])
    .default('forever')
    .meta({ description: 'Runs, findings, waivers, reports and receipts are kept for ever.' }),
  messages: wholeNumber(1, 36_500, 'days').prefault(90).meta({ description: 'Rendered messages.' }),
});

const store = strict({
  path: path.optional().meta({
    description: 'The database; not on a network file system. Default: ./data/vt-auditor.db; in the image /data.',
  }),
  keepDays: keepDays.prefault({}),
  backup: strict({
    path: path.meta({ description: 'A folder, best on another volume than the database.' }),
    keep: wholeNumber(1, 3650, 'copies').prefault(14).meta({ description: 'Older copies are deleted.' }),
  })
    .optional()
    .meta({ description: 'A copy of the database each night.' }),
});

const report = strict({
  organization: text('the name of the organization').optional(),
  timezone: timezone.default('UTC').meta({ description: 'In which dates are written and waivers end.' }),
  accentColor: textLike('a colour in quotes such as "#0b57d0"', /^#(?:[\da-fA-F]{3}|[\da-fA-F]{6})$/u)
    .default('#0b57d0')
    .meta({ description: 'The colour of headings and charts; in quotes.' }),
  templates: path.optional().meta({ description: 'A folder with templates of your own: docs/templates.md.' }),
  logo: path.optional().meta({ description: 'A PNG, JPEG or SVG file of at most 200 KB.' }),
});

const server = strict({
  listen: textThat('an address such as 127.0.0.1:8080', whyNotListen)
    .optional()
    .meta({ description: 'Where health and metrics are served. Default 127.0.0.1:8080.' }),
}).meta({ description: 'Health and metrics.' });

const DEFAULT_WAIVER_DAYS = { critical: 30, high: 90, medium: 180, low: 365 } as const;
const waiverDays = wholeNumber(1, 3650, 'days');

const maxWaiverDays = z.union(
  [
    waiverDays.transform((days) => ({ critical: days, high: days, medium: days, low: days })),
    strict({
      critical: waiverDays.prefault(DEFAULT_WAIVER_DAYS.critical),
      high: waiverDays.prefault(DEFAULT_WAIVER_DAYS.high),
      medium: waiverDays.prefault(DEFAULT_WAIVER_DAYS.medium),
      low: waiverDays.prefault(DEFAULT_WAIVER_DAYS.low),
    }),
  ],
  { error: 'expected a whole number of days, or a map with critical, high, medium and low' },
);

const DEFAULT_REMINDERS = [1, 3, 7, 14];
const reminderDays = list(wholeNumber(1, 365, 'days'), 'days').default(DEFAULT_REMINDERS);

const reminders = strict({
  critical: reminderDays,
  high: reminderDays,
  medium: reminderDays,
  low: reminderDays,
}).meta({
  description: 'Days after which a reader of changes is told again of what is still open; the last one repeats.',
});

/** The configuration file: keys, types and the form of single values. What relates two keys is in `relations.ts`. */
export const configSchema = strict({
  groups: someOf(groupSchema, 'groups').meta({ description: 'The audited groups.' }),
  api: api.prefault({}),
  network: networkSchema.optional(),
  audits: someOf(audit, 'audits').meta({ description: 'What is audited when, and who is told.' }),
  channels: z
    .record(textLike(aName, NAME), channelSchema, { error: 'expected a map of channels by name' })
    .default({})
    .meta({ description: 'Destinations of reports, by name.' }),
  rules: z
    .record(ruleIdSchema, ruleSettingsSchema, { error: 'expected a map of rules by id' })
    .default({})
    .meta({ description: 'Settings of rules, by id.' }),
  customRules: customRulesSchema.default([]).meta({ description: 'Folders with rules of your own.' }),
  waivers: path.optional().meta({ description: 'The file of accepted findings.' }),
  maxWaiverDays: maxWaiverDays
    .prefault({})
    .meta({ description: 'How long a waiver may last: a number, or one for each severity.' }),
  approvers: someOf(textLike('a name or an e-mail address', /^[^\s\p{Cc}]{1,254}$/u), 'names or e-mail addresses')
    .optional()
    .meta({ description: 'Who may approve waivers. Without this key anybody may.' }),
  reminders: reminders.prefault({}),
  operators: list(text('the name of a channel'), 'names of channels')
    .default([])
    .meta({ description: 'Channels that are told what concerns the auditor itself, and of runs that could not look.' }),
  privacy: strict({
    namePersonalUsage: flag.default(true).meta({
      description:
        'Whether members are named beside what they used and when; false: only service accounts and administrators are.',
    }),
  })
    .prefault({})
    .meta({ description: 'What may be told of people.' }),
  store: store.prefault({}).meta({ description: 'The database.' }),
  report: report.prefault({}).meta({ description: 'How reports look.' }),
  server: server.prefault({}),
  heartbeat: heartbeat.optional().meta({ description: 'A monitor that notices when runs stay away.' }),
});

/** The configuration file once its shape was checked and defaults were put in. */
export type ConfigFile = z.output<typeof configSchema>;

/** What is wrong with an address to listen on; null when it is one. */
export function whyNotListen(value: string): string | null {
  return parseListen(value) === null
    ? '{value} is not an address to listen on; expected one such as 127.0.0.1:8080'
    : null;
}

/** Host and port of an address to listen on; null when it is none. Port 0 takes any that is free. */
export function parseListen(value: string): { readonly host: string; readonly port: number } | null {
  const match = /^(?:\[(?<v6>[\da-f:.]+)\]|(?<host>[\w.-]+)):(?<port>\d{1,5})$/iu.exec(value);
  const port = Number(match?.groups?.['port'] ?? Number.NaN);
  const host = match?.groups?.['v6'] ?? match?.groups?.['host'];
  return host === undefined || !(port <= 65_535) ? null : { host, port };
}
