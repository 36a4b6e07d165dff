import { resolve } from 'node:path';
import type { Config, RuleSettings } from '../model/settings.ts';
import { entriesAt, type KeyPath, toPathKey, valueAt } from './key-path.ts';
import { customRulesSchema, ruleIdSchema, rulePatternSchema, ruleSettingsSchema } from './schema.ts';
import type { Source } from './source.ts';

/** Everything that a configuration says of rules: enough to check it, whatever else is wrong with the file. */
export interface RuleWords extends Pick<Config, 'customRules' | 'rules' | 'locate'> {
  readonly audits: readonly {
    readonly rules: readonly string[];
    readonly send: readonly { readonly rules: readonly string[] | null }[];
  }[];
}

/** A pattern that fits always, in the place of one that cannot be read: what is wrong with that one has been said. */
const ANY = '*';

/**
 * What a file with problems says of rules, so that all problems can be told at once; parts that cannot be read are left out. Null where the
 * folders of custom rules are among those: without them a rule of one's own would look like one that there is not.
 */
export function readRuleWords(source: Source, folder: string): RuleWords | null {
  const { tree } = source;
  const folders = customRulesSchema.safeParse(valueAt(tree, ['customRules']) ?? []);
  const isKnown = (path: KeyPath): boolean => !isUnknownAt(source, path);
  if (!folders.success || entriesAt(tree, ['customRules']).some(({ path }) => !isKnown(path))) return null;
  return {
    customRules: folders.data.map((path) => resolve(folder, path)),
    rules: Object.fromEntries(
      entriesAt(tree, ['rules']).flatMap(({ path, value }) =>
        readRule(String(path.at(-1)), isKnown(path) ? value : null),
      ),
    ),
    audits: entriesAt(tree, ['audits']).map(({ path }) => ({
      rules: readPatterns(tree, [...path, 'rules']),
      send: entriesAt(tree, [...path, 'send']).map((send) => ({ rules: readPatterns(tree, [...send.path, 'rules']) })),
    })),
    locate: (path) => source.locate(path),
  };
}

/** A wrong severity says nothing of the options beside it, nor wrong settings of the id. */
function readRule(id: string, value: unknown): [string, RuleSettings][] {
  if (!ruleIdSchema.safeParse(id).success) return [];
  const isMap = typeof value === 'object' && value !== null;
  const settings = ruleSettingsSchema.safeParse(isMap ? { ...value, severity: undefined } : value);
  return [[id, settings.success ? settings.data : { enabled: true, severity: null, options: {} }]];
}

function readPatterns(tree: unknown, path: KeyPath): readonly string[] {
  return entriesAt(tree, path).map(({ value }) => {
    const pattern = rulePatternSchema.safeParse(value);
    return pattern.success ? pattern.data : ANY;
  });
}

/** Whether a value there, or below, is that of a variable which is not set. */
function isUnknownAt(source: Source, path: KeyPath): boolean {
  const beginning = toPathKey(path).slice(0, -1);
  return [...source.scalars.unknown].some((key) => key === `${beginning}]` || key.startsWith(`${beginning},`));
}
