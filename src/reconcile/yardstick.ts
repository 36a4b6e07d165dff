import type { Yardstick, YardstickChange } from '../model/yardstick.ts';

/** Everything that changed on our side between two runs, in words, sorted. Nothing before the first. */
export function yardstickChanges(before: Yardstick | null, now: Yardstick): readonly YardstickChange[] {
  if (before === null) return [];
  return [
    ...versionChange(before, now),
    ...ruleChanges(before, now),
    ...intendedChanges(before, now),
    ...waiverChange(before, now),
  ];
}

function versionChange(before: Yardstick, now: Yardstick): readonly YardstickChange[] {
  return before.version === now.version ? [] : [{ what: 'vt-auditor', from: before.version, to: now.version }];
}

function ruleChanges(before: Yardstick, now: Yardstick): readonly YardstickChange[] {
  const ids = [
    ...new Set([
      ...Object.keys(before.rules),
      ...Object.keys(before.disabled),
      ...Object.keys(now.rules),
      ...Object.keys(now.disabled),
    ]),
  ].sort();
  return ids.flatMap((id) => {
    const [from, to] = [describeRule(before, id), describeRule(now, id)];
    return from === to ? [] : [{ what: `rule ${id}`, from, to }];
  });
}

function describeRule(yardstick: Yardstick, id: string): string {
  const off = Object.hasOwn(yardstick.disabled, id) ? yardstick.disabled[id] : undefined;
  if (off !== undefined) return `switched off: ${off.reason}${off.until === null ? '' : `, until ${off.until}`}`;
  const rule = Object.hasOwn(yardstick.rules, id) ? yardstick.rules[id] : undefined;
  return rule === undefined ? 'not in any audit' : `version ${rule.version}, options ${JSON.stringify(rule.options)}`;
}

const LISTS = {
  approvedAdministrators: 'approved administrators',
  approvedServiceAccounts: 'approved service accounts',
  approvedDomains: 'approved domains',
  breakGlass: 'break-glass accounts',
  singleSignOn: 'single sign-on attestation',
  identity: 'identity of the key',
} as const;

function intendedChanges(before: Yardstick, now: Yardstick): readonly YardstickChange[] {
  return Object.entries(LISTS).flatMap(([name, what]) => {
    const [from, to] = [describeIntended(before, name), describeIntended(now, name)];
    return from === to ? [] : [{ what, from, to }];
  });
}

function describeIntended(yardstick: Yardstick, name: string): string {
  const value: unknown = Object.entries(yardstick.intended).find(([key]) => key === name)?.[1] ?? null;
  if (value === null) return 'not configured';
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.length === 0 ? 'nobody' : value.map((entry: unknown) => describeEntry(entry)).join(', ');
}

function describeEntry(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (typeof entry !== 'object' || entry === null) return JSON.stringify(entry);
  const { id, ...rest } = { id: '', ...entry };
  const notes = Object.entries(rest).filter(([, value]) => value !== null);
  return notes.length === 0 ? id : `${id} (${notes.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
}

function waiverChange(before: Yardstick, now: Yardstick): readonly YardstickChange[] {
  const gone = before.waivers.filter((waiver) => !now.waivers.includes(waiver));
  const added = now.waivers.filter((waiver) => !before.waivers.includes(waiver));
  if (gone.length === 0 && added.length === 0) return [];
  return [
    {
      what: 'waivers',
      from: gone.length === 0 ? 'none removed' : `removed: ${gone.join('; ')}`,
      to: added.length === 0 ? 'none added' : `added: ${added.join('; ')}`,
    },
  ];
}
