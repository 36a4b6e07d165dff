import { Command, CommanderError, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS } from './app/log.ts';
import { productVersion } from './app/version.ts';
import { addAcknowledge } from './commands/acknowledge.ts';
import { addAdministrators } from './commands/administrators.ts';
import { addApply } from './commands/apply.ts';
import { addAutoJoin } from './commands/auto-join.ts';
import { addBacktest } from './commands/backtest.ts';
import { addBackup } from './commands/backup.ts';
import { addChanges } from './commands/changes.ts';
import { addCheck } from './commands/check.ts';
import { toComplaint } from './commands/complaint.ts';
import { addDeliveries } from './commands/deliveries.ts';
import { ExitCode } from './commands/exit-code.ts';
import { addFindings } from './commands/findings.ts';
import { addMembers } from './commands/members.ts';
import { addPlan } from './commands/plan.ts';
import { addQuota } from './commands/quota.ts';
import { addRemediate } from './commands/remediate.ts';
import { addReport } from './commands/report.ts';
import { addRules } from './commands/rules.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addSendTest } from './commands/send-test.ts';
import { addServiceAccounts } from './commands/service-accounts.ts';
import { addSimulator } from './commands/simulator.ts';
import { addStart } from './commands/start.ts';
import { addUsage } from './commands/usage.ts';
import { addWaive } from './commands/waive.ts';

/** Runs one command. Never throws: what went wrong is one sentence on standard error and an exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  toleratePipesThatClose();
  let exitCode: number = ExitCode.done;
  const program = createProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.couldNot;
    process.stderr.write(`${toComplaint(error)}\n`);
    return ExitCode.couldNot;
  }
}

/** A reader that has seen enough, such as `head`, closes the pipe: what is printed after that is not missed. */
function toleratePipesThatClose(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

/** All commands, with `finish` as the way to say how the one that ran ended. */
function createProgram(finish: (code: number) => void): Command {
  const program = new Command('vt-auditor')
    .description(
      'Audits who has access to a VirusTotal Enterprise / Google Threat Intelligence group, on a schedule, and reports what changed.',
    )
    .version(productVersion(), '--version', 'print the version')
    .option('-c, --config <file>', 'configuration file (default: VT_AUDITOR_CONFIG, else config.yaml)')
    .option('--json', 'print data as JSON where the output is data')
    .addOption(new Option('--log-level <level>', 'how much is logged, on standard error').choices(LOG_LEVELS))
    .addOption(new Option('--log-format <format>', 'JSON for programs, pretty for people').choices(LOG_FORMATS))
    .showHelpAfterError('(add --help for the options)')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', HELP);
  for (const add of [
    addStart,
    addRun,
    addCheck,
    addPlan,
    addRules,
    addBacktest,
    addRuns,
    addReport,
    addFindings,
    addDeliveries,
    addBackup,
    addAcknowledge,
    addWaive,
    addSendTest,
    addSimulator,
    addMembers,
    addAdministrators,
    addServiceAccounts,
    addQuota,
    addUsage,
    addAutoJoin,
    addRemediate,
    addApply,
    addChanges,
  ])
    add(program, finish);
  return program;
}

const HELP = `
Exit codes:
  0  done, nothing at or above the threshold
  1  findings at or above it
  2  could not do the job: usage, configuration, rights, a failed run
  3  the audit is partial: something could not be collected, seen or run
  4  audited, but a message is still owed

First steps:
  vt-auditor check        is the configuration right, what may the key see, what will a run cost
  vt-auditor run          one audit now, printed here and sent as configured
  vt-auditor start        the daemon`;
