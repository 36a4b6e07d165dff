import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { UsageError } from '../../src/app/complaint.ts';
import { confirmByTyping } from '../../src/commands/confirm.ts';

const never = new AbortController().signal;

/** A terminal at which this was typed. */
function terminal(typed: string) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end(typed);
  const output = new PassThrough();
  output.resume();
  return { input, output };
}

for (const typed of ['yes\n', 'y\n', '\n', 'acme\n', 'acme_SOC\n', 'acme_soc2\n', '', 'acme', '*\n']) {
  test(`is not confirmed by ${JSON.stringify(typed)}`, async () => {
    assert.equal(await confirmByTyping('acme_soc', never, terminal(typed)), false);
  });
}

test('is confirmed by the word itself, blanks around it aside', async () => {
  assert.equal(await confirmByTyping('acme_soc', never, terminal('acme_soc\n')), true);
  assert.equal(await confirmByTyping('acme_soc', never, terminal(' acme_soc \n')), true);
});

test('is not confirmed by somebody who stops while being asked', async () => {
  const stop = new AbortController();
  const { output } = terminal('');
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const asked = confirmByTyping('acme_soc', stop.signal, { input, output });
  stop.abort();
  assert.equal(await asked, false);
  input.destroy();
});

test('asks nobody where there is no terminal, though the word comes through a pipe', async () => {
  const input = new PassThrough();
  input.end('acme_soc\n');
  await assert.rejects(confirmByTyping('acme_soc', never, { input, output: new PassThrough() }), UsageError);
});
