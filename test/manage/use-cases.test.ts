import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROUTES } from '../../src/simulator/routes.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'use-cases.md'), 'utf8');

/** Both sides name the variable parts of a path as they like. */
const bare = (path: string): string => path.replaceAll(/\{[^}]+\}/g, '{}');

test('the page on use cases names every operation of the API', () => {
  const named = new Set(
    [...PAGE.matchAll(/^\| (GET|POST|PATCH|DELETE) ([^|]+)\|/gm)].flatMap(([, method, paths = '']) =>
      [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']) => `${method} ${bare(path)}`),
    ),
  );
  const missing = ROUTES.map(({ method, path }) => `${method} ${bare(path)}`)
    // One pattern of the simulator's stands for the checks of both relationships.
    .filter((operation) => operation !== 'GET /groups/{}/relationships/{}/{}' && !named.has(operation));
  assert.deepEqual(missing, []);
});
