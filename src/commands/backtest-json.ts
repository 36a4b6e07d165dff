import type { ReplayedDay } from '../app/backtest.ts';

/** Writes a piece of the output. */
export type Write = (text: string) => void;

/** A back-test as JSON, written as it comes: all findings of a large group in one text would not fit. */
export interface JsonWriter {
  beginGroup(group: string): void;
  day(day: ReplayedDay): void;
  endGroup(): void;
  end(): void;
}

/** Begins the document. It is whole only after `end`. */
export function createJsonWriter(head: { readonly rule: string; readonly since: string }, write: Write): JsonWriter {
  let groups = 0;
  let days = 0;
  write(`${withoutEnd(head)},"groups":[`);
  return {
    beginGroup(group) {
      write(`${groups === 0 ? '' : ','}\n${withoutEnd({ group })},"days":[`);
      groups += 1;
      days = 0;
    },
    day({ opened, closed, ...rest }) {
      write(`${days === 0 ? '' : ','}\n${withoutEnd(rest)}`);
      writeList('opened', opened, write);
      writeList('closed', closed, write);
      write('}');
      days += 1;
    },
    endGroup: () => write(']}'),
    end: () => write(']}\n'),
  };
}

function writeList(name: string, items: readonly unknown[], write: Write): void {
  write(`,${JSON.stringify(name)}:[`);
  for (const [index, item] of items.entries()) write(`${index === 0 ? '' : ','}\n${JSON.stringify(item)}`);
  write(']');
}

/** An object to which more will be added. */
function withoutEnd(value: object): string {
  return JSON.stringify(value).slice(0, -1);
}
