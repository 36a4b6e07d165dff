import { type Command, InvalidArgumentError } from 'commander';
import { LOG_FORMATS, LOG_LEVELS, type LogLevel } from '../app/log.ts';
import { type App, type AppOptions, type Opener, openApp } from '../app.ts';

/** Ends a command: the exit code it came to. */
export type Finish = (code: number) => void;

/** Gives a command, which has its name and summary already, its arguments, options and action. */
export type AddCommand = (command: Command, finish: Finish) => void;

/** Options that every command takes. */
export interface GlobalOptions extends AppOptions {
  readonly json: boolean;
}

/** The global options as given, with what a command logs when nobody says how much. */
export function globalOptions(command: Command, defaultLevel: LogLevel): GlobalOptions {
  const given: { config?: unknown; json?: unknown; logFormat?: unknown; logLevel?: unknown } =
    command.optsWithGlobals();
  return {
    configFile: typeof given.config === 'string' ? given.config : null,
    json: given.json === true,
    logLevel: LOG_LEVELS.find((level) => level === given.logLevel) ?? defaultLevel,
    logFormat: LOG_FORMATS.find((format) => format === given.logFormat) ?? 'json',
  };
}

/** Opens the program for one command, and closes it whatever happens. */
export async function withApp<T>(
  options: AppOptions,
  body: (app: App) => Promise<T> | T,
  opener: Exclude<Opener, 'daemon'> = 'command',
): Promise<T> {
  const app = await openApp(options, opener);
  try {
    return await body(app);
  } finally {
    await app.close();
  }
}

/** Prints a result. Standard output carries nothing else. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Prints data as JSON. */
export function printJson(data: unknown): void {
  print(JSON.stringify(data, null, 2));
}

/** Says something to the person at the terminal, apart from the result. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Parses a whole number from an option, from `least` up. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };
}

/** Collects a repeatable option. */
export function collectValues(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
