import { type Facts, type Target, toAct } from '../model/change.ts';

/** A change in the words of a person who has to decide about it. */
export interface Description {
  readonly subject: string;
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** What cannot be taken back, or does not happen, though one may expect it; empty where there is nothing of the kind. */
  readonly mind: readonly string[];
}

/** Whom a target is about: the id, the address or the name as it was typed; for the group, its setting. */
export function subjectOf(target: Target): string {
  if ('id' in target) return target.id;
  if ('address' in target) return target.address;
  return target.kind === 'create_service_account' ? target.name : 'automatic joining';
}

/** Describes a change. */
export function describe(target: Target, before: Facts): Description {
  return { subject: subjectOf(target), what: toAct(target), ...describeKind(target, before) };
}

function describeKind(target: Target, before: Facts): Omit<Description, 'subject' | 'what'> {
  switch (target.kind) {
    case 'add_member':
      return {
        from: 'not a member',
        to: before['account'] === null ? 'invited by e-mail' : `member ${String(before['account'])}`,
        mind: [
          before['account'] === null
            ? 'whoever has no account is invited and is a member only after signing up; an invitation cannot be withdrawn by the API'
            : 'the member is told by e-mail',
        ],
      };
    case 'remove_member':
      return {
        from: before['administrator'] === true ? 'member and administrator' : 'member',
        to: 'not a member',
        mind: [
          'the account lives on outside the group, and so does its API key',
          'adding it again restores neither rights nor cap',
          ...(before['address'] === null ? ['its address is not visible, so this cannot be undone from here'] : []),
        ],
      };
    case 'grant_administrator':
      return {
        from: 'member',
        to: 'administrator',
        mind: ['administrators can read the API keys of all service accounts, which a later revocation does not undo'],
      };
    case 'revoke_administrator':
      return {
        from: before['administrator'] === 'role' ? 'administrator by role' : 'administrator',
        to: before['kind'] === 'service_account' ? 'service account without that role' : 'member',
        mind: ['API keys of service accounts that were read meanwhile stay valid'],
      };
    case 'cap_account':
      return {
        from: showCap(before['dailyCap']),
        to: showCap(target.daily),
        mind: target.daily === 0 ? ['with a cap of 0 the key of the account is of no use any more'] : [],
      };
    case 'create_service_account':
      return {
        from: 'does not exist',
        to: 'exists, with an API key that administrators can read on the web page',
        mind: ['the API cannot delete it again; only the web page can'],
      };
    case 'set_service_account_roles':
      return { from: showList(before['roles']), to: showList(target.roles), mind: [] };
    case 'set_auto_join':
      return {
        from: showList(before['patterns']),
        to: showList([...target.patterns].sort()),
        mind: ['who joined by an earlier pattern stays a member', ...wildcardsOf(target.patterns)],
      };
  }
}

function wildcardsOf(patterns: readonly string[]): readonly string[] {
  const domains = patterns.filter((pattern) => pattern.startsWith('*@')).map((pattern) => pattern.slice(2));
  return domains.length === 0 ? [] : [`anybody with an address at ${domains.join(', ')} can join by signing up`];
}

function showCap(cap: unknown): string {
  return typeof cap === 'number' ? `${cap} a day` : 'no cap';
}

function showList(list: unknown): string {
  return Array.isArray(list) && list.length > 0 ? list.map(String).join(', ') : 'none';
}

/** Facts in a line, for a message about two looks that differ. */
export function showFacts(facts: Facts): string {
  return Object.entries(facts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join('/') || 'none' : String(value)}`)
    .join(', ');
}
