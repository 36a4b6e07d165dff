import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import type { Clock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import { Secret } from '../../src/model/secret.ts';
import type { ApiSettings } from '../../src/model/settings.ts';
import { type AuditClient, type ClientOptions, createAuditClient } from '../../src/virustotal/audit-client.ts';

/** A key that must never be seen anywhere. */
export const PLANTED_KEY = 'c0ffee'.repeat(10).concat('feed');

/** A service account's key that the scripted API plants in its answers. */
export const PLANTED_SERVICE_KEY = 'decade'.repeat(10).concat('cafe');

/** A request that reached the server. */
export interface SeenRequest {
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
}

/** An answer: a status with a JSON value or a text, or full control over the response. */
export type Reply =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly json?: unknown;
      readonly text?: string;
    }
  | ((response: ServerResponse) => void);

/** Decides the answer to a request; `count` says how many came before it. */
export type Script = (request: SeenRequest, count: number) => Reply;

/** A small API on loopback that answers as its script says. */
export interface ScriptedApi {
  readonly baseUrl: string;
  readonly requests: readonly SeenRequest[];
}

/** Starts a scripted API that ends with the test. */
export async function startScriptedApi(t: TestContext, script: Script): Promise<ScriptedApi> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const seen = { url: new URL(request.url ?? '/', 'http://127.0.0.1'), headers: request.headers };
    requests.push(seen);
    const reply = script(seen, requests.length - 1);
    if (typeof reply === 'function') {
      reply(response);
      return;
    }
    const text = reply.text ?? JSON.stringify(reply.json);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return { baseUrl: `http://127.0.0.1:${port}/api/v3`, requests };
}

/** Settings for tests: fast time-outs, no proxy. */
export function apiSettings(baseUrl: string, overrides: Partial<ApiSettings> = {}): ApiSettings {
  return {
    baseUrl,
    requestsPerMinute: 6_000,
    concurrency: 4,
    timeoutSeconds: 5,
    budget: { run: 2_000, dayShare: 0.05 },
    network: { proxy: null, noProxy: [], ca: null },
    ...overrides,
  };
}

/** A client of the group `tidal_soc` with the planted key, closed with the test. */
export function createTestClient(
  t: TestContext,
  {
    baseUrl,
    clock,
    api = {},
    ...rest
  }: { baseUrl: string; clock: Clock; api?: Partial<ApiSettings> } & Partial<Omit<ClientOptions, 'api' | 'clock'>>,
): AuditClient {
  const client = createAuditClient({
    api: apiSettings(baseUrl, api),
    group: { id: 'tidal_soc', apiKey: new Secret(PLANTED_KEY), apiKeyFile: null },
    clock,
    log: silentLog,
    version: '0.0.0',
    ...rest,
  });
  t.after(() => client.close());
  return client;
}
