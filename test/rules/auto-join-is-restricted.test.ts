import rule from '../../rules/auto-join-is-restricted.ts';
import { known, unknown } from '../../src/model/fact.ts';
import type { Severity } from '../../src/model/severity.ts';
import type { Sections } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import { AT, buildGroup, buildSections, DOMAIN, GROUP_ID } from '../support/snapshot-builder.ts';

const subject = { kind: 'group', id: GROUP_ID } as const;
const noList = { approvedDomains: { kind: 'not_configured', text: 'approved.domains is not configured' } } as const;

function joining(patterns: readonly string[], approvedDomains: readonly string[] = [DOMAIN]): Sections {
  return buildSections({ group: buildGroup({ autoAddUsers: known(patterns) }), approvedDomains });
}

/** One case a pattern: alone, with only the group's own domain approved. */
function breaching(severity: Severity, because: string, reads: string, patterns: readonly string[]) {
  return patterns.map((pattern) => {
    const key = pattern.trim().toLowerCase();
    return {
      name: `${JSON.stringify(pattern)} is ${severity}: ${because}`,
      sections: joining([pattern]),
      at: AT,
      checked: 1,
      limits: [],
      breaches: [{ subject, key: key || '(empty)', severity, evidence: { because, pattern: key, reads } }],
    };
  });
}

testRule(rule, {
  passing: [
    { name: 'nobody is added', sections: joining([]), at: AT, checked: 0, limits: [] },
    {
      name: 'an approved domain passes, and the report says who can join',
      sections: joining([`*@${DOMAIN}`, ` *@${DOMAIN.toUpperCase()} `]),
      at: AT,
      checked: 1,
      limits: [/^Anybody with an address at harbor\.example can join by signing in$/],
    },
    { name: 'an address in an approved domain', sections: joining([`Lee.O'Neil+vt@${DOMAIN}`]), at: AT, limits: [] },
    {
      name: 'subdomains, one and all of them, that a wildcard approves',
      sections: joining(['*@eu.harbor.example', '*@*.harbor.example'], ['*.Harbor.example']),
      at: AT,
      limits: [/at eu\.harbor\.example/, /a subdomain of harbor\.example/],
    },
    {
      name: 'the same international domain in both of its spellings',
      sections: joining(['*@bücher.example', '*@xn--mller-kva.example'], ['xn--bcher-kva.example', 'MÜLLER.example']),
      at: AT,
      checked: 2,
    },
  ],
  breaching: [
    ...breaching('critical', 'open_to_anybody', 'anybody', [
      '*',
      '*@*',
      '*@',
      '@',
      '@*',
      '**@**',
      ' * @ * ',
      '＊',
      '*@*.*',
      '*@*.com',
      '*@*.co.uk',
      '*@harbor.*',
      '*@*harbor.example',
      'a*@*',
    ]),
    ...breaching('critical', 'public_mail_domain', 'domain', [
      '*@gmail.com',
      '*@GMail.COM',
      '\t*@gmail.com ',
      '*@gmail.com.',
      '*@ｇｍａｉｌ．ｃｏｍ',
      '*@proton.me',
      '*@yahoo.co.uk',
      '*@hotmail.fr',
      '*@live.com.mx',
      '*@qq.com',
    ]),
    ...breaching('critical', 'public_mail_domain', 'unclear', [
      'gmail.com',
      '@gmail.com',
      'a*@gmail.com',
      '* @gmail.com',
    ]),
    ...breaching('critical', 'public_mail_domain', 'subdomains', ['*@*.gmail.com']),
    ...breaching('high', 'public_mail_domain', 'address', ['lee@gmail.com']),
    ...breaching('high', 'domain_not_approved', 'domain', [
      '*@partner.example',
      '*@eu.harbor.example',
      '*@evilharbor.example',
      '*@harbor.example.evil.example',
      '*@hаrbor.example',
      '*@constructor.example',
      '*@gmail.example',
    ]),
    ...breaching('high', 'domain_not_approved', 'subdomains', ['*@*.harbor.example']),
    ...breaching('high', 'domain_not_approved', 'address', ['lee@partner.example']),
    ...breaching('high', 'cannot_be_understood', 'unclear', [
      '',
      '__proto__',
      'harbor.example',
      '@harbor.example',
      'a*@harbor.example',
      '*@*harbor.harbor.example',
      '*@eu.*.harbor.example',
      '* @harbor.example',
      '*@harbor',
      '*@harbor..example',
      '*@[192.0.2.7]',
      '*@192.0.2.7',
      '*@harbor.example:25',
      '*@harbor.example/x',
      'a@b@harbor.example',
      '.*@harbor\\.example',
      '"lee lee"@harbor.example',
      'Lee <lee@harbor.example>',
    ]),
    {
      name: 'patterns of any length: one finding for those that begin alike, white space does not hide a public domain',
      sections: joining([
        `${'a'.repeat(5000)}@${DOMAIN}`,
        `${'a'.repeat(6000)}@gmail.com`,
        `*${' '.repeat(5000)}@gmail.com`,
        `*@${'b'.repeat(300)}.example`,
      ]),
      at: AT,
      checked: 3,
      breaches: [
        { subject, key: `${'a'.repeat(320)}…`, severity: 'high' },
        { subject, key: '* @gmail.com', severity: 'critical' },
        { subject, key: `*@${'b'.repeat(300)}.example`, severity: 'high' },
      ],
    },
    {
      name: 'an approved public domain stays a breach, and an approved one beside it passes',
      sections: joining(['*@gmail.com', `*@${DOMAIN}`], ['gmail.com', DOMAIN]),
      at: AT,
      checked: 2,
      limits: [/harbor\.example/],
      breaches: [{ subject, key: '*@gmail.com', severity: 'critical' }],
    },
    {
      name: 'a wildcard in the list does not approve the domain itself, nor an entry nobody understands anything',
      sections: joining(['*@harbor.example'], ['*.harbor.example', '*', '', '*.example']),
      at: AT,
      breaches: [{ subject, key: '*@harbor.example', severity: 'high' }],
    },
    {
      name: 'without a list public domains are breaches and the rest is unknown',
      sections: joining(['*@gmail.com', '*@harbor.example', 'lee@gmail.com', '*']),
      missing: noList,
      at: AT,
      checked: 4,
      limits: [],
      breaches: [
        { subject, key: '*', severity: 'critical' },
        { subject, key: '*@gmail.com', severity: 'critical' },
        { subject, key: 'lee@gmail.com', severity: 'high' },
      ],
      unknown: [{ subject, key: '*@harbor.example', reason: 'not_configured' }],
    },
    {
      name: 'an empty list approves no domain',
      sections: joining(['*@harbor.example'], []),
      at: AT,
      breaches: [{ subject, key: '*@harbor.example', severity: 'high' }],
    },
  ],
  notEvaluated: [
    {
      name: 'the patterns are not visible',
      sections: buildSections({ group: buildGroup({ autoAddUsers: unknown('not_visible') }) }),
      at: AT,
      reason: 'not_visible',
    },
    {
      name: 'the group could not be collected',
      sections: buildSections(),
      missing: { group: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'no list is configured and no pattern is wrong by itself',
      sections: joining(['*@harbor.example']),
      missing: noList,
      at: AT,
      reason: 'not_configured',
      unknown: [{ subject, key: '*@harbor.example', reason: 'not_configured' }],
    },
  ],
});
