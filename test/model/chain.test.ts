import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChainLink, digestJson, digestReport, verifyChain } from '../../src/model/chain.ts';
import { cleanReport } from '../support/report-builder.ts';

const HEX = 'a'.repeat(64);

/** Runs as they are committed: each report knows its digest, each digest the one before it. */
function chain(count: number): readonly ChainLink[] {
  const links: ChainLink[] = [];
  for (let index = 0; index < count; index += 1) {
    const before = links.at(-1);
    const bare = { ...cleanReport(), digests: null, nextRunAt: `2026-12-0${index + 1}T08:00:00.000Z` };
    const sections = [['group', `${index}`.repeat(64)]] as const;
    const digests = {
      config: HEX,
      rules: HEX,
      sections: digestJson(sections),
      report: digestReport(bare),
      previous: before === undefined ? null : digestJson(before.digests),
    };
    links.push({
      run: `run-${index}`,
      startedAt: `2026-11-2${index}`,
      digests,
      report: { ...bare, digests },
      sections,
    });
  }
  return links;
}

const runsIn = (links: readonly ChainLink[]) => verifyChain(links).map(({ run }) => run);

test('runs that are as they were committed have no fault', () => {
  assert.deepEqual(verifyChain(chain(4)), []);
  assert.deepEqual(verifyChain([]), []);
});

test('a report that was touched, or is gone, is told', () => {
  const touched = chain(3).map((link) =>
    link.run === 'run-1' && link.report !== null ? { ...link, report: { ...link.report, nextRunAt: null } } : link,
  );
  assert.deepEqual(verifyChain(touched), [{ run: 'run-1', problem: 'its report was changed after it was committed' }]);
  assert.deepEqual(runsIn(chain(3).map((link) => (link.run === 'run-2' ? { ...link, report: null } : link))), [
    'run-2',
  ]);
});

test('a run that was taken out, at the beginning or in the middle, is told', () => {
  assert.deepEqual(runsIn(chain(4).slice(1)), ['run-1']);
  assert.deepEqual(runsIn(chain(4).filter(({ run }) => run !== 'run-2')), ['run-3']);
});

test('digests that were mended to fit a changed report break the next link', () => {
  const forged = chain(3).map((link) => {
    if (link.run !== 'run-0' || link.report === null) return link;
    const report = { ...link.report, baseline: true };
    return { ...link, report, digests: { ...link.digests, report: digestReport(report) } };
  });
  assert.deepEqual(runsIn(forged), ['run-1']);
});

test('a section that was exchanged is told', () => {
  const exchanged = chain(2).map((link) =>
    link.run === 'run-1' ? { ...link, sections: [['group', HEX]] as const } : link,
  );
  assert.deepEqual(runsIn(exchanged), ['run-1']);
});
