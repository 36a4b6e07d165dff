#!/usr/bin/env node
// No static import: an older Node must get as far as the sentence below before anything is loaded that it does not understand.
const MINIMUM = [24, 12] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  process.stderr.write(
    `vt-auditor needs Node ${MINIMUM.join('.')} or newer; this is ${process.versions.node}. Install a newer Node or use the container image.\n`,
  );
  process.exitCode = 2;
} else {
  const v8 = await import('node:v8');
  // Halves the resident memory of an audit of 100,000 members; it must be set before the heap grows.
  v8.setFlagsFromString('--memory-saver-mode');
  // A catastrophic pattern in somebody's rule switches to the linear-time engine instead of eating its whole time allowance.
  v8.setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv.slice(2));
}
