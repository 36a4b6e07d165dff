/**
 * One way of reading a group, measured in a process of its own: argument 1 is `ours` or `vendor`, argument 2 the settings as JSON. It
 * sends its figures to its parent.
 */
import { systemClock } from '../src/app/system-clock.ts';
import { collect } from '../src/collect/collect.ts';
import { loadBuiltInRules } from '../src/evaluate/catalogue.ts';
import { silentLog } from '../src/model/log.ts';
import { Secret } from '../src/model/secret.ts';
import { COLLECTED_SECTIONS, type CollectedName } from '../src/model/snapshot.ts';
import { createAuditClient } from '../src/virustotal/audit-client.ts';
import type { Listening } from './collect-simulator.ts';
import { readTheVendorsWay, type VendorTimes } from './collect-vendor.ts';

/** What is measured. */
export interface Settings extends Listening {
  readonly concurrency: number;
  readonly requestsPerMinute: number;
  /** After so many members the vendor's way is abandoned; null: none. */
  readonly membersAtMost: number | null;
}

/** What came of it. */
export interface Measured {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Sections that could not be read; none when the measurement is good. */
  readonly missing: readonly string[];
  /** Null of ours. */
  readonly vendor: VendorTimes | null;
}

const [way = 'ours', text = '{}'] = process.argv.slice(2);
const settings: Settings = JSON.parse(text);
const sections = await sectionsOfDefaultRules();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
const missing = way === 'ours' ? await readOurWay(settings, sections) : [];
const vendor = way === 'vendor' ? await readTheVendorsWay(settings, settings.membersAtMost) : null;
const wallMs = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);
const peakMb = process.resourceUsage().maxRSS / 1_024;
const measured: Measured = { wallMs, cpuMs: (user + system) / 1_000, peakMb, missing, vendor };
process.send?.(measured, () => process.disconnect?.());

/** Everything that the rules read which are on by default. */
async function sectionsOfDefaultRules(): Promise<readonly CollectedName[]> {
  const rules = (await loadBuiltInRules()).filter((rule) => rule.offByDefault !== true);
  const read = new Set<string>(
    rules.flatMap(({ needs, wants = [], consults = [] }) => [...needs, ...wants, ...consults]),
  );
  return COLLECTED_SECTIONS.filter((name) => read.has(name));
}

async function readOurWay(
  { baseUrl, key, groupId, identity, concurrency, requestsPerMinute }: Settings,
  wanted: readonly CollectedName[],
): Promise<readonly string[]> {
  const client = createAuditClient({
    api: {
      baseUrl,
      requestsPerMinute,
      concurrency,
      timeoutSeconds: 30,
      budget: { run: 1_000_000, dayShare: 1 },
      network: { proxy: null, noProxy: [], ca: null },
    },
    group: { id: groupId, apiKey: new Secret(key), apiKeyFile: null },
    clock: systemClock,
    log: silentLog,
    version: 'bench',
  });
  const { summaries } = await collect({
    client,
    groupId,
    identity,
    sections: wanted,
    at: systemClock.now(),
    clock: systemClock,
    log: silentLog,
    budget: 1_000_000,
  });
  client.close();
  return summaries.flatMap(({ name, reason }) => (reason === null ? [] : [`${name}: ${reason.text}`]));
}
