import { UsageError } from '../app/complaint.ts';
import { shownFindings } from '../app/personal-use.ts';
import { noSuchRule } from '../app/rule-set.ts';
import type { App } from '../app.ts';
import { compareFindings, isOpen } from '../model/finding.ts';
import { isWaived } from '../model/summary.ts';
import { toFlowingTable } from './flowing-table.ts';
import { type AddCommand, collectValues, globalOptions, print, printJson, withApp } from './options.ts';

/** `findings`: what is open, or ever was. */
export const addFindings: AddCommand = (command) => {
  command
    .option('--all', 'closed ones as well')
    .option('--group <id>', 'only of this group (repeatable)', collectValues, [])
    .option('--rule <id>', 'only of this rule (repeatable)', collectValues, [])
    .action(async (options: { all?: boolean; group: readonly string[]; rule: readonly string[] }, command) => {
      const global = globalOptions(command, 'warn');
      await withApp(global, (app) => {
        const { store, rules } = app;
        requireKnownRules(options.rule, rules, store);
        const findings = store
          .groups()
          .filter((group) => options.group.length === 0 || options.group.includes(group))
          .flatMap((group) => shownFindings(app, group))
          .filter((finding) => options.all === true || isOpen(finding.state))
          .filter(({ rule }) => options.rule.length === 0 || options.rule.includes(rule))
          .toSorted(compareFindings);
        if (global.json) printJson(findings);
        else
          print(
            findings.length === 0
              ? 'No open findings in the database. `vt-auditor runs` shows when it was last looked.'
              : toFindingTable(findings),
          );
      });
    });
};

type Findings = ReturnType<Parameters<Parameters<typeof withApp>[1]>[0]['store']['findings']>;

function toFindingTable(findings: Findings): string {
  const hasSeveralGroups = new Set(findings.map(({ group }) => group)).size > 1;
  return toFlowingTable(findings, {
    firm: [
      { heading: 'ID', cell: ({ id }) => id.slice(0, 12) },
      { heading: 'SEVERITY', cell: ({ severity }) => severity },
      { heading: 'STATE', cell: (finding) => (isWaived(finding) ? `${finding.state}, waived` : finding.state) },
      { heading: 'OPEN SINCE', cell: ({ openedAt }) => openedAt.slice(0, 10) },
      { heading: 'GROUP', cell: ({ group }) => group, ...(hasSeveralGroups ? {} : { narrow: 'leaves first' }) },
    ],
    flowing: [
      { heading: 'RULE', cell: ({ rule }) => rule },
      { heading: 'MESSAGE', cell: ({ message }) => message },
    ],
  });
}

/** A misspelt rule must not read as "nothing open". Findings of a rule that is gone can still be asked for. */
function requireKnownRules(wanted: readonly string[], rules: App['rules'], store: App['store']): void {
  const stored = new Set(store.groups().flatMap((group) => store.findings(group).map(({ rule }) => rule)));
  const unknown = wanted.find((id) => !rules.requirements.has(id) && !stored.has(id));
  if (unknown !== undefined) {
    throw new UsageError(noSuchRule(unknown, [...rules.requirements.keys()]));
  }
}
