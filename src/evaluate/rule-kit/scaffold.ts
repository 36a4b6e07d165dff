import { RULE_SCHEMA_FILE, ruleJsonSchemaText } from '../expressions/rule-json-schema.ts';

/** A new file: its name and what stands in it. */
export interface NewFile {
  readonly name: string;
  readonly text: string;
}

/** Not written out at the start of a line: only rules have one, and this file is none. */
const DEFAULT = 'export default';

/** The kinds of rules that can be begun. */
export const RULE_KINDS = ['yaml', 'ts', 'js'] as const;

/** One of them. */
export type RuleKind = (typeof RULE_KINDS)[number];

/** The files of a new rule: rule, page and, where the rule does not hold them itself, tests. They load and their tests pass. */
export function newRuleFiles(id: string, kind: RuleKind): readonly NewFile[] {
  const doc = { name: `${id}.md`, text: docText(id) };
  if (kind === 'yaml') return [{ name: `${id}.yaml`, text: yamlText(id) }, doc];
  const written = (text: string): string => (kind === 'ts' ? text : withoutTypes(text, id));
  return [
    { name: `${id}.${kind}`, text: written(moduleText(id)) },
    { name: `${id}.test.${kind}`, text: written(testText(id)) },
    doc,
  ];
}

/** What follows as TypeScript, in JavaScript. */
function withoutTypes(text: string, id: string): string {
  return text
    .replace(/, type \w+/g, '')
    .replace(/(\)|cases): (?:Judgement\[\]|RuleCases)/g, '$1')
    .replaceAll(`${id}.ts`, `${id}.js`);
}

/** What editors read about rules in YAML: it belongs to the program and not to a rule, and lies beside all of them. */
export function editorFile(): NewFile {
  return { name: RULE_SCHEMA_FILE, text: ruleJsonSchemaText() };
}

/** `members-sign-in` as the beginning of a sentence. */
function toTitle(id: string): string {
  const words = id.replaceAll('-', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function yamlText(id: string): string {
  return `# yaml-language-server: $schema=./${RULE_SCHEMA_FILE}
# Every name below is checked when the file is read. Try it: vt-auditor rules test ${id}.yaml
id: ${id}
title: ${toTitle(id)}
severity: medium            # critical, high, medium, low
tags: [custom]
why: Say in a sentence what can happen when this is not met.
fix:
  text: Say what somebody must do.
  effort: low               # low, medium, high
controls: {}                # such as: { "CIS Controls v8": ["5.3"] }

options:                    # with their defaults; config.yaml can set them under rules.${id}
  maxDays: 90

for: members                # members, serviceAccounts, administrators, group, quotas, privileges, usageDays, consumers
when: |                     # true means: this one breaches
  member.lastLoginAt == null || daysSince(member.lastLoginAt) > options.maxDays
message: "\${member.id} has not signed in for more than \${options.maxDays} days"
evidence:
  lastLoginAt: member.lastLoginAt
  maxDays: options.maxDays

tests:                      # at is 2026-11-23T07:00:00Z unless a test says otherwise
  passing:
    - name: signed in yesterday
      items: [{ id: ana, lastLoginAt: 2026-11-22T10:00:00Z }]
  breaching:
    - name: not since the summer, or never
      items:
        - { id: ana, lastLoginAt: 2026-06-01T10:00:00Z }
        - { id: ben, lastLoginAt: null }
      breaches: [ana, ben]
  notEvaluated:
    - name: the key may not see last logins
      items: [{ id: ana, lastLoginAt: { unknown: not_visible } }]
      reason: not_visible
`;
}

function moduleText(id: string): string {
  return `import { accountSubject, defineRule, type Judgement, z } from 'vt-auditor/rule';

// Try it: vt-auditor rules test ${id}.ts
${DEFAULT} defineRule({
  id: '${id}',
  title: '${toTitle(id)}',
  severity: 'medium',
  tags: ['custom'],
  why: 'Say in a sentence what can happen when this is not met.',
  fix: { text: 'Say what somebody must do.', effort: 'low' },
  controls: {},
  needs: ['members'],
  options: z.strictObject({ maxDays: z.number().int().min(1).default(90) }),

  evaluate({ members }, { maxDays }, { at }) {
    return members.flatMap((member): Judgement[] => {
      const { id, lastLoginAt } = member;
      const subject = accountSubject('member', member);
      // What was not seen is neither good nor bad: say so.
      if (!lastLoginAt.known) {
        return [{ subject, unknown: { kind: lastLoginAt.why, text: 'the last login is not known' } }];
      }
      const days = lastLoginAt.value === null ? null : (at.getTime() - Date.parse(lastLoginAt.value)) / 86_400_000;
      if (days !== null && days <= maxDays) return [];
      return [
        {
          subject,
          message: \`\${id} has not signed in for more than \${maxDays} days\`,
          evidence: { lastLoginAt: lastLoginAt.value, maxDays },
        },
      ];
    });
  },
});
`;
}

function testText(id: string): string {
  return `import { AT, known, member, type RuleCases, unknown } from 'vt-auditor/rule-test';

// Cases for ${id}.ts: run with \`vt-auditor rules test ${id}.ts\`.
const cases: RuleCases = {
  passing: [{ name: 'signed in yesterday', sections: { members: [member('ana')] }, at: AT }],
  breaching: [
    {
      name: 'not since the summer',
      sections: { members: [member('ana', { lastLoginAt: known('2026-06-01T10:00:00.000Z') }), member('ben')] },
      at: AT,
      breaches: [
        { subject: { kind: 'member', id: 'ana' }, evidence: { lastLoginAt: '2026-06-01T10:00:00.000Z', maxDays: 90 } },
      ],
    },
  ],
  notEvaluated: [
    {
      name: 'the key may not see last logins',
      sections: { members: [member('ana', { lastLoginAt: unknown('not_visible') })] },
      at: AT,
      reason: 'not_visible',
    },
  ],
};

${DEFAULT} cases;
`;
}

function docText(id: string): string {
  return `# ${id}

## Requirement

${toTitle(id)}.

## Why it matters

Say in a sentence what can happen when this is not met.

## How it is checked

Say what is looked at, and what is not seen.

## How to fix

Say what somebody must do.

## Options

| option | default | meaning |
|---|---|---|
| \`maxDays\` | 90 | days without a sign-in after which a member is a finding |

## When to waive

Say when a finding is acceptable, and for how long.
`;
}
