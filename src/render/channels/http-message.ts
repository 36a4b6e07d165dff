import type { HttpBody, Message } from '../../model/message.ts';
import { hookWireId, messageId } from '../message-id.ts';

/** What an HTTP message is made of. */
interface HttpParts {
  readonly run: string;
  readonly channel: string;
  /** Empty for a whole report. */
  readonly key: string;
  readonly kind: HttpBody['kind'];
  readonly body: unknown;
}

/** A message whose body is JSON. */
export function toHttpMessage({ run, channel, key, kind, body }: HttpParts): Message {
  return {
    id: messageId(run, channel, key),
    wireId: hookWireId(run, channel, key),
    channel,
    key,
    body: { kind, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) },
  };
}
