import { Agent, get } from 'node:http';
import type { Listening } from './collect-simulator.ts';

/** How long the vendor's scripts took, and what of it grows with the group. */
export interface VendorTimes {
  /** All pages of ten of one list of the members, and one call for each of them that was asked about. */
  readonly listMs: number;
  readonly callMs: number;
  readonly members: number;
}

/**
 * Reads a group as the scripts of the vendor's administrator guide do (https://github.com/VirusTotal/vt-use-cases, `admins_guide`), one
 * after the other: members, service accounts, members without a second factor, administrators, the group's quotas, its use, then two
 * scripts that each list the ids and make a call for each of them. Pages of ten, one request at a time. Kinder than they are: the
 * connection is kept. `membersAtMost` abandons the calls after so many members; null: none.
 */
export async function readTheVendorsWay(
  { baseUrl, key, groupId, identity }: Listening,
  membersAtMost: number | null,
): Promise<VendorTimes> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string): Promise<unknown> => getJson(baseUrl + path, key, agent);
  const list = async (path: string): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let next: string | null = `${baseUrl}/groups/${groupId}/${path}`; next !== null; ) {
      const page: VendorPage = toPage(await getJson(next, key, agent));
      ids.push(...page.ids);
      next = page.next;
    }
    return ids;
  };
  const names = 'attributes=first_name,last_name,email';
  const days = `start_date=${day(-29)}&end_date=${day(0)}`;

  const startedAt = performance.now();
  await list(`users?${names}`);
  const listMs = performance.now() - startedAt;
  await list(`service_accounts?${names}`);
  await list(`users?${names}&filter=2fa_enabled:false`);
  await list(`administrators?${names}`);
  await ask(`/users/${identity}/overall_quotas`);
  await ask(`/groups/${groupId}/api_usage?${days}`);
  let callsMs = 0;
  let members = 0;
  for (const call of ['overall_quotas', `api_usage?${days}`]) {
    const ids = await list('relationships/users');
    const asked = ids.slice(0, membersAtMost ?? ids.length);
    const callsFrom = performance.now();
    for (const id of asked) await ask(`/users/${id}/${call}`);
    callsMs += performance.now() - callsFrom;
    members = asked.length;
  }
  agent.destroy();
  return { listMs, callMs: callsMs / (2 * members), members };
}

interface VendorPage {
  readonly ids: readonly string[];
  readonly next: string | null;
}

function toPage(body: unknown): VendorPage {
  const page: { data?: readonly { id: string }[]; links?: { next?: string } } = Object(body);
  return { ids: (page.data ?? []).map(({ id }) => id), next: page.links?.next ?? null };
}

function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
}

function getJson(address: string, key: string, agent: Agent): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(address, { agent, headers: { 'x-apikey': key, accept: 'application/json' } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()));
        else reject(new Error(`the simulator answered ${response.statusCode}`));
      });
    }).on('error', reject);
  });
}
