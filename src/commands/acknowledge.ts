import { UsageError } from '../app/complaint.ts';
import { shownFindings } from '../app/personal-use.ts';
import type { App } from '../app.ts';
import type { Finding } from '../model/finding.ts';
import { type AddCommand, globalOptions, say, withApp } from './options.ts';

/** `acknowledge`: somebody looked at an event, such as a spike, and says so. */
export const addAcknowledge: AddCommand = (command) => {
  command
    .argument('<finding>', "the finding's id, or its first 12 characters")
    .requiredOption('--by <person>', 'who looked')
    .requiredOption('--note <text>', 'what came of it')
    .action(async (id: string, options: { by: string; note: string }, command) => {
      await withApp(globalOptions(command, 'warn'), (app) => {
        const { store, clock, rules } = app;
        const found = findingsCalled(app, id);
        const [finding] = found;
        if (finding === undefined || id.length < 8)
          throw new UsageError(`there is no finding "${id}"; \`vt-auditor findings\` lists the open ones`);
        if (found.length > 1) throw new UsageError(`"${id}" is the beginning of several findings; give more of it`);
        if ((rules.requirements.get(finding.rule)?.event ?? null) === null) {
          throw new UsageError(
            `${finding.rule} is not about an event: its findings close when the group changes, or are waived in the waiver file`,
          );
        }
        store.acknowledge({ finding: finding.id, by: options.by, note: options.note, at: clock.now() });
        say(`Acknowledged. The next audit of ${finding.group} closes the finding.`);
      });
    });
};

/** Findings whose id begins so: their own, or the one under which they are shown where they name nobody. */
function findingsCalled(app: App, id: string): readonly Finding[] {
  return app.store.groups().flatMap((group) => {
    const shown = shownFindings(app, group);
    return app.store
      .findings(group)
      .filter((finding, index) => finding.id.startsWith(id) || shown[index]?.id.startsWith(id) === true);
  });
}
