import type { Subject } from './judgement.ts';
import type { AccountFacts } from './snapshot.ts';

/** An account as the subject of a finding, with its address and name where the API showed them. */
export function accountSubject(
  kind: 'member' | 'service_account',
  { id, email, name }: Pick<AccountFacts, 'id' | 'email' | 'name'>,
): Subject {
  return { kind, id, ...(email.known ? { email: email.value } : {}), ...(name === null ? {} : { name }) };
}
