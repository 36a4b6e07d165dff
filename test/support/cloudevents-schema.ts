/**
 * What CloudEvents 1.0.2 demands of an event in the JSON format (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and
 * formats/json-format.md), closed: attribute names are lower-case letters and digits, required ones are not empty, `data` and
 * `data_base64` exclude one another. No extension is used, so none is let through.
 */
export const cloudEventSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  required: ['specversion', 'id', 'source', 'type'],
  additionalProperties: false,
  propertyNames: { pattern: '^[a-z0-9]{1,20}$|^data_base64$' },
  not: { required: ['data', 'data_base64'] },
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', minLength: 1 },
    source: {
      type: 'string',
      minLength: 1,
      pattern: "^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9:/?#\\[\\]@!$&'()*+,;=._~%-]+$",
    },
    type: { type: 'string', minLength: 1 },
    time: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$' },
    subject: { type: 'string', minLength: 1 },
    datacontenttype: { type: 'string', pattern: '^[a-z]+/[a-z0-9.+-]+(; ?[a-z]+=[\\w-]+)*$' },
    dataschema: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9+.-]*:\\S+$' },
    data: {},
    data_base64: { type: 'string' },
  },
} as const;
