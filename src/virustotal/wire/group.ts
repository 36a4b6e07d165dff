import { z } from 'zod';
import { wireId, wireSeconds } from './envelope.ts';
import { type WireQuotas, wireQuota } from './quotas.ts';

/** A licence flag. */
export interface WirePrivilege {
  readonly granted: boolean;
  /** Unix seconds; null and 0 mean that it does not end. */
  readonly expirationDate: number | null;
  readonly inheritedFrom: string | null;
  readonly inheritedVia: string | null;
}

/** A group with the attributes that we use; an attribute that is null was not sent. */
export interface WireGroup {
  readonly id: string;
  readonly domain: string | null;
  readonly quotas: WireQuotas | null;
  readonly privileges: Readonly<Record<string, WirePrivilege>> | null;
  readonly autoAddUsers: readonly string[] | null;
  readonly forceUsersOidcLogin: boolean | null;
  /** Names of quotas and privileges whose values could not be read; they are not among the others. */
  readonly unreadable: { readonly quotas: readonly string[]; readonly privileges: readonly string[] };
}

const wirePrivilege: z.ZodType<WirePrivilege> = z
  .object({
    granted: z.boolean(),
    expiration_date: wireSeconds.nullish(),
    inherited_from: z.string().nullish(),
    inherited_via: z.string().nullish(),
  })
  .transform((privilege) => ({
    granted: privilege.granted,
    expirationDate: privilege.expiration_date ?? null,
    inheritedFrom: privilege.inherited_from ?? null,
    inheritedVia: privilege.inherited_via ?? null,
  }));

/** Entries of an open list by name, sorted: one that cannot be read costs itself, and none of the others. */
function oneByOne<T>(schema: z.ZodType<T>) {
  return z.record(z.string(), z.unknown()).transform((entries) => {
    const read: [string, T][] = [];
    const unreadable: string[] = [];
    for (const [name, value] of Object.entries(entries).sort(([one], [other]) => (one < other ? -1 : 1))) {
      const parsed = schema.safeParse(value);
      if (parsed.success) read.push([name, parsed.data]);
      else unreadable.push(name);
    }
    return { read: Object.fromEntries(read), unreadable };
  });
}

/** `/groups/{id}` (https://docs.virustotal.com/reference/group-object). Unknown texts of it (a group token) end here. */
export const wireGroup: z.ZodType<WireGroup> = z
  .object({
    id: wireId,
    attributes: z.object({
      domain_name: z.string().nullish(),
      quotas: oneByOne(wireQuota).nullish(),
      privileges: oneByOne(wirePrivilege).nullish(),
      auto_add_users: z.array(z.string()).nullish(),
      force_users_oidc_login: z.boolean().nullish(),
    }),
  })
  .transform(({ id, attributes }) => ({
    id,
    domain: attributes.domain_name || null,
    quotas: attributes.quotas?.read ?? null,
    privileges: attributes.privileges?.read ?? null,
    autoAddUsers: attributes.auto_add_users ?? null,
    forceUsersOidcLogin: attributes.force_users_oidc_login ?? null,
    unreadable: { quotas: attributes.quotas?.unreadable ?? [], privileges: attributes.privileges?.unreadable ?? [] },
  }));
