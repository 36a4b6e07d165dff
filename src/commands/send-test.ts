import { sendTest } from '../app/send-test.ts';
import { ExitCode } from './exit-code.ts';
import { type AddCommand, globalOptions, say, withApp } from './options.ts';

/** `send-test CHANNEL`: a sample report through one channel. */
export const addSendTest: AddCommand = (command, finish) => {
  command
    .argument('<channel>', "the channel's name in the configuration")
    .action(async (channel: string, _options, command) => {
      await withApp(globalOptions(command, 'warn'), async (app) => {
        const delivery = await sendTest(app, channel);
        if (delivery.state === 'delivered') say(`Accepted by ${channel} at the first attempt, as ${delivery.wireId}.`);
        else say(`${channel} did not take it: ${delivery.lastError ?? 'no answer'}`);
        finish(delivery.state === 'delivered' ? ExitCode.done : ExitCode.couldNot);
      });
    });
};
