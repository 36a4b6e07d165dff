import { statfs } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Problem } from '../model/settings.ts';
import { entriesAt, type KeyPath, toPathKey, valueAt } from './key-path.ts';
import type { SecretSite } from './secret-sites.ts';
import type { Source } from './source.ts';
import { readText } from './text-file.ts';

const MOST_BYTES = 64 * 1024;

/** Memory file systems (statfs(2)): what mounts secrets there gives every reader the same rights by design. */
const MEMORY_FILE_SYSTEMS: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** A secret as it was found. */
export interface FoundSecret {
  readonly value: string;
  /** Absolute path of the file it was in; null when it was not in one. */
  readonly file: string | null;
}

/** The secrets of a file. */
export interface FoundSecrets {
  /** By `toPathKey([...parent, key])` of the site; a site without a value is absent. */
  readonly found: ReadonlyMap<string, readonly FoundSecret[]>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What one place of a file gave: a secret, or a problem, or neither. */
interface Attempt {
  readonly secret: FoundSecret | null;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads the secrets of every site, from the file itself or from the files it names. Never throws for what a user can do wrong. */
export async function readSecrets(source: Source, sites: readonly SecretSite[], folder: string): Promise<FoundSecrets> {
  const found = new Map<string, readonly FoundSecret[]>();
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const site of sites) {
    const attempts = await readSite(source, site, folder);
    const secrets = attempts.flatMap(({ secret }) => (secret === null ? [] : [secret]));
    if (secrets.length > 0) {
      found.set(toPathKey([...site.parent, site.key]), secrets);
    }
    problems.push(...attempts.flatMap((attempt) => attempt.problems));
    warnings.push(...attempts.flatMap((attempt) => attempt.warnings));
  }
  return { found, problems: [...problems, ...signingConflicts(source, sites)], warnings };
}

async function readSite(source: Source, site: SecretSite, folder: string): Promise<readonly Attempt[]> {
  const valuePath = [...site.parent, site.key];
  const filePath = [...site.parent, site.fileKey];
  const hasValue = valueAt(source.tree, valuePath) !== undefined;
  const hasFile = valueAt(source.tree, filePath) !== undefined;
  if (hasValue && hasFile) {
    return [failure(source.problemAt(filePath, `both ${site.key} and ${site.fileKey} are set; keep one of them`))];
  }
  if (hasFile) {
    const paths = site.many ? entriesAt(source.tree, filePath).map(({ path }) => path) : [filePath];
    return await Promise.all(paths.map(async (path) => await fromFile(source, site, { path, folder })));
  }
  if (hasValue) {
    const paths = site.many ? entriesAt(source.tree, valuePath).map(({ path }) => path) : [valuePath];
    return paths.map((path) => fromValue(source, site, path));
  }
  return site.required
    ? [
        failure(
          source.problemAt(
            valuePath,
            `missing; expected ${site.key}, or ${site.fileKey} with the path of a file that has it`,
          ),
        ),
      ]
    : [];
}

/** `secret` and `secrets` are two sites of one thing. */
function signingConflicts(source: Source, sites: readonly SecretSite[]): readonly Problem[] {
  return sites
    .filter((site) => site.key === 'secrets')
    .flatMap(({ parent }) => {
      const set = (key: string): boolean => valueAt(source.tree, [...parent, key]) !== undefined;
      const one = ['secret', 'secretFile'].find(set);
      const many = ['secrets', 'secretFiles'].find(set);
      return one === undefined || many === undefined
        ? []
        : [source.problemAt([...parent, many], `both ${one} and ${many} are set; keep one of them`)];
    });
}

function fromValue(source: Source, site: SecretSite, path: KeyPath): Attempt {
  const value = valueAt(source.tree, path);
  const pathKey = toPathKey(path);
  if (typeof value !== 'string' || source.scalars.unknown.has(pathKey)) {
    return NOTHING;
  }
  // Where empty text is not the same as none, the shape of the file refuses it.
  if (value.trim() === '') {
    return NOTHING;
  }
  const wrong = whyNotText(value) ?? site.whyNot(value);
  if (wrong !== null) {
    return failure(source.problemAt(path, wrong));
  }
  const literal = !source.scalars.variables.has(pathKey) || source.scalars.defaulted.has(pathKey);
  const warning = source.problemAt(path, `the secret itself is written in this file; use \${NAME} or ${site.fileKey}`);
  return { secret: { value, file: null }, problems: [], warnings: literal && site.warnsWhenLiteral ? [warning] : [] };
}

async function fromFile(
  source: Source,
  site: SecretSite,
  where: { readonly path: KeyPath; readonly folder: string },
): Promise<Attempt> {
  const name = valueAt(source.tree, where.path);
  if (typeof name !== 'string' || name.trim() === '' || source.scalars.unknown.has(toPathKey(where.path))) {
    return NOTHING;
  }
  const file = resolve(where.folder, name);
  const read = await readText(file, MOST_BYTES);
  if (!read.ok) {
    const hint = read.why.startsWith('there is no') ? '; relative paths start at the folder of the configuration' : '';
    return failure(source.problemAt(where.path, `the file cannot be read: ${read.why}${hint}`));
  }
  const { extract } = site;
  const value = extract === null ? read.text.replace(/\r?\n$/u, '') : extract(read.text);
  const wrong = value.trim() === '' ? 'empty' : ((extract === null ? whyNotText(value) : null) ?? site.whyNot(value));
  if (wrong !== null) {
    return failure(source.problemAt(where.path, `what the file has in it cannot be used: ${wrong}`));
  }
  const open = (read.mode & 0o004) !== 0 && !(await isInMemory(file));
  const warning = source.problemAt(
    where.path,
    'every user of this machine may read the file; take that right away (chmod o-r)',
  );
  return { secret: { value, file }, problems: [], warnings: open ? [warning] : [] };
}

function whyNotText(value: string): string | null {
  if (/[\r\n]/u.test(value)) {
    return 'expected one line';
  }
  return /\p{Cc}/u.test(value) ? 'it has a control character in it' : null;
}

async function isInMemory(file: string): Promise<boolean> {
  try {
    return MEMORY_FILE_SYSTEMS.has((await statfs(file)).type);
  } catch {
    // Only decides on a warning: without an answer it is given.
    return false;
  }
}

const NOTHING: Attempt = { secret: null, problems: [], warnings: [] };

function failure(problem: Problem): Attempt {
  return { secret: null, problems: [problem], warnings: [] };
}
