import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportJsonSchema } from '../../src/render/json-schema.ts';

// Run it after a change of the JSON report: node test/render/write-report-schema.ts
writeFileSync(
  join(import.meta.dirname, '../../docs/report.schema.json'),
  `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
);
