import type { FindingState } from './finding.ts';
import type { Instant } from './instant.ts';
import type { ReportLook } from './report.ts';
import type { Secret } from './secret.ts';
import type { Severity } from './severity.ts';
import type { ApprovedEntry, SingleSignOn } from './snapshot.ts';

/** An audited group, its key and its intended state. */
export interface GroupSettings {
  readonly id: string;
  readonly apiKey: Secret;
  /** Where the key is read again after a 401; null when it is not in a file. */
  readonly apiKeyFile: string | null;
  readonly identity: string | null;
  /** Null: not configured. An empty list approves nobody. */
  readonly approved: {
    readonly administrators: readonly ApprovedEntry[] | null;
    readonly serviceAccounts: readonly ApprovedEntry[] | null;
    readonly domains: readonly string[] | null;
    readonly breakGlass: readonly ApprovedEntry[];
  };
  readonly singleSignOn: SingleSignOn | null;
}

/** How the API is reached and how hard it may be used. */
export interface ApiSettings {
  readonly baseUrl: string;
  readonly requestsPerMinute: number;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly budget: {
    readonly run: number /** Share (0 to 1) of the group's daily API allowance. */;
    readonly dayShare: number;
  };
  readonly network: NetworkSettings;
}

/** The way out: a proxy, hosts that go without it, a private certificate authority (PEM). */
export interface NetworkSettings {
  readonly proxy: Secret | null;
  readonly noProxy: readonly string[];
  readonly ca: string | null;
}

/** When and to whom an audit's report goes. */
export interface SendSettings {
  readonly to: string;
  readonly when: 'always' | 'findings' | 'changes';
  readonly minSeverity: Severity;
  /** Rule ids, `tag:NAME` or `*`, as written; null: every rule. */
  readonly rules: readonly string[] | null;
  /** States as this reader sees them; null: all. */
  readonly states: readonly FindingState[] | null;
  /** Domains of the account's address, in lower case, `*.` for subdomains; null: all, and what has no address. */
  readonly domains: readonly string[] | null;
}

/** A scheduled thing. */
export interface AuditSettings {
  readonly name: string;
  /** A node-cron expression of five fields; null: only by hand. */
  readonly schedule: string | null;
  readonly timezone: string;
  /** Group ids, resolved: no wildcard. */
  readonly groups: readonly string[];
  /** Rule ids or `tag:NAME` or `*`, as written; app resolves them. */
  readonly rules: readonly string[];
  readonly send: readonly SendSettings[];
  /** A monitor of this audit alone; null: none. */
  readonly heartbeat: HeartbeatSettings | null;
  /** A run begins up to so many seconds after its slot, always the same number for the same audit. */
  readonly jitterSeconds: number;
}

/** The address of a monitor that notices when runs stay away. */
export interface HeartbeatSettings {
  readonly url: Secret;
}

/** How much a channel may say about people. */
export type Detail = 'full' | 'ids' | 'counts';

/** A mailbox or several, reached by SMTP. */
export interface EmailChannel {
  readonly type: 'email';
  readonly name: string;
  readonly detail: Detail;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: string | null;
  readonly attach: readonly ('html' | 'csv' | 'json')[];
  readonly smtp: {
    readonly host: string;
    readonly port: number;
    readonly security: 'starttls' | 'tls' | 'none';
    readonly user: string | null;
    readonly password: Secret | null;
    /** Logs in with a token instead of a password. */
    readonly oauth2: OAuth2Settings | null;
    /** Signs mails in this program; null where the mail server does it. */
    readonly dkim: DkimSettings | null;
  };
  readonly network: NetworkSettings;
}

/** How a token for the mail server is had: as an application of Microsoft 365, or as a service account of Google Workspace. */
export type OAuth2Settings =
  | {
      readonly provider: 'microsoft';
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope: string;
    }
  | {
      readonly provider: 'google';
      readonly tokenUrl: string;
      /** The service account's own address. */
      readonly serviceAccount: string;
      /** PEM. */
      readonly privateKey: Secret;
      readonly scope: string;
    };

/** A DKIM signature: the domain that signs, the selector of its public key in the DNS, the private key (PEM). */
export interface DkimSettings {
  readonly domain: string;
  readonly selector: string;
  readonly privateKey: Secret;
}

/** A receiver of signed JSON (Standard Webhooks 1.0.0). */
export interface WebhookChannel {
  readonly type: 'webhook';
  readonly name: string;
  readonly detail: Detail;
  readonly url: Secret;
  /** Standard Webhooks secrets, newest first; each signs. */
  readonly secrets: readonly Secret[];
  /** `ocsf`: compliance findings of OCSF, one a line; `cloudevents`: the report in an event of CloudEvents 1.0. */
  readonly format: 'report' | 'ocsf' | 'cloudevents';
  readonly network: NetworkSettings;
}

