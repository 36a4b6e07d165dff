/**
 * The simulated API of a generated group, in a process of its own, so that it takes neither time nor memory from whoever is measured:
 * arguments `members latencyMs requestsPerMinute`, the last 0 for no limit. Any message asks for a count of the requests so far.
 */
import { systemClock } from '../src/app/system-clock.ts';
import { startSimulator } from '../src/simulator/server.ts';
import { generateWorld } from '../test/support/generate-world.ts';

/** What it says once it listens. */
export interface Listening {
  readonly baseUrl: string;
  readonly key: string;
  readonly groupId: string;
  readonly identity: string;
}

/** Requests since it was last asked, and how many of them were refused for the rate. */
export interface Counted {
  readonly requests: number;
  readonly refused: number;
}

const [members = 100, latencyMs = 50, requestsPerMinute = 0] = process.argv.slice(2).map(Number);
const simulator = await startSimulator({
  scenario: generateWorld({ members, seed: 'bench' }),
  clock: systemClock,
  latencyMs,
  ...(requestsPerMinute > 0 && { requestsPerMinute }),
});
let seen = 0;
process.on('message', () => {
  const fresh = simulator.requests.slice(seen);
  seen = simulator.requests.length;
  const counted: Counted = { requests: fresh.length, refused: fresh.filter(({ status }) => status === 429).length };
  process.send?.(counted);
});
process.on('disconnect', () => process.exit());
const { baseUrl, keys, groupId, identity } = simulator;
const listening: Listening = { baseUrl, key: keys.administrator, groupId, identity };
process.send?.(listening);
