import { Command, CommanderError, Option } from 'commander';
import { LOG_FORMATS, LOG_LEVELS } from './app/log.ts';
import { productVersion } from './app/version.ts';
import { COMMANDS } from './commands/all.ts';
import { toComplaint } from './commands/complaint.ts';
import { ExitCode } from './commands/exit-code.ts';

/** Runs one command. Never throws: what went wrong is one sentence on standard error and an exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  toleratePipesThatClose();
  let exitCode: number = ExitCode.done;
  try {
    const program = await createProgram(argv, (code) => {
      exitCode = code;
    });
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

/** All commands by name and summary; those that `argv` calls in full. `finish` is the way to say how one ended. */
async function createProgram(argv: readonly string[], finish: (code: number) => void): Promise<Command> {
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
    // Arguments and options of a command are known when it is loaded: here they would show for some commands only.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', HELP);
  // `help run` is as good as `run --help`.
  const [first = '', second = ''] = program.parseOptions([...argv]).operands;
  const called = first === 'help' ? second : first;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).description(summary);
    if (name === called) (await load())(command, finish);
  }
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
  vt-auditor init         a first configuration, made of what the group is like now
  vt-auditor check        is the configuration right, what may the key see, what will a run cost
  vt-auditor run          one audit now, printed here and sent as configured
  vt-auditor start        the daemon`;
