import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ConfigurationError } from '../../src/app/complaint.ts';
import { openApp, prepare } from '../../src/app.ts';
import { BASE, configFolder } from '../support/config-folder.ts';
import { viewOf } from '../support/render-builder.ts';
import { ordinaryReport } from '../support/report-builder.ts';

function configured(t: TestContext, template: string) {
  const folder = configFolder(t, {
    'config.yaml': `${BASE}store: { path: ./audit.db }\nreport: { templates: ./looks }\n`,
    'looks/text.hbs': template,
  });
  const options = { configFile: join(folder, 'config.yaml'), logLevel: 'silent' } as const;
  return { options, template: join(folder, 'looks/text.hbs') };
}

test('a template of the house that cannot be used stops the start with the places of both', async (t) => {
  const { options, template } = configured(t, 'x\n{{titel}}');
  await assert.rejects(prepare(options), (error) => {
    assert.ok(error instanceof ConfigurationError);
    const [line = '', ...others] = error.lines;
    assert.deepEqual(others, []);
    assert.match(line, /config\.yaml:7:\d+ report\.templates: /);
    assert.ok(line.endsWith(`${template}:2: the view has no titel`), line);
    return true;
  });
});

test('templates of the house are read again when they change; broken ones leave the old ones in force', async (t) => {
  const { options, template } = configured(t, 'first {{group}}');
  const app = await openApp(options, 'command');
  t.after(() => app.close());
  const view = viewOf(ordinaryReport());
  const text = async () => (await app.context(app.clock.now())).templates.text(view);
  assert.equal(await text(), `first ${view.group}`);
  const before = await app.fingerprint();

  writeFileSync(template, 'second {{grup}}');
  assert.notEqual(await app.fingerprint(), before);
  const broken = await app.reload();
  assert.equal(broken.kind, 'broken');
  assert.match(broken.kind === 'broken' ? broken.problems.join('\n') : '', /text\.hbs:1: the view has no grup/);
  assert.equal(await text(), `first ${view.group}`);

  writeFileSync(template, 'second {{group}}');
  assert.equal((await app.reload()).kind, 'reloaded');
  assert.equal(await text(), `second ${view.group}`);
  assert.equal(app.templates.text(view), `second ${view.group}`);
});
