import type { Log } from '../model/log.ts';
import type { Reason } from '../model/reason.ts';
import type { CollectedName } from '../model/snapshot.ts';
import { ApiError, type ApiErrorKind } from '../virustotal/api-error.ts';
import { MissingSection } from './missing-section.ts';

/** What reading a section came to. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly missing: Reason; readonly error: ApiErrorKind | null };

/** Sections in the words of the sentences that name them. */
const TITLES: Readonly<Record<CollectedName, string>> = {
  group: 'The group',
  members: 'The list of members',
  membersWithout2fa: 'The list of members without two-factor authentication',
  administrators: 'The list of administrators',
  roles: 'The list of roles',
  serviceAccounts: 'The list of service accounts',
  groupUsage: "The group's use of the API",
  consumption: 'Consumption by account',
  peakDays: 'Use by account on the busiest days',
  rights: "The rights of the auditor's key",
  accountActivity: 'Use by account',
  activityLog: 'The activity log',
  identityUsage: "The use of the auditor's own key",
  quotaPools: 'Which pools the quotas are drawn from',
  recentDays: 'Use by account on the last days',
  accountDays: 'Use by account and day',
  peakAccounts: 'What the accounts called that use the API most unusually',
};

const PLURAL: ReadonlySet<CollectedName> = new Set(['rights']);

/** What the reader can do about it. */
const ADVICE: Partial<Record<ApiErrorKind, string>> = {
  forbidden: ' The key must belong to an administrator of the group, and some answers need a licence.',
  unauthenticated: ' Give the auditor a valid key.',
  budget: ' Raise the budget of requests, or select fewer rules.',
  quota_exceeded: ' It can be read again when the quota is reset.',
  not_found: " Compare the group's id with the address of its page, and ask whether the key belongs to the group.",
  network: ' Check the way to the API: address, proxy, certificates.',
};

/**
 * Reads a section and turns every failure of the API into an outcome, so that one section never stops another.
 * @throws when the program is being stopped: then nothing is worth keeping.
 */
export async function tryToRead<T>(section: CollectedName, log: Log, read: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await read() };
  } catch (error) {
    if (error instanceof MissingSection)
      return {
        ok: false,
        missing: { ...notCollected(section, error.message), kind: error.reason },
        error: error.kind,
      };
    if (!(error instanceof ApiError)) {
      log.error('section failed unexpectedly', { section, error });
      return {
        ok: false,
        missing: notCollected(section, 'Something unforeseen happened; the log tells more.'),
        error: null,
      };
    }
    if (error.kind === 'aborted') throw error;
    log.warn('section was not collected', {
      section,
      operation: error.operation,
      kind: error.kind,
      status: error.status,
      code: error.code,
    });
    return {
      ok: false,
      missing: notCollected(section, `${error.message}${ADVICE[error.kind] ?? ''}`),
      error: error.kind,
    };
  }
}

/** The value of a section that another depends on. @throws MissingSection */
export function requireOutcome<T>(outcome: Outcome<T> | null): T {
  if (outcome?.ok === true) return outcome.value;
  throw new MissingSection(
    `It depends on another. ${outcome?.missing.text ?? 'That was not asked for.'}`,
    outcome?.error ?? null,
  );
}

/** The reason that a section was not collected, naming it. */
export function notCollected(section: CollectedName, sentence: string): Reason {
  return {
    kind: 'not_collected',
    text: `${TITLES[section]} ${PLURAL.has(section) ? 'were' : 'was'} not collected. ${sentence}`,
  };
}
