import { dirname, join, resolve } from 'node:path';
import { Secret } from '../model/secret.ts';
import type { Config, Problem } from '../model/settings.ts';
import { buildSettings, type Settings } from './build.ts';
import { digestOf } from './digest.ts';
import type { Environment } from './environment.ts';
import { sortProblems } from './problem.ts';
import { relationProblems } from './relations.ts';
import { type RuleWords, readRuleWords } from './rule-words.ts';
import { type ConfigFile, configSchema, parseListen, whyNotListen } from './schema.ts';
import { secretSites } from './secret-sites.ts';
import { type FoundSecrets, readSecrets } from './secrets.ts';
import { toShapeProblems } from './shape-problems.ts';
import { showValue } from './shown-value.ts';
import { readSideFiles, type SideFiles } from './side-files.ts';
import { parseSource, type Source } from './source.ts';
import { readText } from './text-file.ts';
import { settingsWarnings } from './warnings.ts';

export { readEnvironment } from './environment.ts';
export { formatProblem } from './problem.ts';

const MOST_BYTES = 1024 * 1024;
const DEFAULT_LISTEN = '127.0.0.1:8080';
const LISTEN_VARIABLE = 'VT_AUDITOR_LISTEN';
/** What to do about a configuration that is not there. */
const BEGIN = '; begin with `vt-auditor init` or a copy of config.example.yaml, or name another file with --config';

const DEFAULT_STORE = './data/vt-auditor.db';

/** A folder for the database: the image's volume, since the configuration's own folder cannot be written there. */
const DATA_VARIABLE = 'VT_AUDITOR_DATA';

/** A configuration in force, or everything that is wrong with it, in the order of the file. */
export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** What it says of rules, which only they can check; null: it cannot be read that far. */
      readonly ruleWords: RuleWords | null;
    };

/** What `loadConfig` is given. */
export interface LoadInput {
  readonly file: string;
  readonly environment: Environment;
  readonly at: Date;
}

/**
 * Reads and checks a configuration file, the variables it names and the files with secrets. Never throws for anything that a user
 * can do wrong; no problem repeats a secret.
 */
export async function loadConfig(input: LoadInput): Promise<Loaded> {
  const read = await readText(input.file, MOST_BYTES);
  if (!read.ok) {
    return refuse([
      {
        place: null,
        path: '',
        message: `cannot read the configuration ${JSON.stringify(input.file)}: ${read.why}${read.why.includes('no such file') ? BEGIN : ''}`,
      },
    ]);
  }
  return await loadConfigText(read.text, input);
}

/** The same of a text that may not be in its file yet. */
export async function loadConfigText(text: string, input: LoadInput): Promise<Loaded> {
  const source = parseSource({ file: input.file, text, environment: input.environment });
  if (!source.readable) {
    return refuse(source.problems);
  }
  if (source.tree === null && source.problems.length === 0) {
    return refuse([source.problemAt([], 'the file is empty; copy config.example.yaml and change it')]);
  }
  return await check(source, input);
}

async function check(source: Source, input: LoadInput): Promise<Loaded> {
  const folder = dirname(resolve(input.file));
  const shape = configSchema.safeParse(source.tree);
  const secrets = await readSecrets(source, secretSites(source.tree), folder);
  const sideFiles = await readSideFiles(source, folder);
  const problems = [
    ...source.problems,
    ...toShapeProblems(source, shape.error?.issues ?? []),
    ...relationProblems(source, input.at),
    ...secrets.problems,
    ...sideFiles.problems,
    ...listenProblems(input.environment),
  ];
  if (!shape.success || problems.length > 0) {
    return refuse(problems, readRuleWords(source, folder));
  }
  const listen = chooseListen(shape.data, input.environment);
  const storePath = chooseStorePath(shape.data, input.environment);
  const settings = buildSettings({ parsed: shape.data, secrets, sideFiles, folder, listen, storePath });
  return { ok: true, config: complete(source, settings, { ...input, secrets, sideFiles }) };
}

function complete(
  source: Source,
  settings: Settings,
  { file, at, secrets, sideFiles }: LoadInput & { readonly secrets: FoundSecrets; readonly sideFiles: SideFiles },
): Config {
  return {
    ...settings,
    file: resolve(file),
    digest: digestOf(settings),
    warnings: sortProblems([...secrets.warnings, ...settingsWarnings(source, settings, at)]),
    files: [
      resolve(file),
      ...[...secrets.found.values()].flat().flatMap((secret) => secret.file ?? []),
      ...sideFiles.files,
      ...(settings.waivers === null ? [] : [settings.waivers]),
    ],
    secrets: [...secrets.found.values()].flat().map(({ value }) => new Secret(value)),
    locate: (path) => source.locate(path),
    loadedAt: at.toISOString(),
  };
}

function listenProblems(environment: Environment): readonly Problem[] {
  const value = environment[LISTEN_VARIABLE];
  const wrong = value === undefined || value === '' ? null : whyNotListen(value);
  return wrong === null
    ? []
    : [
        {
          place: null,
          path: '',
          message: `the environment variable ${LISTEN_VARIABLE}: ${wrong.replace('{value}', () => showValue(value))}`,
        },
      ];
}

/** The file wins; the variable is the default of an image, in which nobody could reach the loopback address. */
function chooseListen(parsed: ConfigFile, environment: Environment): Config['server'] {
  const written = parsed.server.listen ?? (environment[LISTEN_VARIABLE] || DEFAULT_LISTEN);
  const listen = parseListen(written);
  if (listen === null) {
    throw new Error(`${written} was checked and yet is not an address to listen on`);
  }
  return listen;
}

/** The file wins here too. */
function chooseStorePath(parsed: ConfigFile, environment: Environment): string {
  const data = environment[DATA_VARIABLE] ?? '';
  return parsed.store.path ?? (data === '' ? DEFAULT_STORE : join(data, 'vt-auditor.db'));
}

function refuse(problems: readonly Problem[], ruleWords: RuleWords | null = null): Loaded {
  return { ok: false, problems: sortProblems(problems), ruleWords };
}
