import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { UsageError } from '../app/complaint.ts';
import { diffRule } from '../app/rule-diff.ts';
import {
  builtInDoc,
  customRuleDoc,
  newRule,
  RULE_KINDS,
  type RuleKind,
  type RuleTrial,
  requireUsualFolder,
  storedGroups,
  tryRules,
  USUAL_FOLDER,
} from '../app/rule-kit.ts';
import { noSuchRule, rulesOf, toRuleSet } from '../app/rule-set.ts';
import { isConfigured, prepare } from '../app.ts';
import { silentLog } from '../model/log.ts';
import type { Requirement } from '../model/requirement.ts';
import { ExitCode } from './exit-code.ts';
import { toFlowingTable } from './flowing-table.ts';
import { interruptible } from './interruption.ts';
import {
  type AddCommand,
  collectValues,
  type Finish,
  type GlobalOptions,
  globalOptions,
  print,
  printJson,
  say,
  withApp,
} from './options.ts';
import { isUntold, toDiffLines } from './rule-diff-lines.ts';
import { printable } from './table.ts';

/** `rules list`, `show`, `new`, `test` and `diff`. */
export const addRules: AddCommand = (rules, finish) => {
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
      const global = globalOptions(command, 'warn');
      const builtIn = await builtInDoc(id);
      if (builtIn !== null) {
        print(builtIn);
        return;
      }
      const prepared = await prepare(global);
      const requirement = prepared.rules.requirements.get(id);
      if (requirement === undefined) throw new UsageError(noSuchRule(id, [...prepared.rules.requirements.keys()]));
      print(customRuleDoc(prepared, id) ?? describe(requirement));
    });
  addNew(rules);
  addTest(rules, finish);
  addDiff(rules, finish);
};

function addNew(rules: Command): void {
  rules
    .command('new')
    .description('begin a rule of your own: writes the rule, its page and its tests')
    .argument('<id>', 'small letters, digits and hyphens; states the requirement, as in contractors-sign-in')
    .addOption(
      new Option('--kind <kind>', 'YAML with expressions, TypeScript or JavaScript')
        .choices(RULE_KINDS)
        .default('yaml'),
    )
    .option(
      '--folder <directory>',
      `where to (default: the first folder under customRules in the configuration, else ./${USUAL_FOLDER})`,
    )
    .action(async (id: string, options: { kind: RuleKind; folder?: string }, command) => {
      const folder = options.folder ?? (await configuredFolders(globalOptions(command, 'error')))[0] ?? USUAL_FOLDER;
      const files = await newRule({ id, kind: options.kind, folder });
      print(files.join('\n'));
      say(`\nNext: edit ${files[0] ?? id}, then try it with\n  vt-auditor rules test ${files[0] ?? id}`);
    });
}

function addTest(rules: Command, finish: Finish): void {
  rules
    .command('test')
    .description('try rules of your own on the tests in them (YAML) or beside them (NAME.test.ts)')
    .argument(
      '[paths...]',
      `files or folders (default: the folders under customRules in the configuration, else ./${USUAL_FOLDER})`,
    )
    .addHelpText('after', '\nExit codes: 0 all pass, 1 a test failed, 2 a rule or its tests could not be loaded.')
    .action(async (paths: readonly string[], _options, command) => {
      const global = globalOptions(command, 'error');
      const where = paths.length > 0 ? paths : await foldersToTry(global);
      const trials = await tryRules(
        where.map((path) => resolve(path)),
        silentLog,
      );
      if (global.json) printJson(trials);
      else print(toTrialLines(trials).join('\n'));
      finish(exitOf(trials));
    });
}

/** A rule can be begun and tried before anything is set up. */
async function configuredFolders(global: GlobalOptions): Promise<readonly string[]> {
  return isConfigured(global) ? (await prepare(global)).config.customRules : [];
}

async function foldersToTry(global: GlobalOptions): Promise<readonly string[]> {
  const folders = await configuredFolders(global);
  return folders.length > 0 ? folders : [requireUsualFolder()];
}

function exitOf(trials: readonly RuleTrial[]): number {
  if (trials.some(({ is }) => is === 'broken')) return ExitCode.couldNot;
  return trials.some((trial) => trial.is === 'tested' && trial.problems.length > 0) ? ExitCode.findings : ExitCode.done;
}

function toTrialLines(trials: readonly RuleTrial[]): readonly string[] {
  const lines = trials.flatMap((trial) => {
    if (trial.is === 'broken') return [`BROKEN  ${printable(trial.id)}: ${printable(trial.text)}`];
    if (trial.problems.length === 0) return [`ok      ${printable(trial.id)}: ${counted(trial.cases, 'case')}`];
    return [
      `FAILED  ${printable(trial.id)}: ${counted(trial.problems.length, 'problem')} in ${counted(trial.cases, 'case')}`,
      ...trial.problems.map((one) => printable(`        ${one.case === null ? '' : `"${one.case}": `}${one.problem}`)),
    ];
  });
  const good = trials.filter((trial) => trial.is === 'tested' && trial.problems.length === 0).length;
  return [...lines, '', toTotal(good, trials.length)];
}

function toTotal(good: number, all: number): string {
  if (all === 1) return good === 1 ? 'The rule passes its tests.' : 'The rule does not pass its tests.';
  return `${good} of ${all} rules ${good === 1 ? 'passes its' : 'pass their'} tests.`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function addDiff(rules: Command, finish: Finish): void {
  rules
    .command('diff')
    .description(
      'what an edited rule file adds and removes on the latest snapshot that can tell, before it is installed',
    )
    .argument('<file>', 'a rule file, installed or not')
    .option('--group <id>', 'only this group (repeatable)', collectValues, [])
    .addHelpText('after', '\nExit codes: 0 compared, 3 for some group it could not be told what the edited rule finds.')
    .action(async (file: string, options: { group: readonly string[] }, command) => {
      const global = globalOptions(command, 'error');
      const code = await interruptible(async (signal) => {
        await withApp(global, async (app) => {
          const groups = storedGroups(app, options.group);
          const diffs = await diffRule(app, { path: resolve(file), groups, signal });
          if (global.json) printJson(diffs);
          else print(diffs.map((diff) => toDiffLines(diff).join('\n')).join('\n\n'));
          if (diffs.some(isUntold)) finish(ExitCode.partial);
        });
      });
      if (code !== null) finish(code);
    });
}

function toRuleTable(rows: readonly (Requirement & { enabled: boolean; audits: readonly string[] })[]): string {
  return toFlowingTable(rows, {
    firm: [
      { heading: 'RULE', cell: ({ id }) => id },
      { heading: 'SEVERITY', cell: ({ severity }) => severity },
      { heading: 'SOURCE', cell: ({ source }) => source, narrow: 'leaves first' },
      {
        heading: 'AUDITS',
        cell: ({ enabled, audits }) => (enabled ? audits.join(', ') || '(none)' : '(switched off)'),
      },
    ],
    flowing: [{ heading: 'REQUIREMENT', cell: ({ title }) => title }],
  });
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
