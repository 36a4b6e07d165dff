import { ApiError } from './api-error.ts';
import { identifyCaller } from './caller.ts';
import type { Answer, Exchange } from './exchange.ts';
import { type AnsweredFault, type Fault, isAnsweredFault, isContentFault, usualError } from './fault.ts';
import { encodeCursor } from './paging.ts';
import { findRoute } from './routes.ts';
import { type Spot, spoil } from './spoil.ts';
import type { World } from './world.ts';

/** A request as it came in. */
export interface RawRequest {
  readonly world: World;
  readonly baseUrl: string;
  readonly method: string;
  /** Below `/api/v3`; null for an address outside it. */
  readonly path: string | null;
  readonly query: URLSearchParams;
  readonly key: string | undefined;
  readonly body: string;
  /** The header that an account's owner proves itself with. */
  readonly password: string | undefined;
}

/** What goes back. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers a request, spoilt by those faults that concern the answer's content. */
export function answerRequest(request: RawRequest, faults: readonly Fault[]): Reply {
  const answered = faults.find(isAnsweredFault);
  if (answered !== undefined) return faultReply(request, answered);
  try {
    const answer = handle(request, faults);
    return answer === null
      ? { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: '' }
      : json(200, spoilt(request, answer, faults));
  } catch (error) {
    if (error instanceof ApiError) {
      return json(error.status, { error: { code: error.code, message: error.message } });
    }
    throw error;
  }
}

function handle(request: RawRequest, faults: readonly Fault[]): Answer {
  const { world, baseUrl, query } = request;
  const caller = identifyCaller(world, request.key);
  const path = request.path ?? '';
  const found = findRoute(request.method, path);
  if (found === null) throw new ApiError(404, 'NotFoundError', 'Resource not found');
  const exchange: Exchange = {
    world,
    caller,
    baseUrl,
    path,
    parts: found.parts,
    query,
    body: parseBody(request.body),
    password: request.password,
    ignoresFilter: faults.some((fault) => fault.kind === 'ignoredFilter'),
  };
  return found.route.handle(exchange);
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    const body: unknown = JSON.parse(text);
    return body;
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError(400, 'BadRequestError', 'The body is not valid JSON');
    throw error;
  }
}

function spoilt(request: RawRequest, answer: NonNullable<Answer>, faults: readonly Fault[]): NonNullable<Answer> {
  const url = `${request.baseUrl}${request.path ?? ''}`;
  const spot: Spot = {
    url,
    query: request.query,
    ownCursor: request.query.get('cursor') ?? encodeCursor(0, { url, query: request.query }),
  };
  return faults.filter(isContentFault).reduce((body, fault) => spoil(body, fault, spot), answer);
}

function json(status: number, body: unknown): Reply {
  return { status, headers: { 'content-type': JSON_TYPE }, body: JSON.stringify(body) };
}

function faultReply(request: RawRequest, fault: AnsweredFault): Reply {
  switch (fault.kind) {
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html; charset=utf-8' },
        body: '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in to continue.</body></html>',
      };
    case 'redirect':
      return { status: 302, headers: { location: fault.to, 'content-type': 'text/plain' }, body: '' };
    case 'status':
      break;
  }
  return statusReply(request, fault);
}

function statusReply({ world }: RawRequest, fault: Extract<AnsweredFault, { kind: 'status' }>): Reply {
  // The front end of the API speaks plain text when nothing behind it answers.
  if (fault.status === 502) return { status: 502, headers: { 'content-type': 'text/plain' }, body: 'Bad Gateway\n' };
  const usual = usualError(fault.status);
  const reply = json(fault.status, {
    error: { code: fault.code ?? usual.code, message: fault.message ?? usual.message },
  });
  if (fault.retryAfter === undefined) return reply;
  const { seconds, form } = fault.retryAfter;
  const date = new Date(world.clock.now().getTime() + seconds * 1000).toUTCString();
  return { ...reply, headers: { ...reply.headers, 'retry-after': form === 'date' ? date : String(seconds) } };
}
