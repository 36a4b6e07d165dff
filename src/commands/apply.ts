import { UsageError } from '../app/complaint.ts';
import { loadPlan, planned } from '../app/manage-remediation.ts';
import { systemClock } from '../app/system-clock.ts';
import { addChangingOptions, type ChangingOptions, change } from './changing.ts';
import type { AddCommand } from './options.ts';

/** `apply PLAN`: a reviewed plan, looked at again and then carried out. */
export const addApply: AddCommand = (command, finish) => {
  addChangingOptions(command)

    .argument('<plan>', 'the file')
    .action(async (file: string, options: ChangingOptions, command) => {
      const plan = await loadPlan(file, systemClock.now());
      if (options.group !== undefined && options.group !== plan.group)
        throw new UsageError(`the plan is for the group ${plan.group}, not for ${options.group}`);
      await change(command, finish, (managing, app) => planned(plan, managing, app), plan.group);
    });
};
