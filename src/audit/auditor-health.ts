import { createHmac } from 'node:crypto';
import { isOpen } from '../model/finding.ts';
import type { GroupSettings } from '../model/settings.ts';
import type { AuditorHealth, FailingRule, ProgramHealth, Undelivered, WaiverInUse } from '../model/snapshot.ts';
import type { Waiver } from '../model/waiver.ts';
import { covers } from '../reconcile/waive.ts';
import type { AuditContext, WaiversInForce } from './job.ts';

const DAY_MS = 86_400_000;

/** How far back the auditor looks at itself. */
const SLOT_DAYS = 7;
const DELIVERY_DAYS = 14;

/** A schedule that is looked at every minute is not late before this. */
const LATE_SECONDS = 15 * 60;

/** Deliveries that are looked at, at most. */
const DELIVERIES = 1_000;

/** The rule that reads this: it decides which group's report tells of the program as a whole. */
const HEALTH_RULE = 'auditor-is-healthy';

/** What of the program this needs. */
export type HealthContext = Pick<AuditContext, 'store' | 'inScope' | 'rules'>;

/** What befell the present run. */
export interface Incidents {
  readonly waivers: WaiversInForce;
  readonly quotaRefused: boolean;
}

interface Asked extends Incidents {
  readonly at: Date;
}

/** How the auditor does, as far as its store and this run know. Of the program as a whole only the first group's report tells. */
export function auditorHealth(context: HealthContext, group: GroupSettings, asked: Asked): AuditorHealth {
  const { store } = context;
  const teller = [...context.inScope].find(([, rules]) => rules.has(HEALTH_RULE))?.[0];
  const byDay = store.ownRequests(group.id);
  return {
    program: teller === undefined || teller === group.id ? programHealth(context, asked) : null,
    keyFirstSeenAt: store.keyFirstSeen(group.id, fingerprintOf(group, store.keySalt()), asked.at),
    quotaRefused: asked.quotaRefused,
    ownRequests: { since: Object.keys(byDay).sort()[0] ?? null, byDay },
  };
}

/** Tells keys apart without knowing them: the salt is random, and neither can be computed from it. */
function fingerprintOf({ apiKey }: GroupSettings, salt: Uint8Array): string {
  return createHmac('sha256', salt).update(apiKey.reveal()).digest('hex');
}

function programHealth(context: HealthContext, { at, waivers }: Asked): ProgramHealth {
  const since = new Date(at.getTime() - SLOT_DAYS * DAY_MS);
  return {
    lateSlots: context.store.lateSlots({ since, at, lateSeconds: LATE_SECONDS }),
    undelivered: undelivered(context, at),
    failingRules: failingRules(context),
    waivers: {
      inForce: (waivers.waivers ?? [])
        .filter(({ endsAt }) => at.getTime() < Date.parse(endsAt))
        .map((waiver) => toWaiverInUse(waiver, context)),
      bad: waivers.bad,
      readable: waivers.waivers !== null,
    },
  };
}

function undelivered({ store }: HealthContext, at: Date): readonly Undelivered[] {
  const since = new Date(at.getTime() - DELIVERY_DAYS * DAY_MS).toISOString();
  return (['failed', 'pending'] as const).flatMap((state) =>
    store
      .deliveries({ limit: DELIVERIES, state })
      .filter(({ attempts, createdAt }) => attempts > 0 && createdAt >= since)
      .map(({ channel, createdAt, lastError }) => ({ channel, state, since: createdAt, lastError })),
  );
}

/** Rules that are still there and in force. */
function failingRules({ store, rules }: HealthContext): readonly FailingRule[] {
  const off = new Set(rules.disabled.map(({ id }) => id));
  const there = new Set([...rules.requirements.keys(), ...rules.broken.map(({ file }) => ruleIdOf(file))]);
  return store.failingRules().filter(({ rule }) => there.has(rule) && !off.has(rule));
}

/** The id that a rule file would have: its name without folder and extension. */
export function ruleIdOf(file: string): string {
  return (file.split(/[/\\]/).at(-1) ?? file).replace(/\.[^.]+$/, '');
}

function toWaiverInUse(waiver: Waiver, { store }: HealthContext): WaiverInUse {
  const { rule, group, subject, key, approvedBy, expires, endsAt } = waiver;
  const groups = group === null ? store.groups() : [group];
  const judged = groups.some((id) => store.lastJudged(id)[rule] !== undefined);
  const used = groups.some((id) =>
    store.findings(id).some((finding) => isOpen(finding.state) && covers(waiver, id, finding)),
  );
  return { rule, group, subject, key, approvedBy, expires, endsAt, used: judged || used ? used : null };
}
