import { z } from 'zod';
import { configSchema } from './schema.ts';

const FROM_A_VARIABLE = { type: 'string', pattern: String.raw`\$\{` } as const;

/** The JSON Schema (draft 7) of the configuration file, for editors. A variable may stand for any text. */
export function configJsonSchema(): unknown {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-07',
    override: ({ jsonSchema }) => {
      const { type, pattern, enum: words } = jsonSchema;
      if (type !== 'string' || pattern?.includes(FROM_A_VARIABLE.pattern) === true) {
        return;
      }
      if (words !== undefined) {
        delete jsonSchema.type;
        delete jsonSchema.enum;
        jsonSchema.anyOf = [{ type, enum: words }, { ...FROM_A_VARIABLE }];
      } else if (pattern !== undefined) {
        delete jsonSchema.type;
        delete jsonSchema.pattern;
        jsonSchema.anyOf = [{ type, pattern }, { ...FROM_A_VARIABLE }];
      }
    },
  });
  return { ...schema, title: 'Configuration of vt-auditor' };
}
