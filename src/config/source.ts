import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { Place, Problem } from '../model/settings.ts';
import type { Environment } from './environment.ts';
import { formatKeyPath, type KeyPath, toPathKey } from './key-path.ts';
import { type Scalars, toTree } from './source-tree.ts';
import { describeSyntaxError, findOpening } from './yaml-syntax.ts';

/** A parsed file: plain values, and where each of them was written. */
export interface Source {
  /** Null where there is none, or where it cannot be used. */
  readonly tree: unknown;
  /** What is wrong with the notation, before any meaning. */
  readonly problems: readonly Problem[];
  /** Whether `tree` can be looked at at all. */
  readonly readable: boolean;
  /** Scalars whose text came from variables, or could not be had. */
  readonly scalars: Scalars;
  /** Where the key (or the list item) of a path stands; null when it is not written in the file. */
  locate(path: KeyPath): Place | null;
  /** A problem at a path, placed at the nearest key around it that is written in the file. */
  problemAt(path: KeyPath, message: string): Problem;
}

/**
 * Parses one YAML 1.2 document. Variables are put into scalars when an environment is given. Never throws: what cannot be parsed
 * is among the problems.
 */
export function parseSource(input: {
  readonly file: string;
  readonly text: string;
  readonly environment: Environment | null;
}): Source {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file: input.file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parse(input.text, lines);
  if (document === null) {
    const message = 'not valid YAML: lists or maps are nested too deeply';
    return unreadable({ place: placeOf(0), path: '', message });
  }
  const syntax = firstSyntaxError(document.errors);
  if (syntax !== null) {
    const opening = findOpening(document, syntax);
    const place = placeOf(opening?.offset ?? syntax.pos[0]);
    const line = input.text.split('\n')[place.line - 1] ?? '';
    const message = opening === null ? describeSyntaxError(syntax, line) : `not valid YAML: ${opening.message}`;
    return unreadable({ place, path: '', message });
  }
  if (document.directives?.yaml.explicit === true && document.directives.yaml.version !== '1.2') {
    return unreadable({ place: placeOf(0), path: '', message: 'the file must be YAML 1.2; remove the %YAML line' });
  }
  const { tree, offsets, scalars, complaints } = toTree(document.contents, input.environment);
  const locate = (path: KeyPath): Place | null => {
    const offset = offsets.get(toPathKey(path));
    return offset === undefined ? null : placeOf(offset);
  };
  const problems = complaints.map(({ offset, path, message }) => ({
    place: placeOf(offset),
    path: formatKeyPath(path),
    message,
  }));
  const problemAt = (path: KeyPath, message: string): Problem => ({
    place: nearestPlace(path, locate) ?? placeOf(0),
    path: formatKeyPath(path),
    message,
  });
  return { tree, problems, readable: true, scalars, locate, problemAt };
}

function parse(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> | null {
  try {
    return parseDocument(text, {
      lineCounter,
      uniqueKeys: false,
      prettyErrors: false,
      version: '1.2',
      logLevel: 'error',
    });
  } catch {
    // The parser recurses; besides that it reports what is wrong instead of throwing.
    return null;
  }
}

/** One mistake causes many errors after it: only the first helps. */
function firstSyntaxError(errors: readonly YAMLError[]): YAMLError | null {
  const deep = errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  return deep ?? errors.toSorted((a, b) => a.pos[0] - b.pos[0])[0] ?? null;
}

function nearestPlace(path: KeyPath, locate: (path: KeyPath) => Place | null): Place | null {
  for (let length = path.length; length >= 0; length -= 1) {
    const place = locate(path.slice(0, length));
    if (place !== null) {
      return place;
    }
  }
  return null;
}

function unreadable(problem: Problem): Source {
  return {
    tree: null,
    problems: [problem],
    readable: false,
    scalars: { variables: new Map(), unknown: new Set(), defaulted: new Set() },
    locate: () => null,
    problemAt: (path, message) => ({ place: problem.place, path: formatKeyPath(path), message }),
  };
}
