import { writeFileSync } from 'node:fs';
import { UsageError } from '../app/complaint.ts';
import { withManaging } from '../app/manage.ts';
import { planRemediation, type RemediationPlan } from '../app/manage-remediation.ts';
import { showPlan } from './changing.ts';
import { ExitCode } from './exit-code.ts';
import { withReading } from './listing.ts';
import { type AddCommand, collectValues, globalOptions, print, say, wholeNumber } from './options.ts';
import { printable } from './table.ts';

interface RemediateOptions {
  readonly group?: string;
  readonly rule: readonly string[];
  readonly finding: readonly string[];
  readonly cap?: number;
  readonly output?: string;
}

/** More than a plan holds. */
const NO_MATTER_HOW_MANY = 1_000;

/** `remediate`: from open findings to a plan that somebody reviews. */
export const addRemediate: AddCommand = (command, finish) => {
  command
    .option('--group <id>', 'the group (default: the only one in the configuration)')
    .option('--rule <id>', 'only findings of this rule (repeatable)', collectValues, [])
    .option('--finding <id>', 'only this finding (repeatable)', collectValues, [])
    .option('--cap <n>', 'API requests a day for service accounts without a cap', wholeNumber(1, 999_999_999))
    .option('--output <file>', 'write the plan there (default: print it)')
    .action(async (options: RemediateOptions, command) => {
      finish(
        await withReading(globalOptions(command, 'error'), ({ app, stop }) =>
          withManaging(
            app,
            { group: options.group ?? null, keyFile: null, apply: false, maxChanges: NO_MATTER_HOW_MANY, signal: stop },
            async (managing) => {
              const { rule: rules, finding: findings, cap = null } = options;
              const remediation = await planRemediation(app, managing, { rules, findings, cap });
              explain(remediation);
              return hand(remediation.text, options.output);
            },
          ),
        ),
      );
    });
};

function explain({ plan, byHand }: RemediationPlan): void {
  say(showPlan(plan));
  for (const { finding, why } of byHand)
    say(printable(`By hand: ${finding.rule} ${finding.subject.id} (${finding.id.slice(0, 12)}): ${why}`));
}

function hand(text: string | null, file: string | undefined): number {
  if (text === null) {
    say('No plan was written: there is nothing to change.');
    return ExitCode.done;
  }
  if (file === undefined) {
    print(text);
    return ExitCode.done;
  }
  try {
    // A plan that somebody reviews is not replaced under their hands.
    writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown';
    throw new UsageError(
      code === 'EEXIST' ? 'the file exists already; choose another' : `the plan cannot be written (${String(code)})`,
    );
  }
  say(`Wrote ${file}; it is good for 24 hours. Review it, then: vt-auditor apply ${file}`);
  return ExitCode.done;
}
