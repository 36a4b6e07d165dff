import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULE_SCHEMA_FILE, ruleJsonSchemaText } from '../../../src/evaluate/expressions/rule-json-schema.ts';

// Run it after a change of the keys of rules in YAML: node test/evaluate/expressions/write-rule-schema.ts
writeFileSync(join(import.meta.dirname, '../../..', RULE_SCHEMA_FILE), ruleJsonSchemaText());
