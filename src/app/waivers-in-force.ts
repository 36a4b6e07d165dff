import type { WaiversInForce } from '../audit/job.ts';
import { loadWaivers, type WaiverFile } from '../config/waivers.ts';
import type { Log } from '../model/log.ts';
import type { Config } from '../model/settings.ts';
import type { Waiver } from '../model/waiver.ts';
import type { Store } from '../store/store.ts';

/** Runs that are looked through for the waivers they were made with. */
const RUNS = 50;

/** Where waivers are configured, and what was known of them. */
interface WaiverSource {
  readonly config: Config;
  readonly store: Pick<Store, 'runs' | 'report'>;
}

/**
 * The waiver file of a configuration; null: none is configured. A file that is not there has no waivers, as on a first start; unless some were
 * in force at the last report and would still be: then it is lost and cannot be read, for nobody takes waivers back by deleting the file.
 */
export async function readWaiverFile({ config, store }: WaiverSource, at: Date): Promise<WaiverFile | null> {
  if (config.waivers === null) return null;
  const { maxWaiverDays, approvers, report } = config;
  const file = await loadWaivers({ file: config.waivers, timezone: report.timezone, at, maxWaiverDays, approvers });
  if (!file.absent) return file;
  const still = (lastWaivers(store) ?? []).filter(({ endsAt }) => at.getTime() < Date.parse(endsAt));
  return still.length === 0 ? { ...file, unreadable: null } : file;
}

/**
 * The waivers for a run. When the file cannot be read those of the last report count, each until its own end: one misplaced blank must
 * not end all of them, nor let any outlive its date.
 */
export async function waiversInForce(
  { config, store, log }: WaiverSource & { readonly log: Log },
  at: Date,
): Promise<WaiversInForce> {
  const file = await readWaiverFile({ config, store }, at);
  if (file === null || config.waivers === null) return { waivers: [], bad: [] };
  if (file.unreadable === null) return { waivers: file.waivers, bad: file.bad };
  log.error('waiver file not read', { problem: file.unreadable });
  return { waivers: lastWaivers(store), bad: [{ place: config.waivers, problem: file.unreadable }] };
}

function lastWaivers(store: Pick<Store, 'runs' | 'report'>): readonly Waiver[] | null {
  const last = store.runs({ limit: RUNS }).find(({ summary }) => summary !== null);
  return last === undefined ? null : (store.report(last.run.id)?.waivers.inForce ?? null);
}
