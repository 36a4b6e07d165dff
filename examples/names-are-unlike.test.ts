import { AT, known, member, type RuleCases, serviceAccount } from 'vt-auditor/rule-test';

const cases: RuleCases = {
  passing: [
    {
      name: 'ids that differ, and one that looks like a service account',
      sections: {
        members: [member('ana'), member('anna'), member('acme_soc_slem')],
        serviceAccounts: [serviceAccount('acme_soc_slem')],
      },
      at: AT,
      checked: 2,
    },
    {
      name: 'a pair that somebody has looked at',
      sections: { members: [member('lena'), member('1ena')], serviceAccounts: [] },
      options: { exempt: ['1ena'] },
      at: AT,
    },
  ],
  breaching: [
    {
      name: 'a one for an l, and the newest is named',
      sections: {
        members: [
          member('lena', { createdAt: known('2020-01-01T00:00:00.000Z') }),
          member('1ena', { createdAt: known('2026-11-20T00:00:00.000Z') }),
          member('omar'),
        ],
        serviceAccounts: [],
      },
      at: AT,
      breaches: [{ subject: { kind: 'member', id: '1ena' }, evidence: { members: ['1ena', 'lena'] } }],
    },
  ],
  notEvaluated: [
    {
      name: 'the members could not be read',
      sections: { serviceAccounts: [] },
      missing: { members: { kind: 'not_collected', text: 'HTTP 503' } },
      at: AT,
      reason: 'not_collected',
    },
  ],
};

export default cases;
