import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { SectionSummary } from '../model/run.ts';
import type { CollectedName, CollectedSections, Section, Snapshot } from '../model/snapshot.ts';
import type { AuditClient } from '../virustotal/audit-client.ts';
import { type AccountReading, planAccountReading } from './account-days.ts';
import { gather } from './gather.ts';
import { type GroupSizes, planRequests } from './request-plan.ts';
import { closeSections } from './section-dependencies.ts';
import { toSections } from './to-sections.ts';

const MINUTE_MS = 60_000;

/** Beyond what the pace takes for the whole budget: a section that needs longer hangs. */
const SECTION_EXTRA_MS = 10 * MINUTE_MS;
const RUN_EXTRA_MS = 15 * MINUTE_MS;

/** What is collected, with what, and within which limits. */
export interface CollectInput {
  readonly client: AuditClient;
  readonly groupId: string;
  /** Whose key the client is said to have; null: not configured. */
  readonly identity: string | null;
  readonly sections: readonly CollectedName[];
  readonly at: Date;
  readonly clock: Clock;
  readonly log: Log;
  /** Requests it may make, retries included. What is left when they are used up is missing. */
  readonly budget: number;
  /** From the last snapshot, for the plan; absent or null on a first audit. */
  readonly sizes?: GroupSizes | null;
  /** Which use by account and day is read; absent: what a first audit reads. */
  readonly accountReading?: AccountReading;
  /** Called after each request. */
  readonly progress?: (done: number, planned: number, section: CollectedName) => void;
  readonly signal?: AbortSignal;
}

/** What was collected. */
export interface Collected {
  /** The sections asked for and those they depend on, each present or missing with a reason. */
  readonly snapshot: { readonly [Name in CollectedName]?: Section<CollectedSections[Name]> } & Snapshot;
  readonly summaries: readonly SectionSummary[];
  readonly planned: number;
  readonly made: number;
  /** Whether the API refused us for the group's quota: it is probably used up. */
  readonly quotaRefused: boolean;
}

/**
 * Collects sections of the group. A section that cannot be had whole is missing with a reason, and no other suffers for it.
 * @throws the signal's reason when it is aborted: a collection that is stopped leaves nothing.
 */
export async function collect(input: CollectInput): Promise<Collected> {
  const { client, at, clock, log, budget } = input;
  const wanted = closeSections(input.sections);
  const { sizes = null, accountReading = planAccountReading([], at) } = input;
  const planned = planRequests({ sections: wanted, rulesBySection: {}, sizes, accountReading }).total;
  const paceMs = (budget / client.requestsPerMinute) * MINUTE_MS;
  const startedAt = clock.now().getTime();
  const run = client.limitedTo({ maxRequests: budget, deadline: new Date(startedAt + paceMs + RUN_EXTRA_MS) });
  const made = new Map<CollectedName, number>();

  const clientFor = (section: CollectedName): AuditClient =>
    run.limitedTo({
      deadline: new Date(startedAt + paceMs + SECTION_EXTRA_MS),
      onRequest: () => {
        made.set(section, (made.get(section) ?? 0) + 1);
        input.progress?.(run.requestsMade, planned, section);
      },
    });

  const { groupId, identity } = input;
  const gathering = gather({ wanted, clientFor, at, log, groupId, identity, accountReading });
  const gathered = await gathering.catch((error: unknown) => {
    input.signal?.throwIfAborted();
    throw error;
  });
  input.signal?.throwIfAborted();
  const { snapshot, summaries } = toSections(wanted, gathered, made);
  return { snapshot, summaries, planned, made: run.requestsMade, quotaRefused: client.quotaRefused };
}
