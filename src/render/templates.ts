import { readdirSync, readFileSync } from 'node:fs';
import Handlebars from 'handlebars';
import { digestOf } from '../model/finding.ts';
import { sampleRouted } from './sample-report.ts';
import { checkTemplate } from './template-check.ts';
import { toView } from './view.ts';
import type { View } from './view-model.ts';

/** The templates by what they make. Each throws an error that names the template. */
export interface Templates {
  readonly text: (view: View) => string;
  readonly mail: (view: View) => string;
  readonly page: (view: View) => string;
}

/** What templates get: the view, and the page's content security policy. */
interface TemplateInput extends View {
  readonly policy: string;
}

const FOLDER = new URL('../../templates/', import.meta.url);
const SUFFIX = '.hbs';

/** The sources of a folder's templates, by file name without its ending. */
function readSources(folder: URL): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  const sources = names.sort().map((name): readonly [string, string] => {
    return [name.slice(0, -SUFFIX.length), readFileSync(new URL(name, folder), 'utf8')];
  });
  return new Map(sources);
}

/**
 * Only the page's one script may run, and nothing may be fetched: a name that got through the escaping could neither act nor send.
 * Styles must stay `unsafe-inline`, because widths of bars are style attributes, which hashes do not cover.
 */
function toPolicy(script: string): string {
  const hash = Buffer.from(digestOf(script), 'hex').toString('base64');
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function sampleInput(): TemplateInput {
  const look = { organization: 'Sample', timezone: 'UTC', accentColor: '#0b57d0', logo: null };
  return { ...toView(sampleRouted('sample'), look, 'full', null), policy: '' };
}

interface Compiler {
  readonly sources: ReadonlyMap<string, string>;
  readonly partials: ReadonlyMap<string, string>;
  readonly policy: string;
}

function compile(name: string, { sources, partials, policy }: Compiler, noEscape: boolean): (view: View) => string {
  const source = sources.get(name);
  if (source === undefined) throw new Error(`templates/${name}${SUFFIX} is missing`);
  const problems = checkTemplate(name, source, partials, sampleInput());
  if (problems.length > 0) {
    const lines = problems.map(({ template, line, problem }) => `${template}${SUFFIX}:${line}: ${problem}`);
    throw new Error(`A template cannot be used:\n${lines.join('\n')}`);
  }
  const engine = Handlebars.create();
  const options = { strict: true, knownHelpersOnly: true, noEscape };
  for (const [partial, text] of partials) engine.registerPartial(partial, engine.compile(text, options));
  const template = engine.compile<TemplateInput>(source, options);
  return (view) => {
    try {
      return template({ ...view, policy });
    } catch (cause) {
      throw new Error(`templates/${name}${SUFFIX} failed`, { cause });
    }
  };
}

/**
 * Reads, checks and compiles the templates.
 * @throws when one is missing, names what the view does not have, or would print a value raw; the message names file and line.
 */
export function loadTemplates(folder: URL = FOLDER): Templates {
  const sources = readSources(folder);
  const partials = readSources(new URL('partials/', folder));
  const compiler = { sources, partials, policy: toPolicy(partials.get('page-script') ?? '') };
  return {
    text: compile('text', compiler, true),
    mail: compile('mail', compiler, false),
    page: compile('page', compiler, false),
  };
}
