import { accountSubject, type Breach, defineRule, type Judgement, type Member, notEvaluated, z } from '../src/rule.ts';

export default defineRule({
  id: 'members-belong-to-approved-domains',
  title: 'Every member has an address in an approved domain',
  severity: 'high',
  tags: ['access', 'accounts'],
  why: 'An account with an address outside the organization does not end when its owner leaves, and belongs to somebody whom no directory of yours knows.',
  fix: {
    text: 'Remove the member from the group and invite the person by an address of an approved domain, or have the domain approved and add it to approved.domains.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['5.1', '6.1'],
    'ISO/IEC 27001:2022': ['A.5.16'],
    'NIST SP 800-53 r5': ['AC-2'],
    'SOC 2 TSC 2017': ['CC6.2'],
  },
  version: 1,
  needs: ['members', 'serviceAccounts', 'approvedDomains'],
  options: z.strictObject({}),

  evaluate({ members, serviceAccounts, approvedDomains }) {
    const machines = new Set(serviceAccounts.map(({ id }) => id));
    const people = members.filter(({ id }) => !machines.has(id));
    if (people.length === 0) return notEvaluated('not_on_record', 'The list of members is empty, which proves nothing');
    const approved = approvedDomains.map(readEntry).filter((entry) => entry !== null);
    const domains = new Map<string, string | null>();
    // Members are many and their domains few.
    const domainOf = (host: string): string | null => {
      const known = domains.get(host);
      if (known !== undefined) return known;
      const domain = toDomain(host);
      domains.set(host, domain);
      return domain;
    };
    return { judgements: people.flatMap((member) => judge(member, { approved, domainOf })), checked: people.length };
  },
});

/** An approved domain, or all domains below one. */
interface Approved {
  readonly name: string;
  readonly below: boolean;
}

/** `*.example.com` approves the domains below example.com and not itself. What is no domain approves nothing. */
function readEntry(entry: string): Approved | null {
  const text = entry.trim();
  const name = toDomain(text.replace(/^\*\./, ''));
  return name === null ? null : { name, below: text.startsWith('*.') };
}

/** The domain as the DNS has it (lower case, punycode), or null when it is not one that mail could go to. */
function toDomain(host: string): string | null {
  if (/[\s/\\?#:%[\]@]/.test(host) || !URL.canParse(`http://${host}`)) return null;
  const name = new URL(`http://${host}`).hostname.replace(/\.$/, '');
  return /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name) ? name : null;
}

interface Measure {
  readonly approved: readonly Approved[];
  /** As `toDomain` has it. */
  readonly domainOf: (host: string) => string | null;
}

function judge(member: Member, { approved, domainOf }: Measure): readonly Judgement[] {
  if (!member.email.known) {
    const subject = accountSubject('member', member);
    // A record that the API itself cannot show was asked for and answered: that is no gap of the audit.
    const kind = member.broken ? 'not_on_record' : member.email.why;
    return [{ subject, unknown: { kind, text: 'The address of this member was not shown' } }];
  }
  // From the first @: an address with two of them is in nobody's domain.
  const at = member.email.value.indexOf('@');
  const written = at < 0 ? '' : member.email.value.slice(at + 1);
  const domain = domainOf(written);
  const isApproved = approved.some(({ name, below }) =>
    below ? domain?.endsWith(`.${name}`) === true : domain === name,
  );
  return isApproved ? [] : [toBreach(member, { address: member.email.value, domain: domain ?? written })];
}

function toBreach(member: Member, { address, domain }: { readonly address: string; readonly domain: string }): Breach {
  return {
    subject: accountSubject('member', member),
    message:
      domain === ''
        ? `${member.id} has an address without a domain`
        : `${member.id} has an address at ${domain}, which is not an approved domain`,
    evidence: { address, domain, id: member.id },
  };
}
