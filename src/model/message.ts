import type { Instant } from './instant.ts';

/** A file that goes with a mail. */
export interface Attachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: string;
}

/** A mail without secrets: headers, both bodies, attachments. The transport adds nothing that a reader sees. */
export interface EmailBody {
  readonly kind: 'email';
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly replyTo: string | null;
  readonly subject: string;
  readonly date: Instant;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly Attachment[];
}

/** An HTTP POST without secrets: the address, the signature and keys are added at each attempt. */
export interface HttpBody {
  readonly kind: 'webhook' | 'slack' | 'teams' | 'googlechat' | 'pagerduty' | 'apprise';
  readonly contentType: string;
  readonly body: string;
}

/** What is said, by the kind of its channel. */
export type MessageBody = EmailBody | HttpBody;

/** What is said to one channel: rendered once, stored with the run, sent unchanged at every attempt. */
export interface Message {
  /** Unique; also the delivery's id. */
  readonly id: string;
  /** The Message-ID (with angle brackets) or webhook-id, the same at every attempt. */
  readonly wireId: string;
  readonly channel: string;
  /** Orders messages of one finding within a channel; empty for whole reports, which are never replaced. */
  readonly key: string;
  readonly body: MessageBody;
}

/** Where a delivery stands. `superseded`: a newer message of the same key took its place. */
export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'superseded';

/** Recipients of a mail that are settled, so that a retry addresses only the others. */
export interface RecipientOutcomes {
  readonly accepted: readonly string[];
  readonly refused: readonly { readonly recipient: string; readonly error: string }[];
}

/** A message owed, and what became of it so far. */
export interface Delivery {
  readonly id: string;
  readonly run: string | null;
  readonly channel: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly nextAttemptAt: Instant | null;
  readonly deliveredAt: Instant | null;
  readonly lastError: string | null;
  readonly wireId: string;
  /** An attempt ended without an answer: the receiver may have it twice, under the same wire id. */
  readonly maybeDuplicate: boolean;
  readonly recipients: RecipientOutcomes;
  /** It waits because its channel did not take what was sent before, or is gone. */
  readonly held: boolean;
}

/** What one attempt came to. Errors are sentences without addresses, secrets or bodies. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly recipients: RecipientOutcomes; readonly response: string }
  | {
      readonly kind: 'retry';
      readonly error: string;
      readonly retryAfterMs: number | null;
      readonly recipients: RecipientOutcomes;
      readonly maybeDuplicate: boolean;
      /** `short`: the receiver does not know us (any more); worth a few tries within the hour, as while it is being deployed. */
      readonly patience: 'long' | 'short';
    }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly recipients: RecipientOutcomes;
      /** The receiver says that nobody needs to come back, with this message or another. */
      readonly isGone?: true;
    };
