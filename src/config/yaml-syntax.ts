import { type Document, isNode, type Range, visit, type YAMLError } from 'yaml';

const SENTENCES: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'a reference (*) or an anchor (&) has a name that YAML does not allow',
  BAD_DIRECTIVE: 'a line that starts with % is a YAML directive, which this one is not; put quotes around a value',
  BAD_DQ_ESCAPE: 'a backslash in double quotes starts an escape that YAML does not know; use single quotes',
  BAD_INDENT: 'the indentation does not fit',
  BAD_SCALAR_START: 'a value cannot start with this character; put quotes around the value',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" on one line, or an indented key below a key that has a value already',
  BLOCK_IN_FLOW: 'inside [ ] or { } the indented form of lists and maps cannot be used',
  MISSING_CHAR:
    'something is missing here: a colon and a space after a key, or a closing quote or bracket; or the line is not indented like its neighbours',
  MULTILINE_IMPLICIT_KEY: 'a key must stand on one line, followed by a colon and a space',
  MULTIPLE_DOCS: 'a second document starts here (---); the file must have one',
  TAB_AS_INDENT: 'a tab cannot indent in YAML; use spaces',
  RESOURCE_EXHAUSTION: 'lists or maps are nested too deeply',
};

const ELSE =
  'the YAML cannot be read here: look for a missing quote, bracket, comma, or space after a colon, and at the indentation';

/**
 * What is wrong with the YAML, in our words: the parser's own messages repeat parts of the file, which may be a secret.
 * `line` is the text of the line it stands on.
 */
export function describeSyntaxError(error: Pick<YAMLError, 'code'>, line: string): string {
  if (error.code === 'UNEXPECTED_TOKEN' && /[[{].*[\s:,[{]\$\{/u.test(line)) {
    return 'a variable inside [ ] or { } needs quotes: "${NAME}"';
  }
  return `not valid YAML: ${SENTENCES[error.code] ?? ELSE}`;
}

/**
 * Where the quote or the bracket stands that is never closed; null when the error is another. The parser notices it only where the
 * text ends, which helps nobody.
 */
export function findOpening(
  document: Pick<Document, 'contents'>,
  error: Pick<YAMLError, 'message' | 'pos'>,
): { readonly offset: number; readonly message: string } | null {
  const isQuote = /closing ['"]quote/u.test(error.message);
  if (!isQuote && !/end with a [\]}]/u.test(error.message)) {
    return null;
  }
  let offset: number | null = null;
  const remember = (range: Range | null | undefined): void => {
    if (range && range[1] >= error.pos[0] && range[0] < error.pos[0]) {
      offset = range[0];
    }
  };
  visit(isNode(document.contents) ? document.contents : null, {
    Scalar: (_key, node) => {
      if (isQuote && node.type?.startsWith('QUOTE') === true) {
        remember(node.range);
      }
    },
    Collection: (_key, node) => {
      if (!isQuote && node.flow === true) {
        remember(node.range);
      }
    },
  });
  const what = isQuote ? 'quote' : 'bracket';
  return offset === null ? null : { offset, message: `the ${what} that is opened here is not closed` };
}
