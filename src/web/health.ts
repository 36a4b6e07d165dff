/** How the daemon is. Reasons are sentences; neither they nor the details name an account, an address or a secret. */
export interface HealthState {
  /** Why it should be restarted: its loop stands still. Empty: it lives. Nothing remote belongs here. */
  readonly dead: readonly string[];
  /** Why it does not do its work for now: not started yet, stopping, database not writable. Empty: ready. */
  readonly unready: readonly string[];
  /** Numbers and instants worth knowing, such as the next run and failed deliveries. */
  readonly details: Readonly<Record<string, string | number | null | Readonly<Record<string, string>>>>;
}

/** A status and the JSON that goes with it. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  readonly body: string;
}

function toAnswer(reasons: readonly string[], details: HealthState['details']): HealthAnswer {
  const status = reasons.length === 0 ? 'ok' : 'failing';
  return { status: reasons.length === 0 ? 200 : 503, body: `${JSON.stringify({ status, reasons, ...details })}\n` };
}

/** The answer of `/healthz`: 503 tells the supervisor to restart. */
export function toLiveness({ dead, details }: HealthState): HealthAnswer {
  return toAnswer(dead, details);
}

/** The answer of `/readyz`. What is dead is not ready either. */
export function toReadiness({ dead, unready, details }: HealthState): HealthAnswer {
  return toAnswer([...dead, ...unready], details);
}
