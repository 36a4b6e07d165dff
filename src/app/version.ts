import { readFileSync } from 'node:fs';

/** vt-auditor's version, from the package.json above this file (the source tree's, or the copy that the build makes). */
export function productVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown';
}
