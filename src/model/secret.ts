const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * A value that must not be printed: an API key, a password, a webhook address with a token in it.
 * Every way of turning it into text gives `[secret]`; only `reveal()` gives the value, at the place that sends it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it only where the value is put on the wire. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
