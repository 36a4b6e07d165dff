import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Message } from '../../src/model/message.ts';
import type { Run } from '../../src/model/run.ts';
import type { RunRecord } from '../../src/model/run-record.ts';
import type { Yardstick } from '../../src/model/yardstick.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { buildReport, buildRun } from './report-builder.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store on a file of its own, closed after the test. */
export function temporaryStore(t: TestContext): { readonly store: Store; readonly path: string } {
  const path = join(temporaryFolder(t), 'data', 'auditor.db');
  const store = openStore({ path });
  t.after(() => store.close());
  return { store, path };
}

/** A yardstick that measures nothing. */
export function buildYardstick(over: Partial<Yardstick> = {}): Yardstick {
  return {
    version: '0.1.0',
    rules: {},
    disabled: {},
    intended: {
      approvedAdministrators: null,
      approvedServiceAccounts: null,
      approvedDomains: null,
      breakGlass: null,
      singleSignOn: null,
      identity: null,
    },
    waivers: [],
    ...over,
  };
}

/** A commit of a run without a slot that found nothing, unless told otherwise. */
export function buildCommit(
  id: string,
  over: Partial<RunRecord> & { readonly runOver?: Partial<Run> } = {},
): RunRecord {
  const { runOver, ...rest } = over;
  const run = rest.run ?? buildRun({ id, slot: null, ...runOver });
  return {
    basedOn: null,
    sections: [],
    summaries: [],
    results: [],
    fates: [],
    findings: [],
    quotaReadings: [],
    told: [],
    report: buildReport({ run }),
    digests: { config: 'c', rules: 'r', sections: 's', report: `report of ${id}`, previous: null },
    yardstick: buildYardstick(),
    messages: [],
    usage: [],
    accountDays: [],
    slots: [],
    at: new Date('2026-11-23T07:00:41.000Z'),
    ...rest,
    run,
  };
}

/** A webhook message to channel `siem`. */
export function buildMessage(id: string, over: Partial<Message> = {}): Message {
  return {
    id,
    wireId: `wire_${id}`,
    channel: 'siem',
    key: '',
    body: { kind: 'webhook', contentType: 'application/json', body: `{"id":"${id}"}` },
    ...over,
  };
}
