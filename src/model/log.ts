/** Data of a log line. Ids and numbers, never a secret, an address or a response body. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A sink for events: a constant lower-case message in the past tense, with its data in fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that says nothing, for callers that have none. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
