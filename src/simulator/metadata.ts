import type { Answer, Exchange } from './exchange.ts';

/** GET /metadata: names that the API knows. The privileges of the group are among them, known to the reader or not. */
export function readMetadata({ world }: Exchange): Answer {
  const privileges = new Set([
    ...Object.keys(world.group.data.privileges),
    'admin',
    'allinfo',
    'downloads-tier-1',
    'staff',
  ]);
  return {
    data: {
      engines: {},
      privileges: [...privileges].sort(),
      relationships: {
        group: ['administrators', 'graphs', 'service_accounts', 'users'].map((name) => ({ name, description: '' })),
        user: ['api_quota_group', 'groups', 'groups_managed', 'intelligence_quota_group'].map((name) => ({
          name,
          description: '',
        })),
      },
    },
  };
}
