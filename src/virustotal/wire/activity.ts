import { z } from 'zod';
import { wireId, wireSeconds } from './envelope.ts';

/** An entry of the group's activity log. */
export interface WireActivity {
  readonly id: string;
  /** Unix seconds. */
  readonly date: number;
  /** The vendor's words, such as "Add admin to group"; not the names that its filter takes. */
  readonly action: string;
  /** The account that it was done to. */
  readonly affected: string | null;
  /** The account that did it. */
  readonly actor: string | null;
}

/**
 * `/groups/{id}/activity_log_entries?relationships=user` (https://docs.virustotal.com/reference/get-activity-log): `info.user` is the
 * affected account, the actor stands only in the relationship. The address it was done from is not read.
 */
export const wireActivity: z.ZodType<WireActivity> = z
  .object({
    id: wireId,
    attributes: z.object({
      action: z.string(),
      date: wireSeconds,
      info: z.object({ user: z.string().nullish() }).nullish(),
    }),
    relationships: z.object({ user: z.object({ data: z.object({ id: wireId }).nullish() }).nullish() }).nullish(),
  })
  .transform(({ id, attributes, relationships }) => ({
    id,
    date: attributes.date,
    action: attributes.action,
    affected: attributes.info?.user ?? null,
    actor: relationships?.user?.data?.id ?? null,
  }));
