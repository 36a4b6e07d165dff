import type { Config, Problem } from '../model/settings.ts';
import { TemplateError } from '../render/own-templates.ts';
import { loadTemplates, type Templates } from '../render/templates.ts';

/** The templates in force; where those of the house cannot be used, ours, and what is wrong with theirs. */
export function makeTemplates(config: Config): {
  readonly templates: Templates;
  readonly problems: readonly Problem[];
} {
  if (config.templates === null) return { templates: loadTemplates(), problems: [] };
  try {
    return { templates: loadTemplates(config.templates), problems: [] };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const place = config.locate(['report', 'templates']);
    const problems = error.problems.map((message) => ({ place, path: 'report.templates', message }));
    return { templates: loadTemplates(), problems };
  }
}
