import type { AddCommand } from './options.ts';

/** A command as the list of commands shows it, and the rest of it, which is loaded when somebody asks for it. */
interface Entry {
  readonly summary: string;
  readonly load: () => Promise<AddCommand>;
}

/**
 * Every command by its name, in the order of the list. Each is a module of its own that is loaded when it is called: loading all of them
 * takes several times as long as loading one, and the daemon would hold them in memory for months.
 */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  start: {
    summary: 'run the daemon: audits on their schedules, deliveries until they arrive, /healthz',
    load: async () => (await import('./start.ts')).addStart,
  },
  run: {
    summary: 'run one audit now: print its report, and send it as configured',
    load: async () => (await import('./run.ts')).addRun,
  },
  init: {
    summary: 'look at a group and write a first configuration, with who has access now as proposals to confirm',
    load: async () => (await import('./init.ts')).addInit,
  },
  check: {
    summary:
      "check configuration, rules and waivers; with a network also each key's rights and whether each channel can be reached",
    load: async () => (await import('./check.ts')).addCheck,
  },
  plan: {
    summary: 'show the requests that a run would make, by section and by rule; makes none',
    load: async () => (await import('./plan.ts')).addPlan,
  },
  rules: {
    summary: 'the rules: built-in ones and your own',
    load: async () => (await import('./rules.ts')).addRules,
  },
  backtest: {
    summary: 'what a rule would have opened and closed, day by day, on the stored snapshots',
    load: async () => (await import('./backtest.ts')).addBacktest,
  },
  runs: {
    summary: 'list the runs that the database holds, newest first',
    load: async () => (await import('./runs.ts')).addRuns,
  },
  report: {
    summary: 'print the report of a stored run again, with the rules as they were',
    load: async () => (await import('./report.ts')).addReport,
  },
  findings: {
    summary: 'list the open findings that the database holds, worst first',
    load: async () => (await import('./findings.ts')).addFindings,
  },
  deliveries: {
    summary: 'list the messages that are owed or were sent, newest first',
    load: async () => (await import('./deliveries.ts')).addDeliveries,
  },
  backup: {
    summary: 'write a copy of the database, also while the daemon runs; it has no secrets in it, but names of people',
    load: async () => (await import('./backup.ts')).addBackup,
  },
  forget: {
    summary: 'take an account that left the group out of the stored snapshots; findings and reports stay, as evidence',
    load: async () => (await import('./forget.ts')).addForget,
  },
  acknowledge: {
    summary: 'say that somebody looked at an event (a spike); the next audit closes it',
    load: async () => (await import('./acknowledge.ts')).addAcknowledge,
  },
  waive: {
    summary: 'accept a finding for a time: adds an entry to the waiver file and keeps its comments',
    load: async () => (await import('./waive.ts')).addWaive,
  },
  'send-test': {
    summary: 'send a sample report through one channel, to see whether it arrives',
    load: async () => (await import('./send-test.ts')).addSendTest,
  },
  simulator: {
    summary: 'serve a simulated API on loopback, for trying rules and configurations without a key',
    load: async () => (await import('./simulator.ts')).addSimulator,
  },
  members: {
    summary: 'list, add and remove members of a group',
    load: async () => (await import('./members.ts')).addMembers,
  },
  administrators: {
    summary: 'list administrators, grant and revoke administration rights',
    load: async () => (await import('./administrators.ts')).addAdministrators,
  },
  'service-accounts': {
    summary: 'list and create service accounts of a group',
    load: async () => (await import('./service-accounts.ts')).addServiceAccounts,
  },
  quota: {
    summary: 'show quotas of the group or of a member, and cap accounts',
    load: async () => (await import('./quota.ts')).addQuota,
  },
  usage: {
    summary: 'show use of the API by day or endpoint: of the group, or of members and service accounts',
    load: async () => (await import('./usage.ts')).addUsage,
  },
  'auto-join': {
    summary: 'show and set who joins the group by signing up',
    load: async () => (await import('./auto-join.ts')).addAutoJoin,
  },
  remediate: {
    summary: 'write a plan of changes that answer open findings, for `apply`; sends nothing',
    load: async () => (await import('./remediate.ts')).addRemediate,
  },
  apply: {
    summary: 'check a plan that `remediate` wrote against the group as it is now; with --apply make its changes',
    load: async () => (await import('./apply.ts')).addApply,
  },
  changes: {
    summary: 'list what was changed by hand, newest first',
    load: async () => (await import('./changes.ts')).addChanges,
  },
};
