import { ConfigurationError, UsageError } from '../app/complaint.ts';

/** What a person reads when a command could not do its job: the cause in a sentence, never a stack. */
export function toComplaint(error: unknown): string {
  if (error instanceof ConfigurationError) return [...error.lines, `${error.message}; nothing was done`].join('\n');
  if (error instanceof UsageError) return error.message;
  return `vt-auditor could not finish: ${error instanceof Error ? error.message : String(error)}`;
}
