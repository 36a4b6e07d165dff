import { digestOf } from '../model/finding.ts';
import type { RoutedReport } from '../model/routed.ts';
import { toToken } from './plain-text.ts';

/** The id of a message: the same for the same run, channel and key, so that receivers can drop repeats. */
export function messageId(run: string, channel: string, key: string): string {
  return digestOf(JSON.stringify([run, channel, key])).slice(0, 32);
}

/** `<RUN-AUDIT.HASH8@DOMAIN>`, the Message-ID of every attempt. */
export function mailWireId(routed: RoutedReport, channel: string, domain: string): string {
  const { run } = routed.report;
  const hash = messageId(run.id, channel, '').slice(0, 8);
  return `<${toToken(run.id)}-${toToken(routed.audit, 40)}.${hash}@${domain}>`;
}

/** `msg_…`, the webhook-id of every attempt. It has no dot, which separates the parts of what is signed (Standard Webhooks). */
export function hookWireId(run: string, channel: string, key: string): string {
  return `msg_${messageId(run, channel, key)}`;
}