/** A Slack incoming webhook; its address is a secret. */
export interface SlackChannel {
  readonly type: 'slack';
  readonly name: string;
  readonly detail: Detail;
  readonly url: Secret;
  readonly network: NetworkSettings;
}

/** A Workflows webhook of Microsoft Teams; its address is a secret. */
export interface TeamsChannel {
  readonly type: 'teams';
  readonly name: string;
  readonly detail: Detail;
  readonly url: Secret;
  readonly network: NetworkSettings;
}

/** An incoming webhook of a Google Chat space; its address is a secret. */
export interface GoogleChatChannel {
  readonly type: 'googlechat';
  readonly name: string;
  readonly detail: Detail;
  readonly url: Secret;
  readonly network: NetworkSettings;
}

/** A service of PagerDuty, by the Events API v2. */
export interface PagerDutyChannel {
  readonly type: 'pagerduty';
  readonly name: string;
  readonly detail: Detail;
  readonly url: Secret;
  readonly routingKey: Secret;
  readonly network: NetworkSettings;
}

/** An Apprise API server, which passes messages on to the services that it is configured for. */
export interface AppriseChannel {
  readonly type: 'apprise';
  readonly name: string;
  readonly detail: Detail;
  /** Its `/notify/KEY` address. */
  readonly url: Secret;
  /** Which of its services; null: all. */
  readonly tag: string | null;
  readonly network: NetworkSettings;
}

/** Any channel, told apart by `type`. */
export type ChannelSettings =
  | EmailChannel
  | WebhookChannel
  | SlackChannel
  | TeamsChannel
  | GoogleChatChannel
  | PagerDutyChannel
  | AppriseChannel;

/** What the configuration says of one rule. */
export type RuleSettings =
  | { readonly enabled: true; readonly severity: Severity | null; readonly options: Readonly<Record<string, unknown>> }
  | { readonly enabled: false; readonly reason: string; readonly until: string | null };

/** What may be told of people. */
export interface PrivacySettings {
  /** False: what was used, and when, is told by name of service accounts and administrators only. */
  readonly namePersonalUsage: boolean;
}

/** Where the database lies and how long it keeps what. */
export interface StoreSettings {
  readonly path: string;
  /** Days; evidence (runs, findings, reports, receipts) is kept for ever. */
  readonly keepDays: { readonly snapshots: number; readonly messages: number };
  /** A folder for a copy each night, and how many are kept; null: none. */
  readonly backup: { readonly path: string; readonly keep: number } | null;
}

/** A place in the configuration file, for messages: `config.yaml:12:5`. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with the configuration. */
export interface Problem {
  readonly place: Place | null;
  /** The key path, such as `audits[0].timezone`. */
  readonly path: string;
  /** What is wrong, what was expected, and what was probably meant. */
  readonly message: string;
}

/** The whole configuration, checked in shape; every secret wrapped. */
export interface Config {
  readonly file: string;
  /** Absolute paths of every file that it was made of, itself and the waiver file included. */
  readonly files: readonly string[];
  /** SHA-256 over the effective configuration without secrets. */
  readonly digest: string;
  readonly groups: readonly GroupSettings[];
  readonly api: ApiSettings;
  readonly audits: readonly AuditSettings[];
  readonly channels: Readonly<Record<string, ChannelSettings>>;
  readonly rules: Readonly<Record<string, RuleSettings>>;
  /** Absolute folders. */
  readonly customRules: readonly string[];
  /** Absolute path of the waiver file; null: none configured. */
  readonly waivers: string | null;
  /** How long a waiver may last, by the severity of what it covers. */
  readonly maxWaiverDays: Readonly<Record<Severity, number>>;
  /** Who may approve waivers, in lower case; null: anybody. */
  readonly approvers: readonly string[] | null;
  /** After how many days a reader of changes is reminded of what is still open; the last number repeats. Empty: never. */
  readonly reminders: Readonly<Record<Severity, readonly number[]>>;
  /** Channels that get what concerns the auditor itself, and runs that could not look. */
  readonly operators: readonly string[];
  readonly privacy: PrivacySettings;
  readonly store: StoreSettings;
  readonly report: ReportLook;
  /** Absolute path of a folder with the house's own templates; null: none. */
  readonly templates: string | null;
  readonly server: { readonly host: string; readonly port: number };
  readonly heartbeat: HeartbeatSettings | null;
  readonly warnings: readonly Problem[];
  /** Every secret value in the configuration, for the last filter on the log. */
  readonly secrets: readonly Secret[];
  /** Where a key path stands in the file; null when it is not written there. */
  locate(path: readonly (string | number)[]): Place | null;
  readonly loadedAt: Instant;
}
