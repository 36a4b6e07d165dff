import { initialize } from '../app/init.ts';
import { ExitCode } from './exit-code.ts';
import { listenForInterruption } from './interruption.ts';
import { type AddCommand, print, say } from './options.ts';
import { printable } from './table.ts';

interface InitOptions {
  readonly group: string;
  readonly apiKeyFile: string;
  readonly identity?: string;
  readonly baseUrl?: string;
  readonly output?: string;
}

/** `init`: a first configuration, made of what the group is like now. */
export const addInit: AddCommand = (command, finish) => {
  command
    .requiredOption('--group <id>', 'the group, as its address on the web ends')
    .requiredOption(
      '--api-key-file <file>',
      "a file with an administrator's key, best of a service account made for it",
    )
    .option('--identity <id>', 'the account whose key it is')
    .option('--base-url <url>', 'the API, where it is not the vendor’s, such as that of `vt-auditor simulator`')
    .option('--output <file>', 'write it there, over no file (default: print it)')
    .addHelpText(
      'after',
      '\nIt reads only: about one request for every twenty members. Exit codes: 0 written, 2 not, 3 something could not be seen.',
    )
    .action(async ({ identity, baseUrl, output, ...options }: InitOptions) => {
      const interruption = listenForInterruption(() => undefined);
      try {
        const order = { ...options, identity: identity ?? null, baseUrl: baseUrl ?? null, output: output ?? null };
        const { text, gaps } = await initialize({ ...order, signal: interruption.stop });
        if (output === undefined) print(text);
        else
          say(
            `Wrote ${output}. Go through the proposals under "approved" in it, then: vt-auditor check --config ${output}`,
          );
        for (const gap of gaps) say(printable(gap));
        finish(gaps.length > 0 ? ExitCode.partial : ExitCode.done);
      } catch (error) {
        if (interruption.code === null) throw error;
        finish(interruption.code);
      } finally {
        interruption.end();
      }
    });
};
