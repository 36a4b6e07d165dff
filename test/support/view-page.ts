/** One value that a template can name. */
interface Row {
  readonly path: string;
  readonly kind: 'text' | 'list' | 'yes or no';
  readonly example: string;
}

const MAX_EXAMPLE = 70;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function rowsOf(value: unknown, path: string): readonly Row[] {
  if (typeof value === 'string') return [{ path, kind: 'text', example: value }];
  if (typeof value === 'boolean') return [{ path, kind: 'yes or no', example: value ? 'yes' : 'no' }];
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    if (items.length === 0) throw new Error(`${path} is empty in the sample view: nobody could see what is in it`);
    return [{ path, kind: 'list', example: '' }, ...rowsOf(items[0], `${path}[]`)];
  }
  if (!isRecord(value)) throw new Error(`${path} is neither a text, a list, nor yes or no`);
  return Object.entries(value).flatMap(([key, item]) => rowsOf(item, path === '' ? key : `${path}.${key}`));
}

function toCell(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
  return line.length > MAX_EXAMPLE ? `${line.slice(0, MAX_EXAMPLE - 1)}…` : line;
}

/** Every value of a view as a table in Markdown, with what the sample report has there. */
export function toViewTable(view: object): string {
  const rows = rowsOf(view, '').map(({ path, kind, example }) => `| \`${path}\` | ${kind} | ${toCell(example)} |`);
  return ['| name | kind | in the sample |', '| --- | --- | --- |', ...rows].join('\n');
}

const BEGIN = '<!-- view: made by test/render/write-view-page.ts -->';
const END = '<!-- /view -->';

/** The page with its table made anew. */
export function withViewTable(page: string, view: object): string {
  const [before, rest] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before === -1 || rest === -1) throw new Error('the page has no place for the table');
  return `${page.slice(0, before + BEGIN.length)}\n\n${toViewTable(view)}\n\n${page.slice(rest)}`;
}
