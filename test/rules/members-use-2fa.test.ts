import rule from '../../rules/members-use-2fa.ts';
import { known, unknown } from '../../src/model/fact.ts';
import { ADMINISTRATOR_ROLE, type SingleSignOn } from '../../src/model/snapshot.ts';
import { testRule } from '../support/rule-tester.ts';
import {
  AT,
  administrator,
  approved,
  buildGroup,
  buildSections,
  GROUP_ID,
  member,
  serviceAccount,
} from '../support/snapshot-builder.ts';

const attestation: SingleSignOn = {
  domains: ['Harbor.example'],
  evidence: 'IdP policy export',
  attestedBy: 'ana@harbor.example',
  until: '2026-11-23',
};
const attested = { attestation };
const enforced = buildGroup({ forceOidcLogin: known(true) });
const ordinary = { administratorBy: [], breakGlass: false, twoFactor: false };
const group = { kind: 'group', id: GROUP_ID } as const;
const attestedFacts = {
  attestedBy: 'ana@harbor.example',
  attestedWith: 'IdP policy export',
  domains: ['Harbor.example'],
  until: '2026-11-23',
};

/** Ids that are names of what every JavaScript object has. */
const hostile = ['__proto__', 'constructor', 'toString', '<img src=x>', '=cmd()'];

