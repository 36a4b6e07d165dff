import { pino } from 'pino';
import type { Log } from '../model/log.ts';
import { toPrettyLine } from './pretty-log.ts';

/** From quiet to talkative, as `--log-level` takes them. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** How much is logged. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** For programs and for people, as `--log-format` takes them. */
export const LOG_FORMATS = ['json', 'pretty'] as const;

/** How a line looks. */
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What a log is made of. */
export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly version: string;
  /** Takes secrets out of a finished line. */
  readonly redact: (text: string) => string;
}

/** Lines on standard error, one event each, with the time in UTC. Written at once, so that a crash loses none. */
export function createLog({ level, format, version, redact }: LogOptions): Log {
  const destination = pino.destination({ fd: 2, sync: true });
  const shape = format === 'pretty' ? toPrettyLine : (line: string): string => line;
  const logger = pino(
    {
      level,
      base: { service: 'vt-auditor', version },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // An error has no fields of its own that JSON would show. Its stack is for debugging, and may repeat what it was given.
      serializers: { error: describeError },
    },
    { write: (line: string) => destination.write(shape(redact(line))) },
  );
  return {
    debug: (message, fields) => logger.debug(fields ?? {}, message),
    info: (message, fields) => logger.info(fields ?? {}, message),
    warn: (message, fields) => logger.warn(fields ?? {}, message),
    error: (message, fields) => logger.error(fields ?? {}, message),
  };
}

/** Name, code and sentence of an error and of what caused it. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: describeError(error.cause) };
  return { name: error.name, message: error.message, ...code, ...cause };
}
