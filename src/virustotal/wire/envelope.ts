import { z } from 'zod';
import { toCode } from '../api-error.ts';

/** Quota numbers pass 2^31 and may be sent as text, as JSON of 64-bit integers often is; `z.int()` would refuse the former. */
export const wireNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d{1,18}$/u)
    .transform(Number),
]);

const LAST_SECOND = 253_402_300_799; // the year 9999: what a date can be written as

/** Unix seconds. */
export const wireSeconds = wireNumber.refine((seconds) => seconds >= 0 && seconds <= LAST_SECOND);

/** An id as sent. */
export const wireId = z.string().min(1).max(500);

/** The fields around a page of a list. */
export interface WirePage<T> {
  readonly data: readonly T[];
  readonly next: string | null;
  readonly cursor: string | null;
  /** How many elements the whole list has, where the API says so. */
  readonly count: number | null;
}

/** A page of a list of `element`. An empty link or cursor means the same as none. */
export function wirePage<T>(element: z.ZodType<T>): z.ZodType<WirePage<T>> {
  return z
    .object({
      data: z.array(element),
      links: z.object({ next: z.string().nullish() }).nullish(),
      meta: z.object({ cursor: z.string().nullish(), count: wireNumber.nullish() }).nullish(),
    })
    .transform(({ data, links, meta }) => ({
      data,
      next: links?.next || null,
      cursor: meta?.cursor || null,
      count: meta?.count ?? null,
    }));
}

/** A single object in its envelope. */
export function wireData<T>(data: z.ZodType<T>): z.ZodType<T> {
  return z.object({ data }).transform((envelope) => envelope.data);
}

const wireError = z.object({ error: z.object({ code: z.string() }) });

/** The vendor's error code in a body, which may be anything at all; the message beside it is not read. */
export function errorCodeOf(text: string): string | null {
  try {
    const parsed = wireError.safeParse(JSON.parse(text));
    return parsed.success ? toCode(parsed.data.error.code) : null;
  } catch {
    return null;
  }
}
