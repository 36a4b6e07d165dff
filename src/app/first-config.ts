import { ADMINISTRATOR_ROLE, missing, type Section, type Snapshot } from '../model/snapshot.ts';
import { productVersion } from './version.ts';

/** What a first configuration is made of. */
export interface FirstConfig {
  readonly group: string;
  /** As it is to be written: relative to the configuration, or absolute. */
  readonly apiKeyFile: string;
  readonly identity: string | null;
  /** Null: the vendor's. */
  readonly baseUrl: string | null;
  readonly timezone: string;
  readonly at: Date;
}

/** Accounts and domains that have access now, each with what helps somebody who has to confirm it; or why they are not known. */
interface Proposals {
  readonly administrators: Section<readonly Proposal[]>;
  readonly serviceAccounts: Section<readonly Proposal[]>;
  readonly domains: Section<readonly Proposal[]>;
}

interface Proposal {
  readonly value: string;
  readonly about: string;
}

/** The part without which nothing can be asked. It is a whole configuration. */
export function writeEssentials({
  group,
  apiKeyFile,
  identity,
  baseUrl,
}: Omit<FirstConfig, 'timezone' | 'at'>): string {
  return [
    'groups:',
    `  - id: ${quoted(group)}`,
    `    apiKeyFile: ${quoted(apiKeyFile)}`,
    ...(identity === null ? [] : [`    identity: ${quoted(identity)}`]),
    ...(baseUrl === null ? [] : [`api: { baseUrl: ${quoted(baseUrl)} }`]),
    'audits: [{ name: weekly-review }]',
    '',
  ].join('\n');
}

/** A configuration that audits weekly, in which everything that a person has to decide is a comment. */
export function writeFirstConfig(first: FirstConfig, snapshot: Snapshot): string {
  const { group, apiKeyFile, identity, baseUrl, timezone, at } = first;
  const { administrators, serviceAccounts, domains } = toProposals(snapshot);
  return `# Written by vt-auditor ${productVersion()} on ${at.toISOString().slice(0, 10)}, from what the group was like on that day.
#
# Below "approved" stands who has access NOW, which is not the same as who should: go through it with somebody who knows, and take
# the "#" away from "approved:", from the names of the lists, and from each line that was confirmed. Until then the rules that
# compare with a list are "not evaluated". Then: vt-auditor check

groups:
  - id: ${quoted(group)}
    apiKeyFile: ${quoted(apiKeyFile)}
${identity === null ? '    # identity: the id of the account whose key it is, best a service account of its own' : `    identity: ${quoted(identity)}`}
    # approved:
${listOf('administrators', administrators)}
${listOf('serviceAccounts', serviceAccounts)}
${listOf('domains', domains)}
    #   breakGlass: []     # emergency accounts: must exist and have a second factor, and every use of them is reported
${baseUrl === null ? '' : `\napi: { baseUrl: ${quoted(baseUrl)} }\n`}
audits:
  - name: weekly-review
    schedule: "0 8 * * MON"
    timezone: ${quoted(timezone)}
    # send: [{ to: security-team }]

# channels:
#   security-team:
#     type: email
#     from: "VT Auditor <auditor@acme.example>"
#     to: [soc@acme.example]
#     smtp: { host: mail.acme.example, user: auditor, passwordFile: ./secrets/smtp_password }
`;
}

function toProposals(snapshot: Snapshot): Proposals {
  const services = new Set(valueOf(snapshot.serviceAccounts)?.map(({ id }) => id));
  return {
    administrators: toAdministrators(snapshot),
    serviceAccounts: mapSection(snapshot.serviceAccounts, (accounts) =>
      accounts.map(({ id, name }) => ({ value: id, about: name ?? '' })),
    ),
    domains: toDomains(snapshot, services),
  };
}

/** Domains of the members' addresses, the commonest first; where no address was shown, nothing is known of any. */
function toDomains({ members }: Snapshot, services: ReadonlySet<string>): Proposals['domains'] {
  const people = valueOf(members)?.filter(({ id }) => !services.has(id)) ?? [];
  const domains = people.flatMap(({ email }) =>
    email.known ? [email.value.slice(email.value.lastIndexOf('@') + 1).toLowerCase()] : [],
  );
  if (people.length > 0 && domains.length === 0) return missing('not_visible', 'no address of a member was shown');
  return mapSection(members, () =>
    [...Map.groupBy(domains, (domain) => domain)]
      .map(([value, { length }]) => ({ value, about: `${length} member${length === 1 ? '' : 's'}`, length }))
      .sort((a, b) => b.length - a.length || (a.value < b.value ? -1 : 1)),
  );
}

/** By relationship and by role: a rule would find either. */
function toAdministrators({ administrators, roles }: Snapshot): Proposals['administrators'] {
  return mapSection(administrators, (listed) => {
    const byRole = Object.entries(valueOf(roles)?.byAccount ?? {})
      .filter(([id, names]) => names.includes(ADMINISTRATOR_ROLE) && !listed.some((one) => one.id === id))
      .map(([id]) => ({ value: id, about: 'by role' }));
    return [...listed.map(({ id, email }) => ({ value: id, about: email.known ? email.value : '' })), ...byRole].sort(
      (a, b) => (a.value < b.value ? -1 : 1),
    );
  });
}

function listOf(name: string, section: Section<readonly Proposal[]>): string {
  if (!section.present) return `    #   ${name}: []     # not known: ${oneLine(section.missing.text)}`;
  if (section.value.length === 0) return `    #   ${name}: []     # there are none now`;
  const lines = section.value.map(
    ({ value, about }) => `    #     - ${quoted(value)}${about === '' ? '' : `     # ${oneLine(about)}`}`,
  );
  return [`    #   ${name}:`, ...lines].join('\n');
}

function valueOf<T>(section: Section<T> | undefined): T | null {
  return section?.present === true ? section.value : null;
}

function mapSection<T, U>(section: Section<T> | undefined, convert: (value: T) => U): Section<U> {
  if (section === undefined) return missing('not_collected', 'it was not asked for');
  return section.present ? { present: true, value: convert(section.value) } : section;
}

/** Names come from the API: plain ones stay as they are, others are quoted so that none can end its line or mean something else. */
function quoted(text: string): string {
  return /^(?!(?:true|false|null|yes|no|on|off)$)[A-Za-z][\w.@/-]*$/iu.test(text) || /^\.{0,2}\/[\w./-]+$/u.test(text)
    ? text
    : JSON.stringify(oneLine(text));
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');
}
