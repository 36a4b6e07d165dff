import type { EmailBody, RecipientOutcomes } from '../model/message.ts';

/** The bare address of a mailbox as people write it: `Ana <ana@acme.example>`. */
export function bareAddress(mailbox: string): string {
  return (/<([^<>]+)>\s*$/.exec(mailbox)?.[1] ?? mailbox).trim();
}

/** The same for two spellings of one address: without case, the domain as it travels (https://www.rfc-editor.org/rfc/rfc5891). */
export function addressKey(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const ascii = URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : domain;
  return `${address.slice(0, at)}@${ascii}`.toLowerCase();
}

/** Everybody a mail is for, each once, in the order of To, Cc and Bcc. */
export function allRecipients({ to, cc, bcc }: EmailBody): readonly string[] {
  const byKey = new Map<string, string>();
  for (const mailbox of [...to, ...cc, ...bcc]) {
    const address = bareAddress(mailbox);
    if (!byKey.has(addressKey(address))) byKey.set(addressKey(address), address);
  }
  return [...byKey.values()];
}

/** Those of `all` whose mail is neither accepted nor refused for good. */
export function openRecipients(all: readonly string[], settled: RecipientOutcomes): readonly string[] {
  const done = new Set([...settled.accepted, ...settled.refused.map(({ recipient }) => recipient)].map(addressKey));
  return all.filter((address) => !done.has(addressKey(address)));
}

/** `settled` with what another attempt settled. */
export function settle(
  settled: RecipientOutcomes,
  accepted: readonly string[],
  refused: RecipientOutcomes['refused'],
): RecipientOutcomes {
  return { accepted: [...settled.accepted, ...accepted], refused: [...settled.refused, ...refused] };
}
