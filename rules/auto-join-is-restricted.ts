import { type Breach, defineRule, type Judgement, notEvaluated, type Section, type Severity, z } from '../src/rule.ts';

export default defineRule({
  id: 'auto-join-is-restricted',
  title: 'Nobody joins the group by themselves except from approved domains',
  severity: 'high',
  tags: ['access'],
  why: 'Whoever signs in with an address that matches an automatic-join pattern becomes a member without being asked for, and sees what the group has uploaded and searched.',
  fix: {
    text: 'Remove the pattern from the group’s automatically added users, or narrow it to a domain that the organization owns and approves.',
    effort: 'low',
    url: 'https://docs.virustotal.com/docs/admins-guide',
  },
  controls: {
    'CIS Controls v8': ['6.1'],
    'ISO/IEC 27001:2022': ['A.5.16', 'A.5.18'],
    'NIST SP 800-53 r5': ['AC-2'],
    'SOC 2 TSC 2017': ['CC6.2'],
  },
  version: 1,
  needs: ['group'],
  // A public mail domain is wrong whatever is approved; only the rest needs the list.
  wants: ['approvedDomains'],
  options: z.strictObject({}),

  evaluate({ group, approvedDomains }) {
    if (!group.autoAddUsers.known) {
      return notEvaluated(
        group.autoAddUsers.why,
        'Automatically added users are shown to administrators only, and were not shown',
      );
    }
    const patterns = [...new Set(group.autoAddUsers.value.map(tidy))].sort();
    const read = patterns.map((pattern) => ({ pattern, meaning: readPattern(pattern) }));
    return {
      judgements: read.flatMap(({ pattern, meaning }) => judge({ group: group.id, pattern, meaning, approvedDomains })),
      checked: patterns.length,
      limits: read.flatMap(({ meaning }) => limitOf(meaning, approvedDomains)),
    };
  },
});

/** Characters of a pattern: an address has at most 254, so what is longer is cut and cannot be understood. */
const LONGEST = 320;

function tidy(pattern: string): string {
  const text = pattern.trim().replaceAll(/\s+/g, ' ').toLowerCase();
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST).toWellFormed()}…`;
}

/** Who joins by a pattern: anybody, all addresses of a domain, all addresses below a domain, one address. */
type Meaning =
  | { readonly kind: 'anybody' }
  | { readonly kind: 'domain' | 'subdomains' | 'address'; readonly domain: string }
  | { readonly kind: 'unclear'; readonly domain: string | null };

/**
 * The vendor documents full addresses and `*@domain`. Anything else is read in the widest sense that it could have, because what the
 * service makes of it is not documented.
 */
function readPattern(pattern: string): Meaning {
  if (pattern.length > LONGEST) return { kind: 'unclear', domain: null };
  const text = pattern.normalize('NFKC').replaceAll(/\s/g, '');
  if (/^[*@.]*[*@][*@.]*$/.test(text)) return { kind: 'anybody' };
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const host = text.slice(at + 1);
  const labels = host.split('.');
  const lastWildcard = labels.findLastIndex((label) => label.includes('*'));
  const fixed = toDomain(labels.slice(lastWildcard + 1).join('.'));
  if (lastWildcard >= 0 && (fixed === null || REGISTRIES.has(fixed))) return { kind: 'anybody' };
  if (fixed === null || /\s/.test(pattern)) return { kind: 'unclear', domain: fixed };
  if (lastWildcard === 0 && labels[0] === '*' && local === '*') return { kind: 'subdomains', domain: fixed };
  if (lastWildcard >= 0) return { kind: 'unclear', domain: fixed };
  if (local === '*') return { kind: 'domain', domain: fixed };
  if (/^[a-z0-9.!#$%&'+/=?^_`{|}~-]+$/.test(local)) return { kind: 'address', domain: fixed };
  return { kind: 'unclear', domain: fixed };
}

