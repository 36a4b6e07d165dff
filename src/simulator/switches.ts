/**
 * What the vendor's documents leave open, or contradict themselves about. Clients must cope with both settings of each.
 * The defaults are the readings that the vendor's own scripts rely on.
 */
export interface Switches {
  /** `api_usage` sits in `data`, or its keys stand bare. */
  readonly usageWrapped: boolean;
  /** Endpoints are called `/api/v3/(files)` or `files`. */
  readonly usageEndpointNames: 'path' | 'bare';
  /** Days without use are `{}` or left out. */
  readonly usageEmptyDays: 'present' | 'absent';
  /** Calls that cost nothing have keys of their own, or are mixed into `daily` and `total`. */
  readonly usageForm: 'four-keys' | 'two-keys';
  /** A start before the 60 days that are kept. */
  readonly usageBeyondRetention: 'refused' | 'clamped';
  /** A filter keyword that the API does not know. */
  readonly unknownFilter: 'refused' | 'ignored';
  /** Relationship reads carry `context_attributes.roles` for administrators. */
  readonly rolesShown: boolean;
  /** Whoever is administrator by role only is in the `administrators` relationship as well. */
  readonly roleAdministratorsListed: boolean;
  /** Service accounts are listed in `users` too. */
  readonly serviceAccountsAmongUsers: boolean;
  /** Plain members may list the service accounts (without the administrators' attributes). */
  readonly membersListServiceAccounts: boolean;
  /** Administrators see `has_2fa` of members, which is documented as the owner's only. */
  readonly administratorsSeeTwoFactor: boolean;
  /** What an account outside the group gets from `/groups/{id}`. */
  readonly outsiderReadsGroup: 'forbidden' | 'public';
  /** The membership check of somebody who is not a member. */
  readonly nonMemberCheck: 'false' | 'not-found';
  /** Member lists carry `meta.count`. */
  readonly countShown: boolean;
  /** `users_consuming_quota` goes down to accounts that used nothing. */
  readonly zeroConsumersListed: boolean;
  /** The type of service accounts in `users_consuming_quota`. */
  readonly consumingServiceAccountType: 'user' | 'service_account';
  /** The answer to PATCH `/users/{id}`: the prose promises the user, the schema an empty text. */
  readonly patchUserAnswer: 'object' | 'empty';
  /** Adding somebody who is in another group. */
  readonly foreignMember: 'conflict' | 'invalid';
}

/** The readings that the vendor's own scripts rely on. */
export const DEFAULT_SWITCHES: Switches = {
  usageWrapped: true,
  usageEndpointNames: 'path',
  usageEmptyDays: 'present',
  usageForm: 'four-keys',
  usageBeyondRetention: 'refused',
  unknownFilter: 'refused',
  rolesShown: true,
  roleAdministratorsListed: false,
  serviceAccountsAmongUsers: false,
  membersListServiceAccounts: true,
  administratorsSeeTwoFactor: false,
  outsiderReadsGroup: 'forbidden',
  nonMemberCheck: 'false',
  countShown: true,
  zeroConsumersListed: true,
  consumingServiceAccountType: 'user',
  patchUserAnswer: 'object',
  foreignMember: 'conflict',
};
