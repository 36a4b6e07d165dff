import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';
import { digestOf } from '../model/finding.ts';
import { fitView } from './fit.ts';
import { MAX_HTML_BYTES } from './mail.ts';
import { overrideTemplates, readTemplates, TemplateError, type TemplateSources } from './own-templates.ts';
import { sampleRouted } from './sample-report.ts';
import { checkForm, checkTemplate } from './template-check.ts';
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

const FOLDER = fileURLToPath(new URL('../../templates/', import.meta.url));

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

/** A report in which no list is empty, as templates get it: what every template is tried with before it is used. */
export function sampleView(): View {
  const look = { organization: 'Sample', timezone: 'UTC', accentColor: '#0b57d0', logo: SAMPLE_LOGO };
  const view = toView(sampleRouted('sample'), look, 'full', SAMPLE_DIGEST);
  return { ...view, attached: 'Attached: sample_group-2026-03-02-findings.csv.' };
}

const SAMPLE_LOGO =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SAMPLE_DIGEST = 'c0ffee00'.repeat(8);

interface Compiler {
  readonly sources: TemplateSources;
  /** Sources of partials, by the name that a template calls them. */
  readonly partials: ReadonlyMap<string, string>;
  readonly policy: string;
}

type Name = keyof Templates;

const IS_TEXT: Readonly<Record<Name, boolean>> = { text: true, mail: false, page: false };

function problemsIn(name: Name, { sources, partials }: Compiler, input: TemplateInput): readonly string[] {
  const source = sources.get(name);
  if (source === undefined) return [`${name}.hbs is missing`];
  const fileOf = (template: string) =>
    (template === name ? source : sources.get(`${PARTIALS}${template}`))?.file ?? template;
  return checkTemplate(name, source.text, partials, input).map(
    ({ template, line, problem }) => `${fileOf(template)}:${line}: ${problem}`,
  );
}

/** What cannot even be read as a template, or would let data out of the text that it stands in. */
function formProblems(sources: TemplateSources): readonly string[] {
  return [...sources.values()].flatMap(({ file, text }) =>
    checkForm(text).map(({ line, problem }) => `${file}:${line}: ${problem}`),
  );
}

function compile(name: Name, { sources, partials, policy }: Compiler): (view: View) => string {
  const engine = Handlebars.create();
  const options = { strict: true, knownHelpersOnly: true, noEscape: IS_TEXT[name] };
  for (const [partial, text] of partials) engine.registerPartial(partial, engine.compile(text, options));
  const template = engine.compile<TemplateInput>(sources.get(name)?.text ?? '', options);
  return (view) => {
    try {
      return template({ ...view, policy });
    } catch (cause) {
      throw new Error(`templates/${name}.hbs failed`, { cause });
    }
  };
}

/** Renders the sample: a template that throws, or a mail that no rows can make small enough, must show now and not on a Monday. */
function trialProblems(templates: Templates, sources: TemplateSources, input: TemplateInput): readonly string[] {
  const view = fitView(input, 1, 'in the sample');
  const made = NAMES.map((name) => ({ name, ...attempt(() => templates[name](view)) }));
  return made.flatMap(({ name, text, error }) => {
    const file = sources.get(name)?.file ?? name;
    if (error !== null) return [`${file}: it fails with the sample report: ${error}`];
    const size = Buffer.byteLength(text);
    return name === 'mail' && size > MAX_HTML_BYTES
      ? [
          `${file}: a mail with one finding has ${size} bytes, and more than ${MAX_HTML_BYTES} are cut off by mail programs`,
        ]
      : [];
  });
}

const NAMES = ['text', 'mail', 'page'] as const satisfies readonly Name[];

function attempt(make: () => string): { readonly text: string; readonly error: string | null } {
  try {
    return { text: make(), error: null };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { text: '', error: cause instanceof Error ? cause.message : String(cause) };
  }
}

function partialsIn(sources: TemplateSources): ReadonlyMap<string, string> {
  const partials = [...sources].filter(([name]) => name.startsWith(PARTIALS));
  return new Map(partials.map(([name, { text }]) => [name.slice(PARTIALS.length), text]));
}

const PARTIALS = 'partials/';

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new TemplateError([...new Set(problems)]);
}

/**
 * Reads and compiles the templates: ours, and those of the house that stand in for them. With those of the house all are checked and tried
 * first. Ours alone are so in our tests instead of at every start, of which it would be a third; each is compiled when first used.
 * @param own A folder of the house; null: none.
 * @throws TemplateError when one is missing, replaces nothing, names what the view does not have, would print a value raw, or fails.
 */
export function loadTemplates(own: string | null = null): Templates {
  const ours = readTemplates(FOLDER);
  return own === null ? compileAll(toCompiler(ours)) : tryAll(overrideTemplates(ours, readTemplates(own)));
}

function tryAll(sources: TemplateSources): Templates {
  const compiler = toCompiler(sources);
  const input: TemplateInput = { ...sampleView(), policy: compiler.policy };
  refuse(formProblems(sources));
  refuse(NAMES.flatMap((name) => problemsIn(name, compiler, input)));
  const templates = compileAll(compiler);
  refuse(trialProblems(templates, sources, input));
  return templates;
}

function toCompiler(sources: TemplateSources): Compiler {
  const partials = partialsIn(sources);
  return { sources, partials, policy: toPolicy(partials.get('page-script') ?? '') };
}

function compileAll(compiler: Compiler): Templates {
  return { text: compile('text', compiler), mail: compile('mail', compiler), page: compile('page', compiler) };
}
