import { z } from 'zod';

/**
 * Whether an account is the one that `key` belongs to. A member's key is shown to its owner only, a service account's to all
 * administrators: so it is compared, and neither key goes further than this line.
 */
export function wireOwnership(key: string): z.ZodType<boolean> {
  return z
    .object({ data: z.object({ attributes: z.object({ apikey: z.string().nullish() }).nullish() }) })
    .transform(({ data }) => data.attributes?.apikey === key);
}
