import { z } from 'zod';
import { didYouMean } from '../model/near-miss.ts';

/*
 * How the messages of these schemas are read by `shape-problems.ts`: one that starts with "expected" names what belongs in the place
 * and gets what was found appended; in any other, `{value}` stands for the value; of an unknown key the message is the list of
 * keys that are known, separated by spaces.
 */

/** Says to editors that a value may come from a variable instead. At run time variables are already values. */
const VARIABLE_PATTERN = String.raw`\$\{`;

/** A map with exactly these keys. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys.join(' ') : `expected a map with ${listOf(keys)}`),
  });
}

/** Text on one line that is not empty. `what` completes "expected". */
export function text(what: string): z.ZodString {
  const error = `expected ${what}`;
  return z.string({ error }).refine(isPlainLine, { error });
}

/** Text that a function finds nothing wrong with. */
export function textThat(what: string, whyNot: (value: string) => string | null): z.ZodString {
  return text(what).superRefine((value, context) => {
    const message = isPlainLine(value) ? whyNot(value) : null;
    if (message !== null) {
      context.addIssue({ code: 'custom', message });
    }
  });
}

/** Text of a fixed form. */
export function textLike(what: string, form: RegExp): z.ZodString {
  const error = `expected ${what}`;
  return z.string({ error }).regex(form, { error });
}

/** One of some words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodEnum<z.core.util.ToEnum<Words[number]>> {
  return z.enum(words, { error: (issue) => oneOfSentence(words, issue.input) });
}

/** "expected one of ...", with the word that was probably meant. */
export function oneOfSentence(words: readonly string[], input: unknown): string {
  const hint = typeof input === 'string' && input !== '' ? didYouMean(input, words) : '';
  return words.length === 1 ? `expected ${words[0]}, the only choice` : `expected one of ${words.join(', ')}${hint}`;
}

/** A whole number within bounds; digits in text count, since that is what a variable gives. */
export function wholeNumber(least: number, most: number, unit: string): z.ZodType<number, number | string> {
  const error = `expected a whole number${unit === '' ? '' : ` of ${unit}`} from ${least} to ${most}`;
  const digits = z
    .string({ error })
    .meta({ pattern: VARIABLE_PATTERN })
    .refine((value) => /^\d{1,15}$/u.test(value) && Number(value) >= least && Number(value) <= most, { error })
    .transform(Number);
  return z.union([z.int({ error }).min(least, { error }).max(most, { error }), digits], { error });
}

/** True or false; the words in text count, since that is what a variable gives. */
export const flag: z.ZodType<boolean, boolean | 'true' | 'false'> = z
  .literal([true, false, 'true', 'false'], { error: 'expected true or false' })
  .transform((value) => value === true || value === 'true');

/** A calendar day that exists, `YYYY-MM-DD`. */
export const day = textThat('a date such as 2027-03-31', (value) =>
  isDay(value) ? null : '{value} is not a date; expected one such as 2027-03-31',
);

/** Whether a text is a calendar day that exists. */
export function isDay(value: string): boolean {
  const at = /^\d{4}-\d{2}-\d{2}$/u.test(value) ? new Date(`${value}T00:00:00Z`) : null;
  return at !== null && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

/** A list of values. */
export function list<Item extends z.ZodType>(item: Item, what: string): z.ZodArray<Item> {
  return z.array(item, { error: `expected a list of ${what}` });
}

/** A list of at least one value. */
export function someOf<Item extends z.ZodType>(item: Item, what: string): z.ZodArray<Item> {
  return list(item, what).min(1, { error: `expected at least one entry in this list of ${what}` });
}

function isPlainLine(value: string): boolean {
  return value.trim() !== '' && value.length <= 4000 && !/\p{Cc}/u.test(value);
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
