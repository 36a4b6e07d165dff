import type { Prepared } from '../app.ts';
import type { Environment } from '../config/environment.ts';
import type { Fingerprints } from '../config/fingerprint.ts';
import type { Problem } from '../model/settings.ts';
import { type Print, printOf, readWatched, watchedFiles } from './read-config.ts';
import type { Redaction } from './redaction.ts';
import { brokenReload, type Reload, removedSentences, restartSentences, withoutRestart } from './reload.ts';
import { allProblems, loadRules, ruleProblems } from './rule-set.ts';
import { makeTemplates } from './templates.ts';

/** A configuration file and how it is read again. */
export interface Origin {
  readonly file: string;
  readonly environment: Environment;
  readonly redaction: Redaction;
  readonly prints: Fingerprints;
}

/** The configuration as it is on disk now, or the present one where that is broken; `before`: what its files had in them before they were read. */
export async function loadAgain(
  current: Prepared,
  { file, environment, redaction, prints }: Origin,
): Promise<{ readonly next: Prepared; readonly result: Reload; readonly before: Print | null }> {
  const at = current.clock.now();
  const thought = await printOf(watchedFiles(current.config), prints);
  const { loaded, before } = await readWatched({ file, environment, at }, { prints, thought });
  const refuse = (problems: readonly Problem[]) => ({ next: current, result: brokenReload(problems), before: null });
  if (!loaded.ok) return refuse(await allProblems(loaded));
  redaction.learn(loaded.config.secrets);
  const rules = await loadRules(loaded.config, current.log);
  const { templates, problems: badTemplates } = makeTemplates(loaded.config);
  const problems = [...ruleProblems(rules, loaded.config), ...badTemplates];
  if (problems.length > 0) return refuse(problems);
  const removed = removedSentences(current, { config: loaded.config, rules }, at);
  const restart = restartSentences(current.config, loaded.config);
  const config = withoutRestart(current.config, loaded.config);
  return { next: { ...current, config, rules, templates }, result: { kind: 'reloaded', removed, restart }, before };
}
