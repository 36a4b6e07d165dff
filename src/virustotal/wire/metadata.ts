import { z } from 'zod';

/** The names of all privileges, from `/metadata` (https://docs.virustotal.com/reference/metadata). */
export const wireMetadata: z.ZodType<readonly string[]> = z
  .object({ data: z.object({ privileges: z.array(z.string()) }) })
  .transform(({ data }) => data.privileges);
