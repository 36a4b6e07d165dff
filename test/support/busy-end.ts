/** A process that is ended while a thread of its pool is at work for a minute, as one is that waits for a name server. */
import { pbkdf2 } from 'node:crypto';
import { endProcess } from '../../src/daemon/signals.ts';

pbkdf2('a', 'b', 50_000_000, 64, 'sha512', () => undefined);
setTimeout(() => endProcess(3), 50);
