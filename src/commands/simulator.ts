import { Option } from 'commander';
import { systemClock } from '../app/system-clock.ts';
import { loadScenario, scenarioNames } from '../simulator/scenario.ts';
import { type Simulator, startSimulator } from '../simulator/server.ts';
import { type AddCommand, print, wholeNumber } from './options.ts';

/** `simulator`: the simulated API, for trying rules and configurations without a key. */
export const addSimulator: AddCommand = (command) => {
  command
    .option('--port <n>', 'port (default: any free one)', wholeNumber(0, 65_535))
    .addOption(new Option('--scenario <name>', 'the simulated group').choices(scenarioNames()).default('acme'))
    .option('--latency <ms>', 'how long each answer takes', wholeNumber(0, 60_000), 0)
    .action(async (options: { port?: number; scenario: string; latency: number }) => {
      const simulator = await startSimulator({
        scenario: loadScenario(options.scenario),
        clock: systemClock,
        port: options.port ?? 0,
        latencyMs: options.latency,
      });
      print(introduce(simulator, options.scenario));
      await interrupted();
      await simulator.close();
    });
};

function introduce(simulator: Simulator, name: string): string {
  const { approved } = loadScenario(name);
  return `# The scenario "${name}" is served until you press Ctrl-C. The keys mean something here only. A configuration for it:
groups:
  - id: ${simulator.groupId}
    apiKey: ${simulator.keys.administrator}
    identity: ${simulator.identity}
    approved: ${JSON.stringify(approved)}
api: { baseUrl: "${simulator.baseUrl}" }
audits:
  - name: review
# To see what a key without rights sees, put a member's in its place: ${simulator.keys.member}
`;
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}
