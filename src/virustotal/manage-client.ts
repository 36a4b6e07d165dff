import { createKeepingAgents } from '../agents.ts';
import type { Secret } from '../model/secret.ts';
import { toAddress } from './address.ts';
import { ApiError } from './api-error.ts';
import { createApiKey } from './api-key.ts';
import type { AuditClient, ClientOptions } from './audit-client.ts';
import { createExchange, createWriteExchange, type WriteQuestion } from './exchange.ts';
import { createPace } from './pace.ts';
import { createClientWithin } from './read-operations.ts';
import { createRequester, refusal } from './requester.ts';
import { createScope } from './scope.ts';
import { errorCodeOf } from './wire/envelope.ts';
import type { Write } from './writes.ts';

/**
 * The API as a person may use it who changes the group by hand. Nothing that is scheduled can reach it: an audit is given an
 * `AuditClient`, whose type has no way to write.
 */
export interface ManageClient {
  /** Everything that reads, with this client's key. */
  readonly reads: AuditClient;
  /**
   * Sends a change, once. `mayHaveHappened` tells a lost answer from a refusal: nothing is ever sent again by itself, because the
   * first one may have worked.
   * @throws ApiError
   */
  send(write: Write, signals?: SendSignals): Promise<void>;
  /**
   * Deletes the account that the key belongs to, for ever. The API lets only its owner do it, with the password, so no administrator
   * can use it on anybody else, and no command calls it.
   * @throws ApiError
   */
  deleteUser(id: string, password: Secret): Promise<void>;
  close(): void;
}

/** When a change is not sent any more, and when it is not waited for any more. */
export interface SendSignals {
  /** Aborted before it was sent: it is not sent. */
  readonly stop?: AbortSignal;
  /** Aborted while its answer is awaited: what became of it is not known. */
  readonly abandon?: AbortSignal;
}

/** Failures after which nobody knows whether the change was made. */
export function mayHaveHappened({ kind, code }: ApiError): boolean {
  if (kind === 'network') return code === null || !NEVER_SENT.has(code);
  return kind === 'server' || kind === 'too_large' || kind === 'aborted';
}

/** The connection was never made, so nothing went through it. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

/** A client that can change a group. Its key is another than the one that audits, which the caller sees to. */
export function createManageClient(options: ClientOptions): ManageClient {
  const { api, clock, log, signal, group } = options;
  const agents = createKeepingAgents(api.network, api.concurrency);
  const pace = createPace(clock, api.requestsPerMinute);
  const transport = { agents, version: options.version, timeoutMs: api.timeoutSeconds * 1_000 };
  const key = createApiKey(group);
  const requester = createRequester({
    exchange: createExchange(transport),
    key,
    pace,
    concurrency: api.concurrency,
    clock,
    log,
    signal,
  });
  const writeOnce = createWriteExchange(transport);
  const scope = createScope();
  const close = (): void => {
    requester.close();
    agents.close();
  };

  const waitForTurn = async (operation: string, stop: AbortSignal | undefined): Promise<void> => {
    const ms = pace.reserve().getTime() - clock.now().getTime();
    if (ms > 0) await clock.sleep(ms, stop).catch(() => undefined);
    if (stop?.aborted === true) throw notSent(operation);
  };

  const sendOnce = async (
    { operation, method, path, body }: Write,
    password: Secret | null,
    { stop, abandon }: SendSignals,
  ): Promise<void> => {
    await waitForTurn(operation, stop);
    const question: WriteQuestion = {
      operation,
      method,
      address: toAddress(api.baseUrl, path),
      key: key.reveal(),
      body: body === null ? null : JSON.stringify(body),
      password: password?.reveal() ?? null,
      signal: abandon,
    };
    const { status, text } = await writeOnce(question);
    // What a change answers is not documented: an empty body, the changed object, or anything else.
    if (status < 200 || status > 299) throw refusal(operation, status, errorCodeOf(text));
  };

  return {
    reads: createClientWithin(scope, {
      baseUrl: api.baseUrl,
      groupId: group.id,
      key,
      requester,
      pace,
      requestsPerMinute: api.requestsPerMinute,
      close,
    }),
    send: (write, signals = {}) => sendOnce(write, null, signals),
    deleteUser: (id, password) =>
      sendOnce({ operation: 'delete the account', method: 'DELETE', path: ['users', id], body: null }, password, {}),
    close,
  };
}

/** Of kind `deadline`, which no caller takes for a change that may have happened. */
function notSent(operation: string): ApiError {
  return new ApiError({ kind: 'deadline', operation, because: 'the program was told to stop before it was sent' });
}
