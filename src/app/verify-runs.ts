import { type ChainFault, type ChainLink, verifyChain } from '../model/chain.ts';
import type { Store } from '../store/store.ts';

/** How the chain of one group's runs stands. */
export interface VerifiedGroup {
  readonly group: string;
  readonly runs: number;
  /** When the first and the last of them began; null: there is none. */
  readonly from: string | null;
  readonly to: string | null;
  /** The last report's digest, whose beginning the footer of its mail shows: it anchors the chain outside the database. */
  readonly lastDigest: string | null;
  readonly faults: readonly ChainFault[];
}

/** Verifies the runs of a group against their digests. */
export function verifyRuns(store: Pick<Store, 'chain' | 'report'>, group: string): VerifiedGroup {
  const links = store.chain(group).map((link): ChainLink => ({ ...link, report: store.report(link.run) }));
  const last = links.at(-1);
  return {
    group,
    runs: links.length,
    from: links[0]?.startedAt ?? null,
    to: last?.startedAt ?? null,
    lastDigest: last?.digests.report ?? null,
    faults: verifyChain(links),
  };
}
