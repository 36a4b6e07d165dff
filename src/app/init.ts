import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { collect } from '../collect/collect.ts';
import { loadConfigText, readEnvironment } from '../config/load.ts';
import { silentLog } from '../model/log.ts';
import type { Config } from '../model/settings.ts';
import { createAuditClient } from '../virustotal/audit-client.ts';
import { ConfigurationError, UsageError } from './complaint.ts';
import { type FirstConfig, writeEssentials, writeFirstConfig } from './first-config.ts';
import { systemClock } from './system-clock.ts';
import { productVersion } from './version.ts';

/** What a person says about the group that a configuration is to be written for. */
export interface InitOrder {
  readonly group: string;
  readonly apiKeyFile: string;
  readonly identity: string | null;
  readonly baseUrl: string | null;
  /** Where the configuration is to stand; null: it is printed. */
  readonly output: string | null;
  readonly signal?: AbortSignal;
}

/** A configuration, and what could not be seen for it. */
export interface Initial {
  readonly text: string;
  readonly gaps: readonly string[];
}

const SECTIONS = ['group', 'members', 'administrators', 'roles', 'serviceAccounts'] as const;

/**
 * Looks at a group, reading only, and makes a first configuration for it; it is written where the order says, over no file.
 * @throws UsageError when the group cannot be read or the file cannot be written, ConfigurationError when what was said cannot be used.
 */
export async function initialize(order: InitOrder): Promise<Initial> {
  if (order.output !== null && existsSync(order.output)) throw new UsageError(cannotWrite(order.output, IS_THERE));
  const at = systemClock.now();
  const file = order.output ?? 'config.yaml';
  const first: FirstConfig = {
    ...order,
    apiKeyFile: seenFrom(file, order.apiKeyFile),
    timezone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    at,
  };
  const config = await load(writeEssentials(first), file, at);
  const { snapshot } = await look(config, order, at);
  if (snapshot.group?.present === false) throw new UsageError(snapshot.group.missing.text);
  const text = writeFirstConfig(first, snapshot);
  await load(text, file, at);
  if (order.output !== null) await write(order.output, text);
  const gaps = SECTIONS.flatMap((name) => {
    const section = snapshot[name];
    return section?.present === false ? [section.missing.text] : [];
  });
  const isProven = snapshot.rights?.present === true && snapshot.rights.value.proven;
  return { text, gaps: isProven ? gaps : [...gaps, NOT_PROVEN] };
}

const NOT_PROVEN =
  "Nothing proves that the key has administrator rights: addresses, and with them domains, are not shown to it. Use an administrator's key.";

async function load(text: string, file: string, at: Date): Promise<Config> {
  const loaded = await loadConfigText(text, { file, environment: readEnvironment(), at });
  // The file is not there yet: where in it something would stand helps nobody.
  if (!loaded.ok) throw new ConfigurationError(loaded.problems.map((problem) => ({ ...problem, place: null })));
  return loaded.config;
}

async function look({ api, groups }: Config, { identity, signal }: InitOrder, at: Date) {
  const [group] = groups;
  if (group === undefined) throw new Error('a configuration without a group was taken for a good one');
  const client = createAuditClient({
    api,
    group,
    clock: systemClock,
    log: silentLog,
    version: productVersion(),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    return await collect({
      client,
      groupId: group.id,
      identity,
      sections: SECTIONS,
      at,
      clock: systemClock,
      log: silentLog,
      budget: api.budget.run,
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    client.close();
  }
}

/** A path as it is to stand in a configuration: relative paths start at its folder. */
function seenFrom(file: string, path: string): string {
  if (isAbsolute(path)) return path;
  const written = relative(dirname(resolve(file)), resolve(path));
  return written.startsWith('.') ? written : `./${written}`;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new UsageError(cannotWrite(file, isThere ? IS_THERE : 'the file cannot be created there'));
  }
}

const IS_THERE = 'it is there already, and nothing is overwritten';

function cannotWrite(file: string, why: string): string {
  return `cannot write ${file}: ${why}. Name another file with --output`;
}
