import { type App, newRunId } from '../app.ts';
import type { Delivery } from '../model/message.ts';
import { didYouMean } from '../model/near-miss.ts';
import type { RoutedReport } from '../model/routed.ts';
import { renderMessages } from '../render/channels/index.ts';
import { sampleRouted } from '../render/sample-report.ts';
import { UsageError } from './complaint.ts';

/** Said of a sample behind which older messages of its channel were tried, in vain. */
const HELD = 'the channel still takes nothing of what waits for it; `vt-auditor deliveries` says why';

/** How long an attempt may take, in milliseconds. */
const ATTEMPT_MS = 60_000;

/** Sends the sample report through one channel, once. It goes through the outbox like every message, so that `deliveries` shows it. */
export async function sendTest(app: App, name: string): Promise<Pick<Delivery, 'state' | 'lastError' | 'wireId'>> {
  const channel = Object.hasOwn(app.config.channels, name) ? app.config.channels[name] : undefined;
  if (channel === undefined) throw new UsageError(noSuchChannel(name, Object.keys(app.config.channels)));
  const at = app.clock.now();
  const messages = renderMessages(sampleOf(name, at), channel, {
    templates: app.templates,
    look: app.config.report,
    digest: null,
  });
  app.store.enqueue(messages, at);
  // Whoever types this wants to know about now, be the channel held back or not.
  for (const { id } of messages) app.store.retryDelivery(id, at);
  await app.pump.drain(AbortSignal.timeout(ATTEMPT_MS));
  const ids = new Set(messages.map(({ id }) => id));
  const deliveries = app.store.deliveries({ limit: 1000 }).filter(({ id }) => ids.has(id));
  const told = deliveries.find(({ state }) => state !== 'delivered') ?? deliveries[0];
  if (told === undefined) return { state: 'pending', lastError: 'nothing was sent', wireId: '' };
  return { ...told, lastError: told.lastError ?? (told.held ? HELD : null) };
}

/** The sample with a run id of its own, so that no receiver takes a second test for a repeat of the first. */
function sampleOf(channel: string, at: Date): RoutedReport {
  const routed = sampleRouted(channel);
  const instant = at.toISOString();
  return {
    ...routed,
    report: {
      ...routed.report,
      run: { ...routed.report.run, id: `${newRunId(at)}-sample`, startedAt: instant, finishedAt: instant },
    },
  };
}

function noSuchChannel(name: string, known: readonly string[]): string {
  const rest = known.length === 0 ? '; none is configured' : `; there is ${known.join(', ')}`;
  return `there is no channel "${name}"${didYouMean(name, known) || rest}`;
}
