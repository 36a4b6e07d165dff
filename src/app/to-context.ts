import type { Prepared } from '../app.ts';
import { ruleIdOf } from '../audit/auditor-health.ts';
import type { AuditContext, RuleSet } from '../audit/job.ts';
import type { AuditSettings, Config } from '../model/settings.ts';
import type { Store } from '../store/store.ts';
import { createAuditClient } from '../virustotal/audit-client.ts';
import type { Paces } from '../virustotal/pace.ts';
import { noteRequests } from './own-requests.ts';
import { rulesOf } from './rule-set.ts';
import type { Traffic } from './traffic.ts';
import { waiversInForce } from './waivers-in-force.ts';

/** What lives as long as the program. */
export interface Lasting {
  readonly store: Store;
  readonly paces: Paces;
  readonly traffic: Traffic;
}

/** What the audits of a configuration share: its rules and settings, and what outlives it. */
export function toContext(
  { config, clock, log, version, templates }: Prepared,
  { store, paces, traffic }: Lasting,
  rules: RuleSet,
): AuditContext {
  return {
    store,
    rules,
    inScope: rulesInScope(config, rules),
    reminders: config.reminders,
    maxWaiverDays: config.maxWaiverDays,
    channels: config.channels,
    privacy: config.privacy,
    look: config.report,
    templates,
    budget: config.api.budget,
    configDigest: config.digest,
    version,
    clock,
    log,
    openClient: (group, signal) =>
      noteRequests(
        createAuditClient({
          api: config.api,
          group,
          clock,
          log,
          version,
          pace: paces.of(group.id, config.api.requestsPerMinute),
          around: (exchange) => traffic.counting(exchange),
          ...(signal === undefined ? {} : { signal }),
        }),
        { group: group.id, store, clock },
      ),
    loadWaivers: (at) => waiversInForce({ config, store, log }, at),
  };
}

function rulesInScope(config: Config, rules: RuleSet): AuditContext['inScope'] {
  return new Map(
    config.groups.map(({ id }) => [
      id,
      new Set(
        config.audits
          .filter(({ groups }) => groups.includes(id))
          .flatMap((audit) => [...rulesOf(audit, rules), ...brokenRulesOf(audit, rules)]),
      ),
    ]),
  );
}

/** Rules whose file does not load. Their tags are not known, so that any tag may have meant them. */
function brokenRulesOf(audit: AuditSettings, rules: RuleSet): readonly string[] {
  return rules.broken
    .map(({ file }) => ruleIdOf(file))
    .filter((id) => audit.rules.some((pattern) => pattern === '*' || pattern === id || pattern.startsWith('tag:')));
}
