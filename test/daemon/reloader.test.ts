import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type App, openApp } from '../../src/app.ts';
import { createReloader, type Reloader } from '../../src/daemon/reloader.ts';
import type { Log } from '../../src/model/log.ts';
import { BASE, configFolder } from '../support/config-folder.ts';

/** A reloader over a real configuration; the looks are the test's. */
interface Stage {
  readonly folder: string;
  readonly reloader: Reloader;
  readonly app: App;
  /** Events and titles of notices since it was last asked. */
  told(): readonly string[];
  write(name: string, content: string): void;
}

const CONFIG = `${BASE}store: { path: ./data/audit.db }\n`;

async function stage(t: TestContext, files: Readonly<Record<string, string>>, reload?: () => void): Promise<Stage> {
  const folder = configFolder(t, files);
  const real = await openApp({ configFile: join(folder, 'config.yaml'), logLevel: 'silent' }, 'daemon');
  t.after(() => real.close());
  let told: string[] = [];
  const event = (message: string): void => void told.push(message);
  const log: Log = { debug: () => undefined, info: event, warn: event, error: event };
  const app: App = Object.create(real, {
    log: { value: log },
    notify: { value: ({ title }: { title: string }) => told.push(`notice: ${title}`) },
    reload: {
      value: async () => {
        const result = await real.reload();
        reload?.();
        return result;
      },
    },
  });
  return {
    folder,
    app,
    reloader: createReloader(app, () => undefined),
    told() {
      const lines = told;
      told = [];
      return lines;
    },
    write: (name, content) => writeFileSync(join(folder, name), content, { mode: 0o600 }),
  };
}

const nameOf = ({ app }: Stage): string | undefined => app.config.audits[0]?.name;

test('acts when two looks in a row saw the same, and at once when it is asked', async (t) => {
  const at = await stage(t, { 'config.yaml': CONFIG });
  await at.reloader.look();
  assert.deepEqual(at.told(), []);

  at.write('config.yaml', CONFIG.replace('weekly', 'monthly'));
  await at.reloader.look();
  assert.equal(nameOf(at), 'weekly');
  await at.reloader.look();
  assert.equal(nameOf(at), 'monthly');

  at.write('config.yaml', CONFIG.replace('weekly', 'daily'));
  await at.reloader.look('now');
  assert.equal(nameOf(at), 'daily');
  at.told();
  await at.reloader.look('now');
  assert.deepEqual(at.told(), ['configuration unchanged']);
});

test('a file that is written while the configuration is read is not taken for the one in force', async (t) => {
  const late = CONFIG.replace('weekly', 'late');
  let writes = 0;
  const at: Stage = await stage(t, { 'config.yaml': CONFIG }, () => {
    writes += 1;
    if (writes === 1) at.write('config.yaml', late);
  });
  at.write('config.yaml', CONFIG.replace('weekly', 'early'));
  await at.reloader.look('now');
  assert.equal(nameOf(at), 'early');
  await at.reloader.look();
  await at.reloader.look();
  assert.equal(nameOf(at), 'late');
});

test('a file that is named for the first time is watched from before it was read', async (t) => {
  const at = await stage(t, { 'config.yaml': CONFIG, other: 'f'.repeat(64) });
  at.write('config.yaml', CONFIG.replace('./key', './other'));
  await at.reloader.look('now');
  const before = at.app.readFrom;
  assert.equal(before, await at.app.fingerprint());
  at.write('other', 'e'.repeat(64));
  await at.reloader.look();
  await at.reloader.look();
  assert.notEqual(at.app.readFrom, before);
});

test('a broken configuration leaves the old one in force, is told once, and again when it is asked', async (t) => {
  const at = await stage(t, { 'config.yaml': CONFIG });
  at.write('config.yaml', CONFIG.slice(0, -9));
  await at.reloader.look();
  await at.reloader.look();
  await at.reloader.look();
  const title = 'notice: The new configuration is broken; the old one stays in force';
  assert.deepEqual(at.told(), ['configuration broken', title]);
  assert.equal(at.reloader.ok, false);
  assert.equal(nameOf(at), 'weekly');
  await at.reloader.look('now');
  assert.deepEqual(at.told(), ['configuration broken', title]);

  at.write('config.yaml', CONFIG);
  await at.reloader.look();
  await at.reloader.look();
  assert.deepEqual([at.reloader.ok, at.told()], [true, ['configuration reloaded']]);
});

test('files that change at every look are not read, and somebody is told once', async (t) => {
  const at = await stage(t, { 'config.yaml': CONFIG });
  for (let look = 1; look <= 60; look += 1) {
    at.write('config.yaml', `${CONFIG.replace('weekly', 'monthly')}# ${look}\n`);
    await at.reloader.look();
  }
  assert.equal(nameOf(at), 'weekly');
  assert.deepEqual(at.told(), [
    'configuration restless',
    'notice: The files of the configuration change all the time and are not read',
  ]);
  await at.reloader.look();
  assert.equal(nameOf(at), 'monthly');
});

/** Puts content where a kubelet would: into a new folder to which `..data` is swung, while the names in the mount stay links. */
function mount(folder: string, content: Readonly<Record<string, string>>): void {
  const data = mkdtempSync(join(folder, '..2026-'));
  for (const [name, text] of Object.entries(content)) writeFileSync(join(data, name), text, { mode: 0o600 });
  symlinkSync(data, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}

test('follows the links of mounted folders: keys, waivers and what lies beside rules', async (t) => {
  const at = await stage(t, {
    'config.yaml': CONFIG.replace('./key', './mount/key').concat('customRules: [./mount]\nwaivers: ./mount/waivers\n'),
    'mount/key': 'a'.repeat(64),
  });
  const folder = join(at.folder, 'mount');
  const names = ['key', 'waivers', 'list.json'] as const;
  rmSync(join(folder, 'key'));
  for (const name of names) symlinkSync(`..data/${name}`, join(folder, name));
  const contents = { key: 'a'.repeat(64), waivers: '[]', 'list.json': '[]' };
  mount(folder, contents);
  await at.reloader.look('now');
  at.told();
  for (const name of names) {
    mount(folder, { ...contents, [name]: 'b'.repeat(64) });
    await at.reloader.look();
    assert.deepEqual(at.told(), [], name);
    await at.reloader.look();
    assert.equal(at.told()[0], 'configuration reloaded', name);
  }
});
