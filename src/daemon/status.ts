import type { App } from '../app.ts';
import type { Instant } from '../model/instant.ts';
import { nextSlots } from '../schedule/slots.ts';
import type { MetricsSource } from '../web/metrics.ts';

/** An instant of each audit. */
type ByAudit = readonly { readonly audit: string; readonly at: Instant }[];

/** When each audit with a schedule is due next. */
export function nextRuns({ config, clock }: Pick<App, 'config' | 'clock'>): ByAudit {
  const from = clock.now();
  return config.audits.flatMap(({ name, schedule, timezone }) => {
    const next = schedule === null ? undefined : nextSlots({ expression: schedule, timezone, from, count: 1 })[0];
    return next === undefined ? [] : [{ audit: name, at: next.at.toISOString() }];
  });
}

/** When each audit was last complete for all its groups; one that never was for some group is left out. */
export function lastComplete({ config, store }: Pick<App, 'config' | 'store'>): ByAudit {
  const complete = store.lastComplete();
  return config.audits.flatMap(({ name, groups }) => {
    const instants = groups.map((id) => complete.find(({ audit, group }) => audit === name && group === id)?.at);
    const known = instants.filter((at) => at !== undefined).sort();
    const oldest = known[0];
    return oldest === undefined || known.length < instants.length ? [] : [{ audit: name, at: oldest }];
  });
}

/** Since when each configured channel is held back that is. */
export function heldSince({ config, store }: Pick<App, 'config' | 'store'>): Readonly<Record<string, Instant>> {
  const held = store.heldChannels().filter(({ channel }) => Object.hasOwn(config.channels, channel));
  return Object.fromEntries(held.map((each) => [each.channel, each.heldSince]));
}

/** Every configured channel, and whether its messages are held back. */
export function channelNumbers(app: Pick<App, 'config' | 'store'>): MetricsSource['channels'] {
  const held = heldSince(app);
  return Object.values(app.config.channels).map(({ name, type }) => ({
    channel: name,
    type,
    isHeld: Object.hasOwn(held, name),
  }));
}

/** The outbox in numbers, with the kind of each channel. */
export function outboxNumbers({ config, store }: Pick<App, 'config' | 'store'>): MetricsSource['deliveries'] {
  return store.outboxCounts().map((count) => {
    const type = Object.hasOwn(config.channels, count.channel) ? config.channels[count.channel]?.type : undefined;
    return { ...count, type: type ?? 'unknown' };
  });
}
