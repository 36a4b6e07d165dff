/** A part of a text: plain, or an expression with where it starts in the text. */
export type Part = string | { readonly source: string; readonly offset: number };

/** A text in parts, or where an expression in it begins that does not end. */
export type ParsedTemplate =
  | { readonly ok: true; readonly parts: readonly Part[] }
  | { readonly ok: false; readonly offset: number; readonly message: string };

/** Characters after a brace that show whether an expression was meant. */
const MOST_LOOKED_AT = 40;

/** Takes a text apart at its `${...}`. `$${` is a dollar sign and a brace. */
export function parseTemplate(text: string): ParsedTemplate {
  const parts: Part[] = [];
  let plain = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      plain += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = findEnd(text, at + 2);
      if (end === null) return { ok: false, offset: at, message: 'the ${ that starts here is not closed by a }' };
      parts.push(plain, { source: text.slice(at + 2, end), offset: at + 2 });
      plain = '';
      at = end + 1;
    } else if (text.startsWith('{{', at)) {
      return { ok: false, offset: at, message: 'an expression stands in ${...}, not in {{...}}' };
    } else if (/^\{\s*[a-z]\w*\.\w/i.test(text.slice(at, at + MOST_LOOKED_AT))) {
      return { ok: false, offset: at, message: 'an expression stands in ${...}: put a $ before this {' };
    } else {
      plain += text[at];
      at += 1;
    }
  }
  parts.push(plain);
  return { ok: true, parts: parts.filter((part) => part !== '') };
}

/** Where the brace stands that closes an expression: not one in a text, nor one that closes another. */
function findEnd(text: string, from: number): number | null {
  let depth = 0;
  let quote: string | null = null;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at];
    if (quote !== null) {
      if (letter === '\\') at += 1;
      else if (letter === quote) quote = null;
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '{') depth += 1;
    else if (letter === '}') {
      if (depth === 0) return at;
      depth -= 1;
    }
  }
  return null;
}
