/** An element of a parsed XML text. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

const ATTRIBUTE = /\s+([A-Za-z_][\w.-]*)="([^"<]*)"/gy;
const ENTITY = /&(amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);/g;

function readText(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/.test(text))
    throw new Error(`a bare & in ${text.slice(0, 40)}`);
  const known: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(ENTITY, (whole, name: string) => known[name] ?? whole);
}

function readAttributes(text: string): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  ATTRIBUTE.lastIndex = 0;
  let end = 0;
  for (let match = ATTRIBUTE.exec(text); match !== null; match = ATTRIBUTE.exec(text)) {
    const [, name = '', value = ''] = match;
    if (name in attributes) throw new Error(`${name} stands twice`);
    attributes[name] = readText(value);
    end = ATTRIBUTE.lastIndex;
  }
  if (text.slice(end).trim() !== '') throw new Error(`not an attribute: ${text.slice(end, end + 60)}`);
  return attributes;
}

/** Reads an XML text of elements, attributes and texts alone. Throws at whatever is not well-formed. */
export function parseXml(xml: string): XmlElement {
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const open: XmlElement[] = [{ name: '', attributes: {}, children: [] }];
  let at = 0;
  while (at < body.length) {
    const next = body.indexOf('<', at);
    const text = body.slice(at, next === -1 ? undefined : next);
    if (text.trim() !== '') open.at(-1)?.children.push(readText(text));
    if (next === -1) break;
    const end = body.indexOf('>', next);
    if (end === -1) throw new Error('a tag does not end');
    const [, slash = '', name = '', rest = '', empty = ''] =
      /^<(\/?)([A-Za-z_][\w.-]*)([\s\S]*?)(\/?)>$/.exec(body.slice(next, end + 1)) ?? [];
    if (name === '') throw new Error(`not a tag: ${body.slice(next, next + 60)}`);
    if (slash === '/') {
      if (open.pop()?.name !== name) throw new Error(`${name} ends what it did not begin`);
    } else {
      const element: XmlElement = { name, attributes: readAttributes(rest), children: [] };
      open.at(-1)?.children.push(element);
      if (empty === '') open.push(element);
    }
    at = end + 1;
  }
  const [root] = open[0]?.children ?? [];
  if (open.length !== 1 || root === undefined || typeof root === 'string') throw new Error('not one element');
  return root;
}
