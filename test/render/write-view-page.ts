import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sampleView } from '../../src/render/templates.ts';
import { withViewTable } from '../support/view-page.ts';

// Run it after a change of the view: node test/render/write-view-page.ts
const page = join(import.meta.dirname, '../../docs/templates.md');
writeFileSync(page, withViewTable(readFileSync(page, 'utf8'), sampleView()));
