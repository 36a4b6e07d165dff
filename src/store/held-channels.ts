import type { ChannelStanding, ChannelsInForce } from '../model/channel-standing.ts';
import type { Instant } from '../model/instant.ts';
import type { Tables } from './tables.ts';

/** Makes due what a channel held back, and once more what it has failed meanwhile. */
function letGo({ deliveries }: Pick<Tables, 'deliveries'>, channel: string, heldSince: Instant, at: Instant): void {
  deliveries.revive(channel, heldSince, at);
  deliveries.hasten(at, channel);
}

/** Notes the standing of a channel after an attempt; one that works again gets at once what waited for it. */
export function noteStanding(
  tables: Pick<Tables, 'deliveries' | 'standings'>,
  channel: string,
  standing: ChannelStanding,
  at: Instant,
): void {
  const { heldSince } = tables.standings.of(channel);
  tables.standings.save(channel, standing);
  if (heldSince !== null && standing.heldSince === null) letGo(tables, channel, heldSince, at);
}

/** Takes note of where channels lead; one that leads elsewhere now is held no more. Names of those released. */
export function meetChannels(
  tables: Pick<Tables, 'deliveries' | 'standings'>,
  { endpoints, at, isStart }: ChannelsInForce,
): readonly string[] {
  const { standings } = tables;
  if (isStart) standings.tryHeld(at.toISOString(), { channel: null, isGoneToo: false });
  return standings.changed(endpoints).filter((channel) => {
    const { heldSince } = standings.of(channel);
    standings.meet(channel, endpoints[channel] ?? '');
    if (heldSince !== null) letGo(tables, channel, heldSince, at.toISOString());
    return heldSince !== null;
  });
}
