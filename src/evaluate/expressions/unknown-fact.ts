import type { ReasonKind } from '../../model/reason.ts';

/**
 * An expression asked for a fact that was not seen. Thrown by the field itself, so that no operator can turn it into false; the
 * language's `||` and `&&` let it go only where the other side decides alone. Caught once a subject, which is then unknown.
 */
export class UnknownFact extends Error {
  readonly kind: ReasonKind;

  constructor(kind: ReasonKind, text: string) {
    super(text);
    this.name = 'UnknownFact';
    this.kind = kind;
  }
}

const WORDS: Readonly<Record<ReasonKind, string>> = {
  not_collected: 'was not collected',
  not_visible: 'is not visible to the key',
  rule_failed: 'could not be worked out',
  timed_out: 'could not be worked out in time',
  not_configured: 'is not configured',
  not_enough_history: 'is not known for long enough',
  not_on_record: 'is not on record',
};

/** `lastLoginAt is not visible to the key`. */
export function unknownField(name: string, kind: ReasonKind): UnknownFact {
  return new UnknownFact(kind, `${name} ${WORDS[kind]}`);
}
