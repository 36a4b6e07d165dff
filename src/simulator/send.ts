import type { ServerResponse } from 'node:http';
import type { Clock } from '../model/clock.ts';
import type { Reply } from './answer.ts';
import type { ConnectionFault, Fault } from './fault.ts';

/** What the connection of one request needs to know. */
export interface Connection {
  readonly clock: Clock;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
  readonly faults: readonly Fault[];
  /** Told the status once one is sent. */
  readonly answered: (status: number) => void;
}

/** Sends a reply, or what a connection fault makes of it. A request that hangs ends when the simulator closes. */
export async function sendReply(response: ServerResponse, reply: Reply, connection: Connection): Promise<void> {
  const fault = connection.faults.find(isConnectionFault);
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  connection.answered(reply.status);
  const body = Buffer.from(reply.body);
  if (fault?.kind === 'cutBody' && fault.how === 'length') {
    send(response, reply, body.subarray(0, Math.floor(body.length * fault.keep)));
    return;
  }
  if (fault === undefined || fault.kind === 'cutBody') {
    if (fault === undefined) send(response, reply, body);
    else breakOff(response, reply, body.subarray(0, Math.floor(body.length * fault.keep)), body.length);
    return;
  }
  await drip(response, reply, body, { ...connection, ...fault });
}

function isConnectionFault(fault: Fault): fault is ConnectionFault {
  return fault.kind === 'hang' || fault.kind === 'reset' || fault.kind === 'drip' || fault.kind === 'cutBody';
}

function send(response: ServerResponse, reply: Reply, body: Buffer): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  response.end(body);
}

/** Declares more bytes than it sends and hangs up. */
function breakOff(response: ServerResponse, reply: Reply, part: Buffer, declared: number): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': declared });
  response.write(part, () => response.destroy());
}

async function drip(
  response: ServerResponse,
  reply: Reply,
  body: Buffer,
  pace: { readonly clock: Clock; readonly closing: AbortSignal; readonly bytes: number; readonly everyMs: number },
): Promise<void> {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  for (let start = 0; start < body.length && !response.destroyed; start += pace.bytes) {
    response.write(body.subarray(start, start + pace.bytes));
    await pace.clock.sleep(pace.everyMs, pace.closing);
  }
  response.end();
}
