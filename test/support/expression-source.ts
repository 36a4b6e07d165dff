/** The keys of a rule in YAML that tests vary; everything else is as it must be. */
export interface ExpressionSource {
  readonly for?: string;
  readonly when: string;
  readonly message?: string;
  /** Lines to add at the end. */
  readonly more?: string;
}

/** The source of a rule in YAML about members, unless told otherwise. */
export function expressionSource({
  for: target = 'members',
  when,
  message = 'x',
  more = '',
}: ExpressionSource): string {
  return [
    'title: Everything is as it should be',
    'severity: low',
    'why: Because.',
    'fix: Mend it.',
    `for: ${target}`,
    `when: ${JSON.stringify(when)}`,
    `message: ${JSON.stringify(message)}`,
    more,
  ].join('\n');
}
