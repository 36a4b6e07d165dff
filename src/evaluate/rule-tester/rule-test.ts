import { known } from '../../model/fact.ts';
import type {
  Administrator,
  ApprovedEntry,
  Group,
  Member,
  Privilege,
  Quota,
  ServiceAccount,
} from '../../model/snapshot.ts';

// What test files of custom rules import as `vt-auditor/rule-test`.

export { known, unknown } from '../../model/fact.ts';
export type { BreachingCase, ExpectedBreach, NotEvaluatedCase, RuleCase, RuleCases } from './check-rule.ts';

/** The instant of the tests: a Monday morning. */
export const AT = new Date('2026-11-23T07:00:00.000Z');

/** A member who signed in on the day before `AT`, with some facts replaced. */
export function member(id: string, facts: Partial<Member> = {}): Member {
  return { ...account(id), lastLoginAt: known('2026-11-22T10:00:00.000Z'), ...facts };
}

/** A service account without a cap of its own, with some facts replaced. */
export function serviceAccount(id: string, facts: Partial<ServiceAccount> = {}): ServiceAccount {
  return { ...account(id), ...facts };
}

/** An entry of the administrators relationship. */
export function administrator(id: string, facts: Partial<Administrator> = {}): Administrator {
  return { id, name: id, email: known(`${id}@acme.example`), ...facts };
}

/** An account that the configuration approves. */
export function approved(id: string, facts: Partial<ApprovedEntry> = {}): ApprovedEntry {
  return { id, owner: null, ticket: null, reviewBy: null, ...facts };
}

/** A granted privilege that does not end. */
export function privilege(name: string, facts: Partial<Privilege> = {}): Privilege {
  return { name, granted: true, expiresAt: null, inheritedFrom: null, inheritedVia: null, ...facts };
}

/** An allowance and what is used of it. */
export function quota(allowed: number, used: number): Quota {
  return { allowed, used };
}

/** A group with nothing in it, with some facts replaced. */
export function group(facts: Partial<Group> = {}): Group {
  return {
    id: 'acme_soc',
    domain: 'acme.example',
    quotas: known({}),
    privileges: known([]),
    autoAddUsers: known([]),
    forceOidcLogin: known(false),
    ...facts,
  };
}

function account(id: string): ServiceAccount {
  return {
    id,
    name: id,
    email: known(`${id}@acme.example`),
    status: 'active',
    createdAt: known('2024-03-14T09:10:00.000Z'),
    quotas: known({}),
    broken: false,
  };
}
