import type { Caller } from './caller.ts';
import { groupQuotas, personalQuotas } from './quotas.ts';
import type { PrivilegeData } from './scenario.ts';
import { type Account, keyOf, lastLoginOf, rolesOf, type World } from './world.ts';

/** A JSON object as it goes onto the wire. */
export type WireObject = Readonly<Record<string, unknown>>;

/** What an object is rendered for: who looks, and which attributes were asked for (null: all that the caller may see). */
export interface View {
  readonly world: World;
  readonly caller: Caller;
  readonly baseUrl: string;
  readonly attributes: ReadonlySet<string> | null;
}

/** Reads the `attributes` parameter. */
export function wantedAttributes(query: URLSearchParams): ReadonlySet<string> | null {
  const names = query.get('attributes');
  return names === null ? null : new Set(names.split(',').map((name) => name.trim()));
}

/** Attributes are computed only when they are wanted and the caller may see them: the rest is left out, not null. */
type Attributes = Record<string, () => unknown>;

function pick(attributes: Attributes, wanted: ReadonlySet<string> | null): WireObject {
  const picked: Record<string, unknown> = {};
  for (const [name, compute] of Object.entries(attributes)) {
    if (wanted !== null && !wanted.has(name)) continue;
    const value = compute();
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** The full object of an account in the vendor's form, with what the caller may see of it. */
export function accountObject(view: View, account: Account): WireObject {
  if (account.broken) return brokenObject(account.kind, account.id);
  return {
    type: account.kind,
    id: account.id,
    links: { self: `${view.baseUrl}/users/${encodeURIComponent(account.id)}` },
    attributes: pick(accountAttributes(view, account), view.attributes),
  };
}

/** A list element that the API could not load: it has an `error` and no `attributes`. */
export function brokenObject(type: string, id: string): WireObject {
  return { type, id, error: { code: 'NotFoundError', message: `User "${id}" not found` } };
}

function accountAttributes(view: View, account: Account): Attributes {
  const { world, caller } = view;
  const isOwner = caller.account.id === account.id;
  const isAdministrator = caller.standing === 'administrator' && account.group === world.group.id;
  return {
    ...publicAttributes(account),
    ...((isOwner || isAdministrator) && administratorAttributes(view, account)),
    ...(account.kind === 'user' && isAdministrator && twoFactorForAdministrators(world, account)),
    ...(account.kind === 'user' && isOwner && ownerAttributes(world, account)),
    ...(account.kind === 'service_account' && (isOwner || isAdministrator) && serviceAccountAttributes(world, account)),
  };
}

function publicAttributes(account: Account): Attributes {
  return {
    first_name: () => account.firstName,
    ...(account.kind === 'user' && {
      last_name: () => account.lastName,
      profile_phrase: () => account.profilePhrase,
    }),
    reputation: () => 1,
    status: () => (account.active ? 'active' : 'inactive'),
    user_since: () => seconds(account.since),
  };
}

function administratorAttributes({ world }: View, account: Account): Attributes {
  return {
    email: () => account.email,
    ...(account.kind === 'user' && { last_login: () => secondsOrAbsent(lastLoginOf(world, account)) }),
    quotas: () => personalQuotas(world, account),
  };
}

function twoFactorForAdministrators(world: World, account: Account): Attributes {
  return world.switches.administratorsSeeTwoFactor ? { has_2fa: () => account.has2fa } : {};
}

function ownerAttributes(world: World, account: Account): Attributes {
  return {
    apikey: () => keyOf(world, account.id),
    has_2fa: () => account.has2fa,
    preferences: () => ({ ui: { last_read_notification_date: seconds(account.since) } }),
    privileges: () => inheritedPrivileges(world, account),
  };
}

function serviceAccountAttributes(world: World, account: Account): Attributes {
  return {
    apikey: () => keyOf(world, account.id),
    preferences: () => ({}),
    privileges: () => inheritedPrivileges(world, account),
  };
}

/** What an account has through its group. `inherited_from` names the group here, and a privilege on the group itself. */
function inheritedPrivileges(world: World, account: Account): WireObject {
  const entries = Object.entries(world.group.data.privileges).map(([name, privilege]): [string, unknown] => {
    if (!privilege.granted || account.group !== world.group.id) return [name, { granted: false }];
    const expiry = expirationOf(world, privilege);
    const via = name.startsWith('intelligence') ? 'intelligence_quota_group' : 'api_quota_group';
    return [
      name,
      {
        granted: true,
        ...(expiry !== undefined && { expiration_date: expiry }),
        inherited_from: world.group.id,
        inherited_via: via,
      },
    ];
  });
  return { ...Object.fromEntries(entries), admin: { granted: false } };
}

function expirationOf(world: World, { expiresInDays }: PrivilegeData): number | undefined {
  if (expiresInDays === undefined) return undefined;
  if (expiresInDays === null) return 0;
  return seconds(world.startedAt.getTime() + expiresInDays * 86_400_000);
}

/** The group's own object. Members see most of it, administrators all. */
export function groupObject(view: View): WireObject {
  const { world, caller } = view;
  const { standing } = caller;
  return {
    type: 'group',
    id: world.group.id,
    links: { self: `${view.baseUrl}/groups/${encodeURIComponent(world.group.id)}` },
    attributes: pick(
      {
        organization: () => world.group.organization,
        organization_legal_name: () => world.group.data.legalName,
        ...(standing !== 'outsider' && memberGroupAttributes(world)),
        ...(standing === 'administrator' && { auto_add_users: () => world.group.autoAddUsers }),
      },
      view.attributes,
    ),
    ...(standing !== 'outsider' && { context_attributes: { role: standing === 'administrator' ? 'admin' : 'user' } }),
  };
}

function memberGroupAttributes(world: World): Attributes {
  const { data } = world.group;
  return {
    agreement_signed_date: () => seconds(world.startedAt.getTime() - data.signedDaysAgo * 86_400_000),
    contact_emails: () => data.contactEmails,
    country: () => data.country,
    country_iso: () => data.countryIso,
    domain_name: () => world.group.domain,
    force_users_oidc_login: () => data.forceUsersOidcLogin,
    industry: () => data.industry,
    preferences: () => ({}),
    privileges: () => groupPrivileges(world),
    quota_usage_by_user: () => ({}),
    quotas: () => groupQuotas(world),
  };
}

function groupPrivileges(world: World): WireObject {
  const entries = Object.entries(world.group.data.privileges).map(([name, privilege]): [string, unknown] => {
    const expiry = expirationOf(world, privilege);
    return [
      name,
      {
        granted: privilege.granted,
        ...(expiry !== undefined && { expiration_date: expiry }),
        ...(privilege.inheritedFrom !== undefined && { inherited_from: privilege.inheritedFrom }),
        ...(privilege.inheritedVia !== undefined && { inherited_via: privilege.inheritedVia }),
      },
    ];
  });
  return Object.fromEntries(entries);
}

/** Type and id of an account, with its roles where the caller may see them. */
export function accountDescriptor({ world, caller }: View, account: Account): WireObject {
  const areRolesVisible = world.switches.rolesShown && caller.standing === 'administrator';
  return {
    type: account.kind,
    id: account.id,
    ...(areRolesVisible && { context_attributes: { roles: rolesOf(account) } }),
  };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

function secondsOrAbsent(ms: number | null): number | undefined {
  return ms === null ? undefined : seconds(ms);
}
