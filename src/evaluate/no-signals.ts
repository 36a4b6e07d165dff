/**
 * Takes from this process the means to send signals to others. The permission model leaves them, and one to the parent would end the
 * daemon; one to -1 would end everything that its user runs.
 */
export function forbidSignals(): void {
  const own = process.pid;
  // What `process.kill`, under whatever name it was imported, comes to.
  const send: unknown = Reflect.get(process, '_kill');
  const guarded = (pid: number, signal: number): unknown => {
    if (pid !== own || typeof send !== 'function') throw new Error('rules may not send signals to other processes');
    return Reflect.apply(send, process, [pid, signal]);
  };
  fix('_kill', guarded);
  for (const name of ['_debugProcess', 'binding', '_linkedBinding']) fix(name, undefined);
}

function fix(name: string, value: unknown): void {
  Object.defineProperty(process, name, { value, writable: false, configurable: false });
}
