import { createHash } from 'node:crypto';
import { startSmtpSink } from '../../test/support/smtp-sink.ts';
import { type ReceivedRequest, startWebhookSink, type WebhookAnswer } from '../../test/support/webhook-sink.ts';
import type { Random } from '../series/random.ts';

/** Moments that a receiver sees of a delivery. */
export type Seen = 'connected' | 'hook' | 'answered' | 'repeated' | 'recipient' | 'body' | 'mail';

/** Something that a receiver took for good, as it wrote it down itself. */
export interface Entry {
  readonly channel: string;
  /** The id that the message came under, or the digest of its body where its kind has no id. */
  readonly id: string;
  /** The run that it says to be about; null: it does not say. */
  readonly run: string | null;
}

/** Channels of every kind, by name: what is put into the configuration beside their address. */
export const HTTP_CHANNELS = {
  one: { type: 'webhook', secret: 'a secret of the torture, worth nothing' },
  two: { type: 'webhook' },
  slack: { type: 'slack' },
  teams: { type: 'teams' },
  space: { type: 'googlechat' },
  pager: { type: 'pagerduty', routingKey: '0123456789abcdef0123456789abcdef' },
  apprise: { type: 'apprise' },
} as const;

/** What kinds without an id are told apart by. */
export function digest(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

type Name = keyof typeof HTTP_CHANNELS;

function isName(name: string): name is Name {
  return Object.hasOwn(HTTP_CHANNELS, name);
}

/** A receiver's mood: what it does with the next message, and whether it keeps it. */
function moodOf(random: Random): { readonly answer: WebhookAnswer; readonly keeps: boolean } {
  const draw = random.integer(0, 11);
  if (draw < 5) return { answer: { status: 200 }, keeps: true };
  if (draw < 7) return { answer: { status: 503, headers: { 'retry-after': '1' } }, keeps: false };
  if (draw === 7) return { answer: { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, keeps: false };
  if (draw === 8) return { answer: 'hang', keeps: true };
  if (draw === 9) return { answer: 'drop', keeps: false };
  if (draw === 10) return { answer: { status: 404 }, keeps: false };
  return { answer: 'drop', keeps: true };
}

function idOf(name: Name, { headers, body, path }: ReceivedRequest): string {
  const { type } = HTTP_CHANNELS[name];
  if (type === 'webhook') return String(headers['webhook-id']);
  if (type === 'googlechat') return new URL(path, 'http://localhost').searchParams.get('requestId') ?? '';
  if (type !== 'pagerduty') return digest(body);
  const { routing_key: _, ...event }: { routing_key: string } = JSON.parse(body);
  return digest(JSON.stringify(event));
}

function runOf(name: Name, body: string): string | null {
  if (HTTP_CHANNELS[name].type !== 'webhook') return null;
  const { data }: { data: { report?: { run: { id: string } } } } = JSON.parse(body);
  return data.report?.run.id ?? null;
}

/** Starts receivers of every kind, with moods. `see` hears what they see. */
export async function startReceivers(random: Random, see: (what: Seen) => void) {
  const journal: Entry[] = [];
  const known = new Set<string>();
  let sane = false;
  const hook = await startWebhookSink({
    respond(request) {
      const name = request.path.split(/[/?]/)[1] ?? '';
      if (!isName(name)) throw new Error(`nobody is called ${name}`);
      see('hook');
      const id = idOf(name, request);
      if (known.has(id)) see('repeated');
      known.add(id);
      const { answer, keeps } = sane ? { answer: { status: 200 }, keeps: true } : moodOf(random);
      if (keeps) journal.push({ channel: name, id, run: runOf(name, request.body) });
      setImmediate(() => see('answered'));
      return answer;
    },
  });
  const mail = await startSmtpSink({
    recipient() {
      see('recipient');
      return !sane && random.chance(0.2) ? { code: 451, text: 'come back later' } : null;
    },
    onBody: () => see('body'),
    data() {
      see('mail');
      if (sane) return 'accept';
      const draw = random.integer(0, 6);
      if (draw < 3) return 'accept';
      if (draw === 3) return { code: 452, text: 'no room' };
      if (draw === 4) return 'drop';
      return draw === 5 ? 'accept-and-drop' : 'accept-and-hang';
    },
  });
  return {
    /** What the configuration says of the channels. */
    channels: {
      ...Object.fromEntries(
        Object.entries(HTTP_CHANNELS).map(([name, rest]) => [
          name,
          { ...rest, url: `http://127.0.0.1:${hook.port}/${name}` },
        ]),
      ),
      mail: {
        type: 'email',
        from: 'a@example.com',
        to: ['b@example.com', 'c@example.com'],
        smtp: { host: mail.host, port: mail.port, security: 'none' },
      },
    },
    /** What arrived and was kept. A mail counts as kept once a recipient has it. */
    journal: (): readonly Entry[] => [
      ...journal,
      ...mail.messages.map(({ raw }) => ({
        channel: 'mail',
        id: /^Message-ID:\s*(\S+)/im.exec(raw)?.[1] ?? '',
        run: /^X-Audit-Run: (.*)$/im.exec(raw)?.[1]?.trim() ?? null,
      })),
    ],
    /** By recipient: ids of the mails that it got. */
    mailsOf: (recipient: string): readonly string[] =>
      mail.messages
        .filter(({ envelope }) => envelope.to.includes(recipient))
        .map(({ raw }) => /^Message-ID:\s*(\S+)/im.exec(raw)?.[1] ?? ''),
    /** From now on everything is taken. */
    recover: () => {
      sane = true;
    },
    close: () => Promise.all([hook.close(), mail.close()]),
  };
}
