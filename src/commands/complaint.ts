import { ConfigurationError, UsageError } from '../app/complaint.ts';
import { printable } from './table.ts';

/** What a person reads when a command could not do its job: the cause in a sentence, never a stack, and nothing that a terminal obeys. */
export function toComplaint(error: unknown): string {
  return toLines(error).map(printable).join('\n');
}

function toLines(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return [...error.lines, `${error.message}; nothing was done`];
  if (error instanceof UsageError) return error.message.split('\n');
  return `vt-auditor could not finish: ${error instanceof Error ? error.message : String(error)}`.split('\n');
}
