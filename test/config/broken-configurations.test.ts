import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problemsOf } from '../support/config-folder.ts';
import { BROKEN_CONFIGURATIONS, ENVIRONMENT, FILES } from './broken-configurations.ts';

for (const { name, yaml, expected } of BROKEN_CONFIGURATIONS) {
  test(`refuses ${name}, with the place and the mend`, async (context) => {
    assert.deepEqual(await problemsOf(context, yaml, { environment: ENVIRONMENT, files: FILES }), expected);
  });
}

test('tells all problems of a file at once, in the order of the file', async (context) => {
  const yaml = [
    'groups:',
    '  - id: acme soc',
    '    apikey: ${VT_KEY}',
    '    approved: { administrators: [] }',
    'audits:',
    '  - name: weekly',
    '    timezone: Europe/Madird',
    '    send: [{ to: nobody }]',
    'zebra: 1',
    '',
  ].join('\n');
  const places = (await problemsOf(context, yaml)).map((line) => line.split(':', 3).slice(1, 3).join(':'));
  assert.deepEqual(
    places.map((place) => place.split(' ')[0]),
    ['2:5', '2:5', '3:5', '3:5', '4:17', '7:5', '8:14', '9:1'],
  );
});

test('says nothing about what an unset variable might have been', async (context) => {
  const yaml = 'groups: [{ id: "${GROUP}", apiKeyFile: ./key }]\naudits: [{ name: weekly, groups: [acme_soc] }]\n';
  assert.deepEqual(await problemsOf(context, yaml), [
    'config.yaml:1:12 groups[0].id: the environment variable GROUP is not set; set it, or give a default: ${NAME:-default}',
  ]);
});
