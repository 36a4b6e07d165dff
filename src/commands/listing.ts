import { toCsv } from '../app/manage-csv.ts';
import type { App } from '../app.ts';
import { ExitCode } from './exit-code.ts';
import { toFittedTable } from './fitted-table.ts';
import { listenForInterruption } from './interruption.ts';
import { type GlobalOptions, print, printJson, say, withApp } from './options.ts';
import { createProgress, type Progress } from './progress.ts';
import { type Column, printable } from './table.ts';

/** What is listed, in all its forms. */
export interface Listing<Row> {
  readonly rows: readonly Row[];
  /** What a terminal shows. */
  readonly columns: readonly Column<Row>[];
  /** Whether the first column may be cut to fit: ids may not, because commands take them. */
  readonly first?: 'whole' | 'cuttable';
  /** What a spreadsheet gets: names for programs, everything in full. */
  readonly fields: readonly { readonly name: string; readonly cell: (row: Row) => string }[];
  readonly toJson: (row: Row) => unknown;
  /** Said instead of a table without rows. */
  readonly none: string;
}

/** Prints a listing as the options say. */
export function printListing<Row>(listing: Listing<Row>, { json, csv }: { json: boolean; csv: boolean }): void {
  const { rows, columns, fields, toJson, none, first } = listing;
  if (json) printJson(rows.map(toJson));
  else if (csv)
    print(
      toCsv(
        fields.map(({ name }) => name),
        rows.map((row) => fields.map(({ cell }) => cell(row))),
      ),
    );
  else print(rows.length === 0 ? none : toFittedTable(rows, columns, first));
}

/** Says what is not in a listing, and how the command ends because of it. */
export function endWithGaps(gaps: readonly string[]): number {
  for (const gap of gaps) say(printable(gap));
  return gaps.length === 0 ? ExitCode.done : ExitCode.partial;
}

/** What a command that reads the API works with. */
export interface Reading {
  readonly app: App;
  readonly stop: AbortSignal;
  readonly progress: Progress;
}

/** Opens the program for a command that reads the API, shows progress and takes Ctrl-C. Returns the exit code. */
export async function withReading(global: GlobalOptions, body: (reading: Reading) => Promise<number>): Promise<number> {
  const interruption = listenForInterruption(() => undefined);
  const progress = createProgress(process.stderr);
  try {
    return await withApp(global, (app) => body({ app, stop: interruption.stop, progress }));
  } catch (error) {
    if (interruption.code === null) throw error;
    return interruption.code;
  } finally {
    progress.end();
    interruption.end();
  }
}
