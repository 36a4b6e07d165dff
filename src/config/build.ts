import { resolve } from 'node:path';
import type {
  ApiSettings,
  AuditSettings,
  Config,
  GroupSettings,
  NetworkSettings,
  SendSettings,
} from '../model/settings.ts';
import type { ApprovedEntry } from '../model/snapshot.ts';
import { buildChannels } from './build-channels.ts';
import { buildNetwork, NO_NETWORK } from './build-network.ts';
import { toPathKey } from './key-path.ts';
import { demandSecret, foundAt, type Parts } from './parts.ts';
import type { ConfigFile } from './schema.ts';

/** The settings of a configuration: all of `Config` but what is said about the loading of it. */
export type Settings = Omit<Config, 'file' | 'files' | 'digest' | 'warnings' | 'secrets' | 'locate' | 'loadedAt'>;

/** Puts the checked parts together. */
export function buildSettings(parts: Parts): Settings {
  const { parsed, folder } = parts;
  const network = buildNetwork(parts, ['network'], parsed.network, NO_NETWORK);
  const { timezone, accentColor, organization } = parsed.report;
  return {
    groups: parsed.groups.map((group, index) => buildGroup(parts, group, index)),
    api: buildApi(parts, network),
    audits: parsed.audits.map((_, index) => buildAudit(parts, index)),
    channels: buildChannels(parts, network),
    rules: parsed.rules,
    customRules: parsed.customRules.map((path) => resolve(folder, path)),
    waivers: parsed.waivers === undefined ? null : resolve(folder, parsed.waivers),
    maxWaiverDays: parsed.maxWaiverDays,
    approvers: parsed.approvers?.map(lowerCase) ?? null,
    reminders: parsed.reminders,
    operators: parsed.operators,
    privacy: parsed.privacy,
    store: {
      path: resolve(folder, parts.storePath),
      keepDays: { snapshots: parsed.store.keepDays.snapshots, messages: parsed.store.keepDays.messages },
      backup: buildBackup(parts),
    },
    report: {
      organization: organization ?? null,
      timezone,
      accentColor: accentColor.toLowerCase(),
      logo: parts.sideFiles.contents.get(toPathKey(['report', 'logo'])) ?? null,
    },
    templates: parsed.report.templates === undefined ? null : resolve(folder, parsed.report.templates),
    server: parts.listen,
    heartbeat: parsed.heartbeat === undefined ? null : { url: demandSecret(parts, ['heartbeat', 'url']) },
  };
}

function buildBackup({ parsed, folder }: Parts): Config['store']['backup'] {
  const { backup } = parsed.store;
  return backup === undefined ? null : { path: resolve(folder, backup.path), keep: backup.keep };
}

function buildGroup(parts: Parts, group: ConfigFile['groups'][number], index: number): GroupSettings {
  const path = ['groups', index, 'apiKey'];
  const { approved, singleSignOn } = group;
  return {
    id: group.id,
    apiKey: demandSecret(parts, path),
    apiKeyFile: foundAt(parts, path)[0]?.file ?? null,
    identity: group.identity ?? null,
    approved: {
      administrators: approved?.administrators?.map(buildEntry) ?? null,
      serviceAccounts: approved?.serviceAccounts?.map(buildEntry) ?? null,
      domains: approved?.domains?.map(lowerCase) ?? null,
      breakGlass: approved?.breakGlass?.map(buildEntry) ?? [],
    },
    singleSignOn: singleSignOn === undefined ? null : { ...singleSignOn, domains: singleSignOn.domains.map(lowerCase) },
  };
}

type WrittenEntry = NonNullable<NonNullable<ConfigFile['groups'][number]['approved']>['breakGlass']>[number];

function buildEntry(entry: WrittenEntry): ApprovedEntry {
  const { id, owner, ticket, reviewBy } = typeof entry === 'string' ? { ...NO_DETAILS, id: entry } : entry;
  return { id, owner: owner ?? null, ticket: ticket ?? null, reviewBy: reviewBy ?? null };
}

const NO_DETAILS = { owner: undefined, ticket: undefined, reviewBy: undefined };

function lowerCase(domain: string): string {
  return domain.toLowerCase();
}

function buildApi(parts: Parts, network: NetworkSettings): ApiSettings {
  const { baseUrl, requestsPerMinute, concurrency, timeoutSeconds, budget, network: own } = parts.parsed.api;
  return {
    baseUrl: baseUrl.replace(/\/+$/u, ''),
    requestsPerMinute,
    concurrency,
    timeoutSeconds,
    budget,
    network: buildNetwork(parts, ['api', 'network'], own, network),
  };
}

function buildAudit(parts: Parts, index: number): AuditSettings {
  const { groups, audits } = parts.parsed;
  const audit = audits[index];
  if (audit === undefined) {
    throw new Error(`there is no audit ${index}`);
  }
  const { name, schedule, timezone, rules, jitterSeconds } = audit;
  return {
    name,
    schedule: schedule?.trim().replaceAll(/\s+/gu, ' ') ?? null,
    timezone,
    groups: audit.groups.includes('*') ? groups.map((group) => group.id) : audit.groups,
    rules,
    send: audit.send.map(buildSend),
    heartbeat:
      audit.heartbeat === undefined ? null : { url: demandSecret(parts, ['audits', index, 'heartbeat', 'url']) },
    jitterSeconds,
  };
}

function buildSend(send: ConfigFile['audits'][number]['send'][number]): SendSettings {
  const { to, when, minSeverity, rules = null, states = null, domains } = send;
  return { to, when, minSeverity, rules, states, domains: domains?.map(lowerCase) ?? null };
}
