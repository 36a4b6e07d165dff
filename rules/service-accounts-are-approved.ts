import {
  type Approvals,
  type ApprovedEntry,
  accountSubject,
  approvalOf,
  type Breach,
  defineRule,
  type Judgement,
  readApprovals,
  reviewDue,
  type ServiceAccount,
  z,
} from '../src/rule.ts';

export default defineRule({
  id: 'service-accounts-are-approved',
  title: 'Every service account is approved',
  severity: 'high',
  tags: ['access', 'service-accounts'],
  why: 'A service account is an API key that belongs to no person and outlives whoever made it. One that nobody approved may feed an unknown program, or an intruder.',
  fix: {
    text: 'Delete the service account in the group’s settings (the API cannot), or have it approved and add its id to approved.serviceAccounts.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.5'],
    'ISO/IEC 27001:2022': ['A.5.16', 'A.5.18'],
    'NIST SP 800-53 r5': ['AC-2'],
    'SOC 2 TSC 2017': ['CC6.1', 'CC6.2'],
  },
  version: 1,
  needs: ['serviceAccounts', 'approvedServiceAccounts'],
  options: z.strictObject({}),

  evaluate({ serviceAccounts, approvedServiceAccounts }, _options, { at }) {
    const accounts = [...new Map(serviceAccounts.map((account) => [account.id, account])).values()];
    const approvals = readApprovals(approvedServiceAccounts, accounts);
    return {
      judgements: accounts.flatMap((account) => [
        ...judge(account, approvals, approvedServiceAccounts),
        ...reviewDue(accountSubject('service_account', account), 'a service account', approvals, at),
      ]),
      checked: accounts.length,
    };
  },
});

function judge(account: ServiceAccount, approvals: Approvals, entries: readonly ApprovedEntry[]): readonly Judgement[] {
  const subject = accountSubject('service_account', account);
  switch (approvalOf(account, approvals)) {
    case 'approved':
      return [];
    case 'ambiguous':
      return [{ subject, unknown: { kind: 'not_configured', text: AMBIGUOUS } }];
    case 'unseen':
      return [{ subject, unknown: { kind: account.email.known ? 'not_on_record' : account.email.why, text: UNSEEN } }];
    case 'missing':
      return [toBreach(account, entries)];
  }
}

const AMBIGUOUS =
  'An approved entry matches this service account and another one; write the id of the one that is meant';
const UNSEEN =
  'The address of this service account was not shown, and an approved address matches none; write the id instead';

/** An id is `<group>_<name>`. Whoever wrote the bare name into the list is told so; it does not approve. */
function toBreach(account: ServiceAccount, entries: readonly ApprovedEntry[]): Breach {
  const { id, email, name, createdAt } = account;
  const bareName =
    entries.map((entry) => entry.id.toLowerCase()).find((entry) => entry === name?.toLowerCase()) ?? null;
  const hint = bareName === null ? '' : `; the list has ${bareName}, which is its name and not its id`;
  return {
    subject: accountSubject('service_account', account),
    message: `${id} is a service account and is not among the approved ones${hint}`,
    evidence: {
      address: email.known ? email.value : null,
      bareName,
      createdAt: createdAt.known ? createdAt.value : null,
      id,
    },
  };
}
