import type { z } from 'zod';
import { SEVERITIES } from '../model/severity.ts';
import { day, oneOf, strict, text, textLike } from './fields.ts';

/** One entry of the waiver file. */
export const waiverSchema = strict({
  rule: textLike('the id of a rule', /^[a-z0-9]+(?:-[a-z0-9]+)*$/u),
  group: text('the id of a group').optional(),
  subject: text('the id or the e-mail address of the subject'),
  key: text('the name of what is waived of the subject, such as a quota').optional(),
  reason: text('why it is accepted'),
  approvedBy: text('who accepted it'),
  approvedOn: day.optional(),
  severity: oneOf(SEVERITIES).optional(),
  expires: day,
  ticket: text('the record of the approval').optional(),
});

/** An entry of the waiver file as written. */
export type WrittenWaiver = z.output<typeof waiverSchema>;
