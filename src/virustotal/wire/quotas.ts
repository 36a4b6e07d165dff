import { z } from 'zod';
import { wireNumber } from './envelope.ts';

/** Quotas by name. The set of names is open. */
export type WireQuotas = Readonly<Record<string, { readonly allowed: number; readonly used: number }>>;

/** Most quotas of most accounts; one object for all of them, because a large group has a million. */
const NOTHING = Object.freeze({ allowed: 0, used: 0 });

/** One quota of a group or an account. */
export const wireQuota = z
  .object({ allowed: wireNumber, used: wireNumber })
  .transform((quota) => (quota.allowed === 0 && quota.used === 0 ? NOTHING : quota));

/** `{"api_requests_daily": {"allowed": 500, "used": 12}, ...}`, sorted by name so that the same facts always give the same bytes. */
export const wireQuotas: z.ZodType<WireQuotas> = z
  .record(z.string(), wireQuota)
  .transform((quotas) => Object.fromEntries(Object.entries(quotas).sort(([a], [b]) => (a < b ? -1 : 1))));

/** One quota of an account: its own share, and the group's pool that it draws on. */
export interface WireOverallQuota {
  readonly user: { readonly allowed: number; readonly used: number } | null;
  readonly group: { readonly allowed: number; readonly used: number; readonly inheritedFrom: string | null } | null;
}

/** `/users/{id}/overall_quotas` (https://docs.virustotal.com/reference/get-user-overall-quotas). Either half may be absent. */
export const wireOverallQuotas: z.ZodType<Readonly<Record<string, WireOverallQuota>>> = z.record(
  z.string(),
  z
    .object({
      user: wireQuota.nullish(),
      group: z.object({ allowed: wireNumber, used: wireNumber, inherited_from: z.string().nullish() }).nullish(),
    })
    .transform(({ user, group }) => ({
      user: user ?? null,
      group: group ? { allowed: group.allowed, used: group.used, inheritedFrom: group.inherited_from ?? null } : null,
    })),
);
