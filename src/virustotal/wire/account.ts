import { z } from 'zod';
import { wireId, wireNumber, wireSeconds } from './envelope.ts';
import { type WireQuotas, wireQuotas } from './quotas.ts';

/**
 * A user or service account as the API shows it to us, with only the attributes that we use: `apikey`, which these objects really
 * carry, ends here. An attribute that is null was not sent.
 */
export interface WireAccount {
  readonly id: string;
  readonly type: string;
  /** The element carries an error, or no attributes at all: it exists and nothing else is known of it. */
  readonly broken: boolean;
  /** The error says that the API has no record of the account behind the id (`NotFoundError`): asking again would not help. */
  readonly recordless: boolean;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly status: string | null;
  /** Unix seconds; 0 is none. */
  readonly lastLogin: number | null;
  readonly userSince: number | null;
  readonly quotas: WireQuotas | null;
  /** Roles, where the element carries them. */
  readonly roles: readonly string[] | null;
  /** Attributes that were sent in a form that nobody can read; they are null here, and not absent. */
  readonly unreadable: readonly Unreadable[];
}

/** An attribute that a judgement may rest on. */
export type Unreadable = 'email' | 'lastLogin' | 'userSince' | 'quotas';

/** What an attribute is that was sent and makes no sense: it costs itself, neither the account nor the list. */
const NONSENSE = Symbol('nonsense');

function readable<T>(schema: z.ZodType<T>) {
  return z.union([schema.nullish(), z.unknown().transform((): typeof NONSENSE => NONSENSE)]);
}

/** One list for all accounts of which everything could be read. */
const NOTHING_UNREADABLE: readonly Unreadable[] = Object.freeze([]);

const attributes = z.object({
  // Nothing is judged by these.
  first_name: z.string().nullish().catch(null),
  last_name: z.string().nullish().catch(null),
  status: z.string().nullish().catch(null),
  email: readable(z.string()),
  last_login: readable(wireSeconds),
  user_since: readable(wireSeconds),
  quotas: readable(wireQuotas),
});

const contextAttributes = z.object({ roles: z.array(z.string()).nullish() });

/** An element of `/groups/{id}/users`, `/administrators` or `/service_accounts` (https://docs.virustotal.com/reference/user-object). */
export const wireAccount: z.ZodType<WireAccount> = z
  .object({
    id: wireId,
    type: z.string(),
    error: z.object({ code: z.unknown() }).partial().nullish().catch({}),
    attributes: attributes.nullish(),
    context_attributes: contextAttributes.nullish(),
  })
  .transform(({ id, type, error, attributes, context_attributes: context }) => ({
    id,
    type,
    broken: isGiven(error) || !isGiven(attributes),
    recordless: error?.code === 'NotFoundError',
    firstName: attributes?.first_name ?? null,
    lastName: attributes?.last_name ?? null,
    email: orNull(attributes?.email) || null,
    status: attributes?.status ?? null,
    lastLogin: orNull(attributes?.last_login),
    userSince: orNull(attributes?.user_since),
    quotas: orNull(attributes?.quotas),
    roles: context?.roles ?? null,
    unreadable: unreadableOf(attributes),
  }));

function orNull<T>(value: T | typeof NONSENSE | null | undefined): T | null {
  return value === NONSENSE ? null : (value ?? null);
}

function unreadableOf(sent: z.infer<typeof attributes> | null | undefined): readonly Unreadable[] {
  const { email, last_login: lastLogin, user_since: userSince, quotas } = sent ?? {};
  const names = (['email', 'lastLogin', 'userSince', 'quotas'] as const).filter(
    (name) => ({ email, lastLogin, userSince, quotas })[name] === NONSENSE,
  );
  return names.length === 0 ? NOTHING_UNREADABLE : names;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** An element of a `relationships/...` list: an id, and the roles where the API shows them. */
export interface WireDescriptor {
  readonly id: string;
  readonly type: string;
  readonly roles: readonly string[] | null;
}

/** A descriptor (https://docs.virustotal.com/reference/relationships). */
export const wireDescriptor: z.ZodType<WireDescriptor> = z
  .object({ id: wireId, type: z.string(), context_attributes: contextAttributes.nullish() })
  .transform(({ id, type, context_attributes: context }) => ({ id, type, roles: toRoles(context?.roles ?? null) }));

/** One list for all who have none: in a large group that is nearly everybody. */
const NO_ROLES: readonly string[] = Object.freeze([]);

function toRoles(roles: readonly string[] | null): readonly string[] | null {
  return roles?.length === 0 ? NO_ROLES : roles;
}

/**
 * What a relationship of an account leads to: a list, or for those of one to one an object, which may be null. A list that goes on is
 * refused: nobody is in more groups than a page holds, so it would be something else.
 */
export const wireRelated: z.ZodType<readonly WireDescriptor[]> = z
  .object({
    data: z.union([z.array(wireDescriptor), wireDescriptor.transform((one) => [one]), z.null().transform(() => [])]),
    links: z.object({ next: z.undefined().optional() }).nullish(),
  })
  .transform(({ data }) => data);

/** An account's consumption of one quota of the group. */
export interface WireConsumer {
  readonly id: string;
  readonly used: number;
}

/** An element of `users_consuming_quota` (https://docs.virustotal.com/reference/get-group-usage). */
export const wireConsumer: z.ZodType<WireConsumer> = z
  .object({ id: wireId, context_attributes: z.object({ quota_consumed_from_group: wireNumber }) })
  .transform(({ id, context_attributes: context }) => ({ id, used: context.quota_consumed_from_group }));
