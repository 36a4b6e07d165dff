import type { Clock } from '../model/clock.ts';
import { Secret } from '../model/secret.ts';
import type { NetworkSettings } from '../model/settings.ts';
import { describeNetworkError } from './network-error.ts';
import { post } from './post.ts';

/** A sign of life for an outside monitor, in the healthchecks.io protocol: the address for success, `/start` and `/fail` below it. */
export interface Beat {
  readonly url: Secret;
  readonly kind: 'start' | 'success' | 'fail';
  /** Counts and ids for the monitor's log, at most a kilobyte; no name, no address. */
  readonly body: string;
  readonly network: NetworkSettings;
  readonly signal: AbortSignal;
}

const ATTEMPTS = 3;
const WAIT_MS = 2000;

/** Sends a beat. Returns null, or why it did not arrive: that is never a reason for an audit to fail. */
export async function beat({ url, kind, body, network, signal }: Beat, clock: Clock): Promise<string | null> {
  let problem = 'no attempt was made';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      const { status } = await post({
        url: addressOf(url, kind),
        body,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        network,
        signal,
      });
      if (status >= 200 && status < 300) return null;
      problem = `the monitor answered ${status}`;
    } catch (error) {
      problem = describeNetworkError(error);
    }
    if (signal.aborted) return problem;
    if (attempt < ATTEMPTS) await clock.sleep(WAIT_MS, signal).catch(() => undefined);
  }
  return problem;
}

function addressOf(url: Secret, kind: Beat['kind']): Secret {
  if (kind === 'success') return url;
  const address = new URL(url.reveal());
  address.pathname = `${address.pathname.replace(/\/$/, '')}/${kind}`;
  return new Secret(address.href);
}
