import { z } from '../../rule.ts';
import { testForm } from './file-tests.ts';
import { ruleForm } from './rule-form.ts';
import { TARGETS } from './targets.ts';

/** The name under which the schema is published, and lies beside rules. */
export const RULE_SCHEMA_FILE = 'rule.schema.json';

/** The JSON Schema (draft 7) of a rule in YAML, for editors. What expressions say is checked when the rule is loaded. */
export function ruleJsonSchema(): unknown {
  const targets = Object.entries(TARGETS).map(([name, { variable, about }]) =>
    z.literal(name).describe(`${variable}: ${about}`),
  );
  const schema = z.toJSONSchema(ruleForm.extend({ for: z.union(targets), tests: testForm.exactOptional() }), {
    io: 'input',
    target: 'draft-07',
  });
  return { ...schema, title: 'A rule of vt-auditor' };
}

/** The same as a file. */
export function ruleJsonSchemaText(): string {
  return `${JSON.stringify(ruleJsonSchema(), null, 2)}\n`;
}
