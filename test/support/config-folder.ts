import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { formatProblem, type Loaded, loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/model/settings.ts';

/** The instant at which test configurations are loaded. */
export const LOADED_AT = new Date('2026-11-22T12:00:00Z');

/** A key that looks like the vendor's and belongs to nobody. */
export const API_KEY = '0123456789abcdef'.repeat(4);

/** The first five lines of a configuration with nothing wrong: whatever is appended starts on line 6. */
export const BASE =
  'groups:\n  - id: acme_soc\n    identity: svc-auditor\n    apiKeyFile: ./key\naudits: [{ name: weekly }]\n';

/** Files by name, and variables, around a configuration. */
export interface Surroundings {
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A folder that is gone when the test ends, with a `key` file and others in it; all of them 0600. */
export function configFolder(context: TestContext, files: Surroundings['files'] = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'vt-auditor-config-'));
  context.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [name, content] of Object.entries({ key: `${API_KEY}\n`, ...files })) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode: 0o600 });
  }
  return folder;
}

/** Loads a configuration from a folder of its own. */
export async function loadText(
  context: TestContext,
  yaml: string | Uint8Array,
  { files = {}, environment = {} }: Surroundings = {},
): Promise<{ readonly loaded: Loaded; readonly folder: string }> {
  const folder = configFolder(context, { ...files, 'config.yaml': yaml });
  const file = join(folder, 'config.yaml');
  return { loaded: await loadConfig({ file, environment, at: LOADED_AT }), folder };
}

/** The lines that a person would read about a configuration, without the folder's name; none when it loads. */
export async function problemsOf(
  context: TestContext,
  yaml: string | Uint8Array,
  surroundings: Surroundings = {},
): Promise<readonly string[]> {
  const { loaded, folder } = await loadText(context, yaml, surroundings);
  return loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, ''));
}

/** A configuration that must load. */
export async function configOf(
  context: TestContext,
  yaml: string | Uint8Array,
  surroundings: Surroundings = {},
): Promise<Config> {
  const { loaded } = await loadText(context, yaml, surroundings);
  if (!loaded.ok) {
    throw new Error(`the configuration has problems:\n${loaded.problems.map(formatProblem).join('\n')}`);
  }
  return loaded.config;
}
