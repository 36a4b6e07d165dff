import usageWithoutSpikes from '../rules/usage-without-spikes.ts';
import { isBreach } from '../src/model/judgement.ts';
import { addDays, toDay, type UsageDay } from '../src/rule.ts';
import type { LabelledSeries } from './series/labelled.ts';

const present = <T>(value: T) => ({ present: true, value }) as const;
const group = {
  id: 'bench',
  domain: null,
  quotas: { known: true, value: {} },
  privileges: { known: true, value: [] },
  autoAddUsers: { known: true, value: [] },
  forceOidcLogin: { known: true, value: false },
} as const;

/** The indices of the days that the real rule reports in an audit on the morning after the first `finished` days of a series. */
export function spikesFound(series: LabelledSeries, finished = series.calls.length): readonly number[] {
  const usage = series.calls.slice(0, finished).map(
    (calls, index): UsageDay => ({
      day: addDays(series.firstDay, index),
      calls: calls > 0 ? { files: calls } : {},
      freeCalls: {},
    }),
  );
  const at = new Date(`${addDays(series.firstDay, finished)}T06:30:00Z`);
  const today = { day: toDay(at), calls: { files: Math.round((series.calls[finished] ?? 0) / 4) }, freeCalls: {} };
  const outcome = usageWithoutSpikes.evaluate(
    {
      group,
      groupUsage: [...usage, today],
      storedUsage: [],
      peakDays: present([]),
      serviceAccounts: present([]),
      administrators: present([]),
      accountDays: present([]),
      peakAccounts: present([]),
      storedAccountDays: present([]),
      previousServiceAccounts: present({ at: at.toISOString(), ids: [] }),
    },
    usageWithoutSpikes.options.parse({}),
    { at },
  );
  if (!('judgements' in outcome)) return [];
  const days = usage.map(({ day }) => day);
  return outcome.judgements.filter(isBreach).flatMap(({ key }) => (key === undefined ? [] : days.indexOf(key)));
}
