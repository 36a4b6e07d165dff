import { z } from 'zod';

/** A relationship check: `{"data": true}` (https://docs.virustotal.com/reference/groups-relationships). */
export const wireMembership: z.ZodType<boolean> = z
  .object({ data: z.boolean() })
  .transform((envelope) => envelope.data);
