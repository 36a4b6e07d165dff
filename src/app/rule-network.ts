import { isNetworkClosed } from '../evaluate/process-watch.ts';
import { isExpressionFile } from '../evaluate/rule-files.ts';
import type { LoadedRules } from './rule-set.ts';

/** Ids of custom rules that this Node does not keep from opening connections: those in code, where its permission model is an older one. */
export function rulesWithNetwork({ custom }: Pick<LoadedRules, 'custom'>): readonly string[] {
  return isNetworkClosed() ? [] : custom.filter(({ file }) => !isExpressionFile(file)).map(({ id }) => id);
}