/** The domain as the DNS has it (lower case, punycode), or null when it is not one that mail could go to. */
function toDomain(host: string): string | null {
  if (/[/\\?#:%[\]@]/.test(host) || !URL.canParse(`http://${host}`)) return null;
  const name = new URL(`http://${host}`).hostname.replace(/\.$/, '');
  return /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?$/.test(name) ? name : null;
}

interface Case {
  readonly group: string;
  readonly pattern: string;
  readonly meaning: Meaning;
  readonly approvedDomains: Section<readonly string[]>;
}

function judge({ group, pattern, meaning, approvedDomains }: Case): readonly Judgement[] {
  // A key must not be empty: a breach without a key is another one.
  const subject = { kind: 'group', id: group } as const;
  const key = pattern === '' ? '(empty)' : pattern;
  const breach = (severity: Severity, because: string, message: string): Breach[] => [
    { subject, key, severity, message, evidence: { because, pattern, reads: meaning.kind } },
  ];
  if (meaning.kind === 'anybody') {
    return breach(
      'critical',
      'open_to_anybody',
      `Anybody can join the group by signing in: it adds ${key} automatically`,
    );
  }
  if (meaning.domain !== null && isPublic(meaning.domain)) {
    return meaning.kind === 'address'
      ? breach('high', 'public_mail_domain', `The group adds ${key} automatically, an address at a public mail domain`)
      : breach(
          'critical',
          'public_mail_domain',
          `Anybody with a mailbox at ${meaning.domain} can join the group by signing in: it adds ${key} automatically`,
        );
  }
  if (meaning.kind === 'unclear') {
    const message = `The group adds ${key} automatically, a pattern that cannot be understood`;
    return breach('high', 'cannot_be_understood', message);
  }
  if (!approvedDomains.present) {
    const text = `Whether the domain of an automatically added pattern is approved could not be judged: ${approvedDomains.missing.text}`;
    return [{ subject, key, unknown: { kind: approvedDomains.missing.kind, text } }];
  }
  const wanted = meaning.kind === 'subdomains' ? `*.${meaning.domain}` : meaning.domain;
  if (isApproved(wanted, approvedDomains.value)) return [];
  const message = `The group adds ${key} automatically, and ${wanted} is not an approved domain`;
  return breach('high', 'domain_not_approved', message);
}

/** `*.example.com` approves every domain below example.com, and a pattern for all of them; example.com approves itself. */
function isApproved(domain: string, approved: readonly string[]): boolean {
  return approved.some((entry) => {
    const wildcard = entry.trim().startsWith('*.');
    const name = toDomain(entry.trim().replace(/^\*\./, ''));
    if (name === null) return false;
    return wildcard ? domain.endsWith(`.${name}`) : domain === name;
  });
}

function limitOf(meaning: Meaning, approvedDomains: Section<readonly string[]>): readonly string[] {
  if (!approvedDomains.present) return [];
  if (meaning.kind === 'domain' && !isPublic(meaning.domain) && isApproved(meaning.domain, approvedDomains.value)) {
    return [`Anybody with an address at ${meaning.domain} can join by signing in`];
  }
  if (meaning.kind === 'subdomains' && isApproved(`*.${meaning.domain}`, approvedDomains.value)) {
    return [`Anybody with an address at a subdomain of ${meaning.domain} can join by signing in`];
  }
  return [];
}

function isPublic(domain: string): boolean {
  return PUBLIC_DOMAINS.has(domain) || NATIONAL_EDITION.test(domain);
}

/** Large providers have one domain a country: yahoo.co.uk, hotmail.fr, live.com.mx. */
const NATIONAL_EDITION = /^(?:yahoo|ymail|hotmail|outlook|live|msn|gmx|yandex|aol|zoho)\.(?:(?:co|com)\.)?[a-z]{2}$/;

/** Mail domains at which anybody gets a mailbox without belonging to anything. */
const PUBLIC_DOMAINS: ReadonlySet<string> = new Set([
  '126.com',
  '139.com',
  '163.com',
  '189.cn',
  'aim.com',
  'aol.com',
  'att.net',
  'bellsouth.net',
  'bk.ru',
  'bluewin.ch',
  'bol.com.br',
  'btinternet.com',
  'comcast.net',
  'cox.net',
  'daum.net',
  'disroot.org',
  'duck.com',
  'earthlink.net',
  'email.com',
  'fastmail.com',
  'fastmail.fm',
  'foxmail.com',
  'free.fr',
  'freenet.de',
  'gmail.com',
  'gmx.com',
  'gmx.net',
  'googlemail.com',
  'guerrillamail.com',
  'hanmail.net',
  'hey.com',
  'hotmail.com',
  'hushmail.com',
  'icloud.com',
  'inbox.com',
  'inbox.ru',
  'interia.pl',
  'keemail.me',
  'laposte.net',
  'libero.it',
  'list.ru',
  'live.com',
  'mac.com',
  'mail.com',
  'mail.ee',
  'mail.ru',
  'mailbox.org',
  'mailinator.com',
  'mailfence.com',
  'me.com',
  'msn.com',
  'naver.com',
  'o2.pl',
  'onet.pl',
  'orange.fr',
  'outlook.com',
  'passport.com',
  'pm.me',
  'posteo.de',
  'posteo.net',
  'proton.me',
  'protonmail.ch',
  'protonmail.com',
  'qq.com',
  'rambler.ru',
  'rediffmail.com',
  'rocketmail.com',
  'runbox.com',
  'sbcglobal.net',
  'seznam.cz',
  'sfr.fr',
  'sina.cn',
  'sina.com',
  'sohu.com',
  'startmail.com',
  't-online.de',
  'tiscali.it',
  'tuta.com',
  'tuta.io',
  'tutamail.com',
  'tutanota.com',
  'tutanota.de',
  'ukr.net',
  'uol.com.br',
  'verizon.net',
  'virgilio.it',
  'wanadoo.fr',
  'web.de',
  'wp.pl',
  'ya.ru',
  'yahoo.com',
  'yandex.com',
  'yeah.net',
  'ymail.com',
  'yopmail.com',
  'zoho.com',
  'zohomail.com',
]);

/** Names of two labels below which anybody can register a domain; a wildcard over one of them is open to all. */
const REGISTRIES: ReadonlySet<string> = new Set([
  'ac.uk',
  'co.il',
  'co.in',
  'co.jp',
  'co.kr',
  'co.nz',
  'co.uk',
  'co.za',
  'com.ar',
  'com.au',
  'com.br',
  'com.cn',
  'com.co',
  'com.hk',
  'com.mx',
  'com.my',
  'com.pl',
  'com.sg',
  'com.tr',
  'com.tw',
  'com.ua',
  'me.uk',
  'ne.jp',
  'net.au',
  'or.jp',
  'org.au',
  'org.uk',
]);
