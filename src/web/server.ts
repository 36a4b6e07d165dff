import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Log } from '../model/log.ts';
import { type HealthAnswer, type HealthState, toLiveness, toReadiness } from './health.ts';
import type { Metrics } from './metrics.ts';

/** Where to listen, and what to say. */
export interface WebOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly health: () => HealthState;
  readonly metrics: Pick<Metrics, 'contentType' | 'text'>;
  readonly log: Log;
}

/** The running server. */
export interface Web {
  readonly port: number;
  close(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 5000;

const METRICS = '/metrics';

const answers: ReadonlyMap<string, (state: HealthState) => HealthAnswer> = new Map([
  ['/healthz', toLiveness],
  ['/readyz', toReadiness],
]);

function respond(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? '' : body);
}

function unknownState(log: Log, error: unknown): HealthState {
  log.error('could not tell the state', { error });
  return { dead: ['The state could not be determined; see the log.'], unready: [], details: {} };
}

function stateOf({ health, log }: WebOptions): HealthState {
  try {
    return health();
  } catch (error) {
    return unknownState(log, error);
  }
}

function handle(options: WebOptions, request: IncomingMessage, response: ServerResponse): void {
  const [path = ''] = (request.url ?? '').split('?');
  const answer = answers.get(path);
  if (answer === undefined && path !== METRICS)
    return respond(response, 404, 'text/plain; charset=utf-8', 'not found\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return respond(response, 405, 'text/plain; charset=utf-8', 'method not allowed\n');
  }
  if (answer === undefined) return respondWithMetrics(options, response);
  const { status, body } = answer(stateOf(options));
  return respond(response, status, 'application/json; charset=utf-8', body);
}

function respondWithMetrics({ metrics, log }: WebOptions, response: ServerResponse): void {
  metrics.text().then(
    (body) => respond(response, 200, metrics.contentType, body),
    (error: unknown) => {
      log.error('metrics not read', { problem: String(error) });
      respond(response, 500, 'text/plain; charset=utf-8', 'the numbers could not be read; see the log\n');
    },
  );
}

/** What is known of the reasons for which nobody can listen, in words and with the way out. */
const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; end that one, or choose another port',
  EACCES: 'this user may not; choose a port above 1023',
  EADDRNOTAVAIL: 'it is not an address of this machine',
  ENOTFOUND: 'the host name could not be resolved',
};

function listen(server: Server, { host, port }: WebOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = WHY_NOT[cause.code ?? ''] ?? `the system says ${cause.code ?? 'nothing more'}`;
      reject(new Error(`The address ${host}:${port} of server.listen cannot be listened on: ${why}.`, { cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(address === null || typeof address === 'string' ? port : address.port);
    });
  });
}

/**
 * Serves `/healthz`, `/readyz` and `/metrics`, and nothing else.
 * @throws Error with one sentence when the address cannot be listened on.
 */
export async function startWeb(options: WebOptions): Promise<Web> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: 1000 },
    (request, response) => handle(options, request, response),
  );
  const port = await listen(server, options);
  server.on('error', (error) => options.log.error('the web server failed', { error }));
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
