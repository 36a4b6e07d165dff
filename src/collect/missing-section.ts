import type { ReasonKind } from '../model/reason.ts';
import type { ApiErrorKind } from '../virustotal/api-error.ts';

/**
 * A section cannot be read because another is missing. It is thrown and caught within the reading of one section (`tryToRead`), and
 * does not cover failures of the API.
 */
export class MissingSection extends Error {
  override readonly name = 'MissingSection';
  readonly kind: ApiErrorKind | null;
  readonly reason: ReasonKind;

  constructor(because: string, kind: ApiErrorKind | null, reason: ReasonKind = 'not_collected') {
    super(because);
    this.kind = kind;
    this.reason = reason;
  }
}
