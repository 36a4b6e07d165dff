import type { AuditSettings } from '../model/settings.ts';

/** Who could be told of something that concerns the auditor itself. */
export interface NoticeRoute {
  readonly operators: readonly string[];
  readonly audits: readonly Pick<AuditSettings, 'send'>[];
  /** Channels that have proven not to work. */
  readonly avoid: readonly string[];
}

/** The channels of a notice: the operators, failing them everybody who gets reports. Sorted; empty: nobody can be told. */
export function routeNotice({ operators, audits, avoid }: NoticeRoute): readonly string[] {
  const usable = (channels: readonly string[]): readonly string[] =>
    [...new Set(channels)].filter((name) => !avoid.includes(name)).sort();
  const first = usable(operators);
  return first.length > 0 ? first : usable(audits.flatMap(({ send }) => send.map(({ to }) => to)));
}
