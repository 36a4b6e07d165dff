import { UsageError } from '../app/complaint.ts';
import { rulesOf, toRuleSet } from '../app/rule-set.ts';
import { prepare } from '../app.ts';
import type { Requirement } from '../model/requirement.ts';
import { type AddCommand, globalOptions, print, printJson, say } from './options.ts';
import { toTable } from './table.ts';

/** `rules list` and `rules show ID`. */
export const addRules: AddCommand = (program) => {
  const rules = program.command('rules').description('the rules: built-in ones and your own');
  rules
    .command('list')
    .description('list every rule, with the audits that judge it')
    .action(async (_options, command) => {
      const global = globalOptions(command, 'warn');
      const { config, rules: loaded, clock } = await prepare(global);
      const set = toRuleSet(loaded, config, clock.now());
      const auditsOf = (id: string): readonly string[] =>
        config.audits.filter((audit) => rulesOf(audit, set).includes(id)).map(({ name }) => name);
      const off = new Set(set.disabled.map(({ id }) => id));
      const rows = [...set.requirements.values()].map((requirement) => ({
        ...requirement,
        enabled: !off.has(requirement.id),
        audits: auditsOf(requirement.id),
      }));
      if (global.json) printJson({ rules: rows, broken: set.broken });
      else {
        print(toRuleTable(rows));
        for (const { file, reason } of set.broken) say(`not loaded: ${file}: ${reason.text}`);
      }
    });
  rules
    .command('show')
    .description('print the page about a rule')
    .argument('<id>')
    .action(async (id: string, _options, command) => {
      const { rules: loaded, ruleDoc } = await prepare(globalOptions(command, 'warn'));
      const requirement = loaded.requirements.get(id);
      if (requirement === undefined)
        throw new UsageError(`there is no rule "${id}"; \`vt-auditor rules list\` shows those that there are`);
      print(requirement.source === 'built-in' ? ruleDoc(id) : describe(requirement));
    });
};

function toRuleTable(rows: readonly (Requirement & { enabled: boolean; audits: readonly string[] })[]): string {
  return toTable(rows, [
    { heading: 'RULE', cell: ({ id }) => id },
    { heading: 'SEVERITY', cell: ({ severity }) => severity },
    { heading: 'SOURCE', cell: ({ source }) => source },
    { heading: 'AUDITS', cell: ({ enabled, audits }) => (enabled ? audits.join(', ') || '(none)' : '(switched off)') },
    { heading: 'REQUIREMENT', cell: ({ title }) => title },
  ]);
}

function describe(requirement: Requirement): string {
  const controls = Object.entries(requirement.controls).map(([framework, ids]) => `- ${framework}: ${ids.join(', ')}`);
  return [
    `# ${requirement.id}`,
    '',
    `${requirement.title}. Severity ${requirement.severity}; tags ${requirement.tags.join(', ') || 'none'}.`,
    '',
    '## Why it matters',
    '',
    requirement.why,
    '',
    '## How to fix',
    '',
    `${requirement.fix.text} (effort: ${requirement.fix.effort})`,
    ...(controls.length === 0 ? [] : ['', '## Evidence for', '', ...controls]),
  ].join('\n');
}
