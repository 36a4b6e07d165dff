import type { HttpBody } from '../../model/message.ts';
import type { WebhookChannel } from '../../model/settings.ts';

/** Something that a receiver of JSON is told of: the content of a Standard Webhooks event. */
export interface HookEvent {
  /** `audit.run.completed`, `audit.run.failed` or `audit.notice`. */
  readonly type: string;
  readonly timestamp: string;
  /** The same at every attempt: the `webhook-id`. */
  readonly id: string;
  /** Where it comes from: the group, or nothing where it concerns the auditor. */
  readonly group: string | null;
  /** What it is about: the run, or the notice's cause. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * CloudEvents 1.0.2 in structured mode (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md). `id` and
 * `source` together name the event: a receiver that has seen both has seen it.
 */
function toCloudEvent({ type, timestamp, id, group, subject, data }: HookEvent) {
  return {
    specversion: '1.0',
    id,
    source: group === null ? 'urn:vt-auditor' : `urn:vt-auditor:group:${encodeURIComponent(group.toWellFormed())}`,
    type: `vt-auditor.${type}`,
    time: timestamp,
    subject,
    datacontenttype: 'application/json',
    dataschema: 'urn:vt-auditor:event:1',
    data,
  };
}

/** The event as the channel wants it. Receivers of OCSF get what is no finding as a plain event. */
export function toEventBody(event: HookEvent, format: WebhookChannel['format']): HttpBody {
  if (format === 'cloudevents') {
    const contentType = 'application/cloudevents+json; charset=utf-8';
    return { kind: 'webhook', contentType, body: JSON.stringify(toCloudEvent(event)) };
  }
  const { type, timestamp, data } = event;
  return { kind: 'webhook', contentType: 'application/json', body: JSON.stringify({ type, timestamp, data }) };
}
