import { type App, newRunId } from '../app.ts';
import { applyPlan, type Step } from '../manage/apply.ts';
import { makePlan, type Plan, type PlanningInput, requireFew, type Wish } from '../manage/plan.ts';
import { Refusal } from '../manage/refusal.ts';
import type { Secret } from '../model/secret.ts';
import type { GroupSettings } from '../model/settings.ts';
import { lockChanges } from '../store/daemon-lock.ts';
import { ApiError } from '../virustotal/api-error.ts';
import { type AuditClient, type ClientOptions, createAuditClient } from '../virustotal/audit-client.ts';
import { createManageClient, type ManageClient } from '../virustotal/manage-client.ts';
import { UsageError } from './complaint.ts';
import { manageKeyFile, readManageKey } from './manage-key.ts';

/** How changes are to be made. */
export interface ManageOptions {
  /** Null: the only one that is configured. */
  readonly group: string | null;
  /** The option's; undefined: the environment's; null: none, because nothing is going to be sent. */
  readonly keyFile: string | null | undefined;
  /** Without it nothing can be sent. */
  readonly apply: boolean;
  readonly maxChanges: number;
  /** After it nothing is waited for any more. */
  readonly signal: AbortSignal;
}

/** Who makes changes, why, and how they can be interrupted. */
export interface ApplyOptions {
  readonly by: string;
  readonly reason: string;
  readonly undoes: string | null;
  readonly stop: AbortSignal;
  readonly abandon: AbortSignal;
  readonly tell: (step: Step) => void;
}

/** A group that is being changed by hand. */
export interface Managing {
  readonly group: GroupSettings;
  /** Reads with the key for changes where there is one, else with the auditor's. */
  readonly reads: AuditClient;
  /** @throws UsageError when more is asked for than may be changed at once. */
  plan(wishes: readonly Wish[]): Promise<Plan>;
  /** @throws UsageError when somebody else is making changes. */
  apply(plan: Plan, options: ApplyOptions): Promise<readonly Step[]>;
}

/** The group that a command is about. @throws UsageError when none or several could be meant. */
export function selectGroup({ config }: App, id: string | null): GroupSettings {
  const ids = config.groups.map((group) => group.id).join(', ');
  const found = id === null ? config.groups : config.groups.filter((group) => group.id === id);
  const [group] = found;
  if (group === undefined) throw new UsageError(`there is no group "${id}" in the configuration; there is ${ids}`);
  if (found.length > 1) throw new UsageError(`say with --group which of the groups is meant: ${ids}`);
  return group;
}

/** Opens a group for changes by hand, and closes its clients whatever happens. Refusals become usage errors. */
export async function withManaging<T>(
  app: App,
  options: ManageOptions,
  body: (managing: Managing) => Promise<T>,
): Promise<T> {
  const group = selectGroup(app, options.group);
  const key = await readKey(app, options);
  const client = { ...clientOptions(app, options.signal), group };
  const manage =
    key === null ? null : createManageClient({ ...client, group: { id: group.id, apiKey: key, apiKeyFile: null } });
  const audit = createAuditClient(client);
  try {
    return await body(toManaging(app, { group, manage, audit, maxChanges: options.maxChanges }));
  } catch (error) {
    if (error instanceof Refusal) throw new UsageError(error.message);
    throw error;
  } finally {
    manage?.close();
    audit.close();
  }
}

/** An audit's client, for a command that only reads. */
export function openReads(app: App, group: GroupSettings, stop: AbortSignal): AuditClient {
  return createAuditClient({ ...clientOptions(app, stop), group });
}

function clientOptions(app: App, signal: AbortSignal): Omit<ClientOptions, 'group'> {
  return { api: app.config.api, clock: app.clock, log: app.log, version: app.version, signal };
}

async function readKey(app: App, { keyFile, apply }: ManageOptions): Promise<Secret | null> {
  const file = keyFile === null ? null : manageKeyFile(keyFile);
  if (file !== null) return readManageKey(file, app.config.groups);
  if (apply)
    throw new UsageError(
      'changes need a key of their own: name its file with --manage-key-file or in VT_AUDITOR_MANAGE_KEY_FILE; the key that audits is never used for them',
    );
  return null;
}

interface Opened {
  readonly group: GroupSettings;
  readonly manage: ManageClient | null;
  readonly audit: AuditClient;
  readonly maxChanges: number;
}

function toManaging(app: App, { group, manage, audit, maxChanges }: Opened): Managing {
  const limited = (manage?.reads ?? audit).limitedTo({ maxRequests: app.config.api.budget.run });
  const input: PlanningInput = {
    group: group.id,
    reads: limited,
    isOwn: manage === null ? null : (id, kind) => manage.reads.isOwnAccount(id, kind),
    isAuditors: (id, kind) => isAuditors(audit, id, kind),
    protect: {
      identity: group.identity,
      breakGlass: group.approved.breakGlass.map(({ id }) => id),
    },
  };
  return {
    group,
    reads: limited,
    async plan(wishes) {
      requireFew(wishes.length, maxChanges);
      return makePlan(wishes, input);
    },
    async apply(plan, options) {
      if (manage === null) throw new Error('a plan cannot be applied without the key for changes');
      requireFew(plan.changes.length, maxChanges);
      const lock = lockChanges(app.config.store.path);
      try {
        return await applyPlan({
          plan,
          client: manage,
          ledger: app.store,
          protect: input.protect,
          isAuditors: input.isAuditors,
          clock: app.clock,
          newId: () => newRunId(app.clock.now()),
          ...options,
        });
      } finally {
        lock.release();
      }
    },
  };
}

/** A key that the API does not accept any more is nobody's: it must not keep a person from mending that. */
async function isAuditors(audit: AuditClient, id: string, kind: 'member' | 'service_account'): Promise<boolean> {
  try {
    return await audit.isOwnAccount(id, kind);
  } catch (error) {
    if (error instanceof ApiError && error.kind === 'unauthenticated') return false;
    throw error;
  }
}
