import type { Evidence } from '../model/judgement.ts';
import { formatNumber } from './figures.ts';
import type { Moments } from './moments.ts';
import { capitalize, cleanText } from './plain-text.ts';
import { isPersonalKey, type Privacy } from './privacy.ts';

/** One fact in words. */
export interface FactLine {
  readonly label: string;
  readonly value: string;
}

/** A list of records, as a table. */
export interface FactTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[] }[];
  /** `and 12 more`, or empty. */
  readonly more: string;
}

/** Evidence of a finding, readable without knowing the rule. */
export interface EvidenceView {
  /** The plain facts in one line, for narrow places. */
  readonly line: string;
  readonly facts: readonly FactLine[];
  readonly tables: readonly FactTable[];
}

type Record_ = Readonly<Record<string, unknown>>;

const LIST_ITEMS = 40;
const TABLE_ROWS = 40;
const TABLE_COLUMNS = 6;
const MAX_DEPTH = 3;

/** Whether a value is an object with keys. */
function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `topConsumers` and `top_consumers` → `top consumers`. */
function toLabel(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
  return cleanText(words.toLowerCase(), 40);
}

/** How values of evidence and options are written. */
export interface ValueWriter {
  readonly moments: Moments;
  readonly privacy: Privacy;
}

function writeText(text: string, { moments, privacy }: ValueWriter): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${moments.day(text)} (UTC)`;
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/.test(text)) return moments.time(text);
  return privacy.sentence(text, 160);
}

/** A value in one line: lists with commas, records as `key: value`. */
function writeValue(value: unknown, writer: ValueWriter, key = '', depth = 0): string {
  if (value === null || value === undefined) return 'none';
  if (writer.privacy.detail !== 'full' && isPersonalKey(key)) return 'withheld';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return `${formatNumber(value)}${/percent$/i.test(key) ? ' %' : ''}`;
  if (typeof value === 'string') return writeText(value, writer);
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return writeList(value, writer, depth);
  if (!isRecord(value)) return '…';
  const pairs = Object.entries(value).slice(0, LIST_ITEMS);
  return pairs.map(([name, item]) => `${toLabel(name)}: ${writeValue(item, writer, name, depth + 1)}`).join('; ');
}

function writeList(items: readonly unknown[], writer: ValueWriter, depth: number): string {
  if (items.length === 0) return 'none';
  const shown = items.slice(0, LIST_ITEMS).map((item) => writeValue(item, writer, '', depth + 1));
  const more = items.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${formatNumber(more)} more` : '');
}

function toTable(key: string, items: readonly Record_[], writer: ValueWriter): FactTable {
  const shown = items.slice(0, TABLE_ROWS);
  const columns = [...new Set(shown.flatMap((item) => Object.keys(item)))].slice(0, TABLE_COLUMNS);
  const more = items.length - shown.length;
  return {
    caption: capitalize(toLabel(key)),
    columns: columns.map((column) => capitalize(toLabel(column))),
    rows: shown.map((item) => ({
      cells: columns.map((column) => (column in item ? writeValue(item[column], writer, column, 1) : '')),
    })),
    more: more > 0 ? `and ${formatNumber(more)} more` : '',
  };
}

function isTable(value: unknown): value is readonly Record_[] {
  return Array.isArray(value) && value.length > 0 && value.every(isRecord);
}

/** What the one line takes of a table, and of a fact: more is for the page. */
const LINE_ROWS = 3;
const LINE_COLUMNS = 2;
const LINE_FACT = 60;

/** Words that a rule may write for nothing. */
const NOTHING: ReadonlySet<string> = new Set(['', 'none', 'no', 'null', 'false', 'n/a', '-', '–']);

/** A fact before it is decided whether it is worth a place in the line. */
interface Candidate {
  readonly key: string;
  readonly value: unknown;
  readonly text: string;
}

/** A share that the message gives in whole percent. */
function isSaidPercent({ key, value }: Candidate, said: string): boolean {
  if (typeof value !== 'number' || !/percent$/i.test(key)) return false;
  return [Math.floor(value), Math.round(value)].some((whole) => said.includes(`${whole} %`));
}

/** Every text of a list that has nothing but texts. */
function textsIn(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.filter((item) => typeof item === 'string');
  return texts.length === items.length ? texts : [];
}

/** What the message or the subject has said already, and what says nothing, need not stand beside it. */
function isSaid(candidate: Candidate, said: string): boolean {
  const { value, text } = candidate;
  if (value === null || value === undefined || value === false) return true;
  if (text.length > LINE_FACT || NOTHING.has(text.toLowerCase()) || isSaidPercent(candidate, said)) return true;
  const texts = textsIn(value);
  if (texts.length > 0) {
    const isIn = (item: string) => said.includes((/^\d{4}-\d{2}-\d{2}/.exec(item)?.[0] ?? item).toLowerCase());
    return texts.every(isIn) || said.includes(text.toLowerCase());
  }
  return typeof value === 'number' && (said.includes(text) || said.includes(String(value)));
}

function tableInLine({ caption, rows }: FactTable): string {
  const shown = rows.slice(0, LINE_ROWS).map(({ cells }) => cells.slice(0, LINE_COLUMNS).join(' '));
  return `${caption.toLowerCase()}: ${shown.join(', ')}`;
}

/** Evidence as facts and tables; the one line leaves out what `said` says. At the detail `counts` nothing of it is said. */
export function toEvidenceView(evidence: Evidence, writer: ValueWriter, said = ''): EvidenceView {
  if (writer.privacy.detail === 'counts') return { line: '', facts: [], tables: [] };
  const entries = Object.entries(evidence);
  const plain = entries
    .filter(([, value]) => !isTable(value))
    .map(([key, value]) => ({
      key,
      value,
      label: toLabel(key),
      text: cleanText(writeValue(value, writer, key), 2_000),
    }));
  const tables = entries.flatMap(([key, value]) => (isTable(value) ? [toTable(key, value, writer)] : []));
  const parts = plain
    .filter((candidate) => !isSaid(candidate, said.toLowerCase()))
    .map(({ label, text }) => `${label}: ${text}`)
    .concat(tables.map(tableInLine));
  return {
    line: cleanText(parts.join(' · '), 180),
    facts: plain.map(({ label, text }) => ({ label, value: text })),
    tables,
  };
}
