import type { ReasonKind } from './reason.ts';

/**
 * A value that the API may withhold by leaving it out. `known: true` with `null` means "none on record"; `known: false` means that
 * nothing may be concluded: `not_visible` (the key may not see it) or `not_on_record` (absent, and absence proves nothing).
 */
export type Fact<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: ReasonKind };

/** A fact that was seen. */
export function known<T>(value: T): Fact<T> {
  return { known: true, value };
}

/** A fact that was not seen, and why. */
export function unknown(why: ReasonKind): { readonly known: false; readonly why: ReasonKind } {
  return { known: false, why };
}

/** The value, or `fallback` where it is not known. Only for display: a judgement must ask `known` first. */
export function valueOr<T, F>(fact: Fact<T>, fallback: F): T | F {
  return fact.known ? fact.value : fallback;
}
