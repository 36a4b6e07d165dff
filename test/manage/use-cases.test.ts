import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROUTES } from '../../src/simulator/routes.ts';

const PAGE = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'use-cases.md'), 'utf8');

/** Both sides name the variable parts of a path as they like. */
const bare = (path: string): string => path.replaceAll(/\{[^}]+\}/g, '{}');

const NAMED: ReadonlySet<string> = new Set(
  [...PAGE.matchAll(/^\| (GET|POST|PATCH|DELETE) ([^|]+)\|/gm)].flatMap(([, method, paths = '']) =>
    [...paths.matchAll(/`([^`]+)`/g)].map(([, path = '']) => `${method} ${bare(path)}`),
  ),
);

/** Paths and methods of the vendor's OpenAPI description of group administration. */
const DESCRIBED: Readonly<Record<string, readonly string[]>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'virustotal', 'openapi-operations.json'), 'utf8'),
);

/** Sample scripts of both guides, by file name; where a use case has one in each, both. */
const SCRIPTS = [
  'adding_users_to_group',
  'getting_group_api_consumption',
  'getting_group_features_current_month_consumption',
  'getting_group_users_and_service_accounts',
  'getting_possible_unauthorized_admins',
  'getting_potentially_unauthorized_admins',
  'getting_user_api_consumption',
  'getting_user_features_current_month_consumption',
  'getting_users_without_2fa',
  'group_api_consumption',
  'group_enterprise_current_month_consumption',
  'managing_users_api_allowance',
  'managing_users_privileges',
  'remove_users_from_group',
  'user_api_consumption',
  'user_enterprise_current_month_consumption',
];

test('the page on use cases names every operation of the vendor’s description', () => {
  const described = Object.entries(DESCRIBED).flatMap(([path, methods]) =>
    methods.map((method) => `${method.toUpperCase()} ${bare(path)}`),
  );
  assert.equal(described.length, 23);
  assert.deepEqual(
    described.filter((operation) => !NAMED.has(operation)),
    [],
  );
});

test('the page names every sample script of both guides, each in a row with a command', () => {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('|'));
  for (const script of SCRIPTS) {
    const row = rows.find((line) => line.includes(`\`${script}\``));
    assert.ok(row !== undefined, script);
    const command = row.split('|').at(3) ?? '';
    assert.match(command, /`(members|service-accounts|administrators|quota|usage) /, script);
  }
});

test('the page on use cases names every operation that the simulator serves', () => {
  const missing = ROUTES.map(({ method, path }) => `${method} ${bare(path)}`)
    // One pattern of the simulator's stands for the checks of both relationships.
    .filter((operation) => operation !== 'GET /groups/{}/relationships/{}/{}' && !NAMED.has(operation));
  assert.deepEqual(missing, []);
});