testRule(rule, {
  passing: [
    { name: 'nobody is without a second factor', sections: buildSections(), at: AT, checked: 5, limits: [] },
    {
      name: 'service accounts are not people, wherever they are listed',
      sections: buildSections({
        members: [...buildSections().members, member(`${GROUP_ID}_siem`)],
        membersWithout2fa: [`${GROUP_ID}_siem`],
        administrators: [administrator('amy'), administrator(`${GROUP_ID}_siem`)],
      }),
      at: AT,
      checked: 5,
    },
    {
      name: 'a member listed on two pages counts once',
      sections: buildSections({ members: [...buildSections().members, member('amy')] }),
      at: AT,
      checked: 5,
    },
    {
      name: 'single sign-on is attested and the API does not show whether it is enforced',
      sections: buildSections({
        group: buildGroup({ forceOidcLogin: unknown('not_visible') }),
        singleSignOn: attested,
      }),
      at: AT,
      limits: [/rests on the attestation .* API keys are not covered by single sign-on/],
    },
    {
      name: 'an attestation that nobody relies on has ended',
      sections: buildSections({ singleSignOn: { attestation: { ...attestation, until: '2026-11-22' } } }),
      at: AT,
      limits: [/ended on 2026-11-22.*API keys are not covered/],
    },
  ],
  breaching: [
    {
      name: 'an ordinary member, an administrator by relationship, one by role, and an emergency account',
      sections: buildSections({
        membersWithout2fa: ['emil', 'amy', 'chen', 'dora'],
        roles: {
          visible: true,
          byAccount: { chen: ['OTHER', ADMINISTRATOR_ROLE], emil: ['USER_ROLE_PRIVATE_SCANNING'] },
        },
        breakGlass: [approved('DORA@harbor.example')],
      }),
      at: AT,
      checked: 5,
      limits: [],
      breaches: [
        {
          subject: { kind: 'member', id: 'amy', email: 'amy@harbor.example', name: 'amy Harbor' },
          severity: 'critical',
          evidence: { administratorBy: ['relationship'], breakGlass: false, twoFactor: false },
        },
        {
          subject: { kind: 'member', id: 'chen' },
          severity: 'critical',
          evidence: { administratorBy: ['role'], breakGlass: false, twoFactor: false },
        },
        {
          subject: { kind: 'member', id: 'dora' },
          severity: 'critical',
          evidence: { administratorBy: [], breakGlass: true, twoFactor: false },
        },
        { subject: { kind: 'member', id: 'emil' }, severity: 'high', evidence: ordinary },
      ],
    },
    {
      name: 'ids written in another case still make an administrator and an emergency account',
      sections: buildSections({
        membersWithout2fa: ['amy', 'emil'],
        administrators: [administrator('AMY')],
        breakGlass: [approved('Emil')],
      }),
      at: AT,
      breaches: [
        { subject: { kind: 'member', id: 'amy' }, severity: 'critical' },
        { subject: { kind: 'member', id: 'emil' }, severity: 'critical' },
      ],
    },
    {
      name: 'ids that are names of built-in properties, with and without roles',
      sections: buildSections({
        members: [...buildSections().members, ...hostile.map((id) => member(id))],
        membersWithout2fa: hostile,
      }),
      at: AT,
      breaches: hostile.map((id) => ({ subject: { kind: 'member', id }, evidence: ordinary })),
    },
    {
      name: 'a role held by an account called __proto__',
      sections: buildSections({
        members: [...buildSections().members, member('__proto__')],
        membersWithout2fa: ['__proto__'],
        roles: { visible: true, byAccount: Object.fromEntries([['__proto__', [ADMINISTRATOR_ROLE]]]) },
      }),
      at: AT,
      breaches: [{ subject: { kind: 'member', id: '__proto__' }, severity: 'critical' }],
    },
    {
      name: 'a member whom the API returned without attributes',
      sections: buildSections({
        members: [
          ...buildSections().members,
          member('ghost', { name: null, email: unknown('not_on_record'), broken: true }),
        ],
        membersWithout2fa: ['ghost', 'ghost'],
      }),
      at: AT,
      checked: 6,
      breaches: [{ subject: { kind: 'member', id: 'ghost' }, severity: 'high' }],
    },
    {
      name: 'roles were not returned: the rating may be too mild, and the report says so',
      sections: buildSections({ membersWithout2fa: ['emil'], roles: { visible: false, byAccount: {} } }),
      at: AT,
      limits: [/Roles were not returned/],
      breaches: [{ subject: { kind: 'member', id: 'emil' }, severity: 'high' }],
    },
    {
      name: 'roles could not be collected: what is seen counts',
      sections: buildSections({ membersWithout2fa: ['emil'] }),
      missing: { roles: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'emil' }, severity: 'high' }],
    },
    {
      name: 'attested single sign-on, on its last day: ordinary members are one low finding, the others stay single',
      sections: buildSections({
        group: enforced,
        members: [
          ...buildSections().members,
          member('guest', { email: known('guest@partner.example') }),
          member('shadow', { email: unknown('not_on_record') }),
          member('trick', { email: known('trick@evil.example@harbor.example') }),
          member('below', { email: known('below@eu.harbor.example') }),
          member('upper', { email: known('UPPER@HARBOR.EXAMPLE') }),
        ],
        membersWithout2fa: ['upper', 'emil', 'amy', 'dora', 'guest', 'shadow', 'trick', 'below'],
        breakGlass: [approved('dora')],
        singleSignOn: attested,
      }),
      at: new Date('2026-11-23T23:59:59.999Z'),
      limits: [/API keys are not covered by single sign-on/],
      breaches: [
        { subject: { kind: 'member', id: 'amy' }, severity: 'critical', message: /API keys are not covered/ },
        { subject: { kind: 'member', id: 'dora' }, severity: 'critical', message: /API keys are not covered/ },
        { subject: { kind: 'member', id: 'guest' }, severity: 'high' },
        { subject: { kind: 'member', id: 'shadow' }, severity: 'high' },
        { subject: { kind: 'member', id: 'trick' }, severity: 'high' },
        { subject: { kind: 'member', id: 'below' }, severity: 'high' },
        {
          subject: group,
          key: 'single-sign-on',
          severity: 'low',
          message: /^2 members .*API keys are not covered by single sign-on/,
          evidence: { ...attestedFacts, count: 2, members: ['emil', 'upper'] },
        },
      ],
    },
    {
      name: 'the day after the attestation ended: all are single again',
      sections: buildSections({ group: enforced, membersWithout2fa: ['chen', 'emil'], singleSignOn: attested }),
      at: new Date('2026-11-24T00:00:00.000Z'),
      limits: [/ended on 2026-11-23/],
      breaches: [
        { subject: { kind: 'member', id: 'chen' }, severity: 'high', evidence: ordinary },
        { subject: { kind: 'member', id: 'emil' }, severity: 'high', evidence: ordinary },
      ],
    },
    {
      name: 'the API contradicts the attestation: it is a finding, and those who rely on it are no longer low',
      sections: buildSections({ membersWithout2fa: ['emil'], singleSignOn: attested }),
      at: AT,
      breaches: [
        {
          subject: group,
          key: 'attestation-contradicted',
          severity: 'high',
          message: /contradicted.*API keys are not covered/,
          evidence: { ...attestedFacts, enforced: false },
        },
        {
          subject: group,
          key: 'single-sign-on',
          severity: 'high',
          evidence: { ...attestedFacts, count: 1, members: ['emil'] },
        },
      ],
    },
    {
      name: 'the attestation is contradicted though everybody has a second factor',
      sections: buildSections({ singleSignOn: attested }),
      at: AT,
      breaches: [{ subject: group, key: 'attestation-contradicted', severity: 'high' }],
    },
    {
      name: 'the group could not be read: those who rely on single sign-on are not judged',
      sections: buildSections({ membersWithout2fa: ['amy', 'emil'], singleSignOn: attested }),
      missing: { group: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      breaches: [{ subject: { kind: 'member', id: 'amy' }, severity: 'critical' }],
      unknown: [{ subject: { kind: 'member', id: 'emil' }, reason: 'not_collected' }],
    },
  ],
  notEvaluated: [
    {
      name: 'somebody without a second factor is not in the list of members',
      sections: buildSections({ membersWithout2fa: ['emil', 'zoe'] }),
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'an id differs in case between the two lists',
      sections: buildSections({ membersWithout2fa: ['Emil'] }),
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'the list of members is empty',
      sections: buildSections({ members: [] }),
      at: AT,
      reason: 'not_on_record',
    },
    {
      name: 'an administrator is not in the list of members',
      sections: buildSections({
        administrators: [administrator('amy'), administrator('zoe'), administrator('zoe')],
        serviceAccounts: [serviceAccount('siem')],
      }),
      at: AT,
      reason: 'not_on_record',
      unknown: [{ subject: { kind: 'member', id: 'zoe' }, reason: 'not_on_record' }],
    },
    {
      name: 'members without a second factor could not be listed',
      sections: buildSections(),
      missing: { membersWithout2fa: { kind: 'not_collected', text: 'the sets do not add up' } },
      at: AT,
      reason: 'not_collected',
    },
    {
      name: 'service accounts could not be told from members',
      sections: buildSections(),
      missing: { serviceAccounts: { kind: 'not_visible', text: 'the key is not an administrator’s' } },
      at: AT,
      reason: 'not_visible',
    },
    {
      name: 'roles could not be collected and nobody is without a second factor',
      sections: buildSections(),
      missing: { roles: { kind: 'not_collected', text: 'the API answered 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
});
