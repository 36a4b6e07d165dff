import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCount } from '../../src/commands/progress.ts';

/** What is written while 40 days take so long each. */
function written(isTTY: boolean, msADay: number): readonly string[] {
  const lines: string[] = [];
  let ms = 0;
  const stream = {
    isTTY,
    write(text: string | Uint8Array): boolean {
      lines.push(String(text));
      return true;
    },
  };
  const count = createCount({ stream, words: ['acme_soc: ', ' days judged'], now: () => ms });
  for (let done = 0; done <= 40; done += 1) {
    count.show(done, 40);
    ms += msADay;
  }
  count.end();
  return lines;
}

test('without a terminal a line now and then shows that it goes on', () => {
  assert.deepEqual(written(false, 1_250), [
    'acme_soc: 12 of 40 days judged\n',
    'acme_soc: 24 of 40 days judged\n',
    'acme_soc: 36 of 40 days judged\n',
  ]);
});

test('what is quick says nothing in a log', () => {
  assert.deepEqual(written(false, 300), []);
});

test('at a terminal one line is written over and over, and taken away at the end', () => {
  const lines = written(true, 300);
  assert.equal(lines.length, 42);
  assert.ok(lines.every((line) => line.startsWith('\r\u001B[2K') && !line.includes('\n')));
  assert.deepEqual([lines[12], lines.at(-1)], ['\r\u001B[2Kacme_soc: 12 of 40 days judged', '\r\u001B[2K']);
});
