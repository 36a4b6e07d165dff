import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configJsonSchema } from '../../src/config/json-schema.ts';

// Run it after a change of the configuration: node test/config/write-json-schema.ts
writeFileSync(
  join(import.meta.dirname, '../../config.schema.json'),
  `${JSON.stringify(configJsonSchema(), null, 2)}\n`,
);
