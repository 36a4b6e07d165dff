import { defineRule, type Judgement, type Member, z } from 'vt-auditor/rule';

/** Letters that are taken for one another at a glance. */
const LOOKALIKES: Readonly<Record<string, string>> = { '0': 'o', '1': 'l', i: 'l', '5': 's', rn: 'm', vv: 'w' };

// An expression judges one member at a time; comparing each with all others is a matter for TypeScript.
export default defineRule({
  id: 'names-are-unlike',
  title: 'No two members have ids that look alike',
  severity: 'medium',
  tags: ['access'],
  why: 'Whoever joins under an id that looks like a colleague’s is overlooked in every list.',
  fix: { text: 'Find out who both accounts belong to, and remove the one that should not be there.', effort: 'low' },
  controls: { 'CIS Controls v8': ['5.1'] },
  needs: ['members', 'serviceAccounts'],
  options: z.strictObject({ exempt: z.array(z.string()).default([]) }),

  evaluate({ members, serviceAccounts }, { exempt }) {
    const machines = new Set(serviceAccounts.map(({ id }) => id));
    const people = members.filter(({ id }) => !machines.has(id) && !exempt.includes(id));
    const groups = Map.groupBy(people, ({ id }) => toSkeleton(id));
    const judgements = [...groups.values()].filter((alike) => alike.length > 1).map(judge);
    return { judgements, checked: people.length };
  },
});

/** The same text for ids that look the same. */
function toSkeleton(id: string): string {
  return Object.entries(LOOKALIKES).reduce((text, [from, to]) => text.replaceAll(from, to), id.toLowerCase());
}

/** One finding for those who look alike, about the newest: the others were there before. */
function judge(alike: readonly Member[]): Judgement {
  const ids = alike.map(({ id }) => id).sort((one, other) => (one < other ? -1 : 1));
  const [newest = ''] = alike
    .toSorted((one, other) => createdAt(other).localeCompare(createdAt(one)) || one.id.localeCompare(other.id))
    .map(({ id }) => id);
  return {
    subject: { kind: 'member', id: newest },
    message: `${ids.join(' and ')} look alike`,
    evidence: { members: ids },
  };
}

function createdAt({ createdAt }: Member): string {
  return createdAt.known ? (createdAt.value ?? '') : '';
}
