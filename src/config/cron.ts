import { validateDetailed } from 'node-cron';

/** What is wrong with a schedule; null when it can be used. */
export function whyNotSchedule(expression: string): string | null {
  const fields = expression.trim().split(/\s+/u);
  if (expression.trim().startsWith('@')) {
    return '{value} is a nickname; write its five fields, such as "0 8 * * MON"';
  }
  if (fields.length !== 5) {
    const seconds = fields.length === 6 ? ' (seconds are not supported)' : '';
    return `{value} has ${fields.length} field${fields.length === 1 ? '' : 's'}; expected five: minute, hour, day of month, month, weekday${seconds}`;
  }
  const result = validateDetailed(expression.trim());
  const error = result.errors[0];
  if (!result.valid) {
    return `{value} is not a schedule: ${error === undefined ? 'it cannot be read' : describeFieldError(error)}`;
  }
  const [, , dayOfMonth = '*', , weekday = '*'] = fields;
  if (!isEvery(dayOfMonth) && !isEvery(weekday)) {
    return '{value} sets both day of month and weekday: cron would run on either, this scheduler only on days that are both; set one of them to *';
  }
  return null;
}

function isEvery(field: string): boolean {
  return field === '*' || field === '?';
}

const FIELD_RANGES: Readonly<Record<string, string>> = {
  minute: 'the minute is not within 0-59',
  hour: 'the hour is not within 0-23',
  dayOfMonth: 'the day of month is not within 1-31, or not in that month',
  month: 'the month is not within 1-12 or JAN-DEC',
  dayOfWeek: 'the weekday is not within 0-7 or SUN-SAT',
};

function describeFieldError(error: { readonly field: string }): string {
  return FIELD_RANGES[error.field] ?? 'it has a character that has no meaning there';
}
