import { planJobs } from '../app/plan-jobs.ts';
import { toFlowingTable } from './flowing-table.ts';
import { type AddCommand, collectValues, globalOptions, print, printJson, withApp } from './options.ts';

/** `plan`: the requests that a run would make. It makes none. */
export const addPlan: AddCommand = (command) => {
  command
    .argument('[audit...]', 'names of audits (default: all)')
    .option('--group <id>', 'only this group (repeatable)', collectValues, [])
    .option('--rule <id>', 'only this rule (repeatable)', collectValues, [])
    .action(
      async (audits: readonly string[], options: { group: readonly string[]; rule: readonly string[] }, command) => {
        const global = globalOptions(command, 'warn');
        await withApp(global, async (app) => {
          const plans = await planJobs(app, { audits, groups: options.group, rules: options.rule });
          if (global.json) printJson(plans);
          else print(plans.map(describePlan).join('\n\n'));
        });
      },
    );
};

function describePlan({ group, audits, plan, basis }: Awaited<ReturnType<typeof planJobs>>[number]): string {
  const table = toFlowingTable(plan.sections, {
    firm: [
      { heading: 'SECTION', cell: ({ section }) => section },
      { heading: 'REQUESTS', cell: ({ requests, exact }) => `${exact ? '' : 'about '}${requests}`, align: 'right' },
    ],
    flowing: [{ heading: 'FOR', cell: ({ rules }) => rules.join(', ') || '(the proof of rights)' }],
  });
  return `${group}: ${plan.total} requests for ${audits.join(', ')} (${basis})\n\n${table}`;
}
