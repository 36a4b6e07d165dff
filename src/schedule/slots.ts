import { type CalendarDay, DAY_MS, runsOn } from './calendar-day.ts';
import { type CronFields, parseFields } from './fields.ts';
import { openZone, type Placed, place, steadyOffset, type WallTime, type Zone } from './zone.ts';

/** A due wall time. */
export interface Slot {
  /** With its zone, `2026-10-25T02:30[Europe/Paris]`: the slot's identity. Both readings of an hour that is shown twice share it. */
  readonly wallTime: string;
  readonly at: Date;
}

/** A schedule as the configuration states it. */
export interface Schedule {
  /** A node-cron expression of five fields. */
  readonly expression: string;
  /** An IANA name. */
  readonly timezone: string;
}

/** Far enough for the rarest schedule: the 29th of February around a century that has none. */
const HORIZON_DAYS = 8 * 366 + 2;

/** How far ahead changes of the clocks are looked for. */
const WARNING_DAYS = 400;

interface PlacedSlot extends Placed {
  readonly wall: WallTime;
}

function* wallTimesOf(fields: CronFields, day: CalendarDay): Generator<WallTime> {
  for (const hour of fields.hours) {
    for (const minute of fields.minutes) yield day + (hour * 60 + minute) * 60_000;
  }
}

function* slotsOfDay(fields: CronFields, zone: Zone, day: CalendarDay): Generator<PlacedSlot> {
  const offset = steadyOffset(zone, day, day + DAY_MS);
  for (const wall of wallTimesOf(fields, day)) {
    yield offset === null ? { wall, ...place(zone, wall) } : { wall, at: wall - offset, kind: 'once' };
  }
}

/**
 * Slots in the order of time, after one instant and not after another. Wall times that a gap moves to the same instant are one slot: the
 * one that really is at that instant, else the first.
 */
function* walk({ expression, timezone }: Schedule, after: number, until: number): Generator<PlacedSlot> {
  const fields = parseFields(expression);
  const zone = openZone(timezone);
  let held: PlacedSlot | null = null;
  const firstDay = Math.floor(after / DAY_MS) * DAY_MS - DAY_MS;
  for (let day = firstDay; day <= until + DAY_MS; day += DAY_MS) {
    if (!runsOn(fields, day)) continue;
    for (const slot of slotsOfDay(fields, zone, day)) {
      if (slot.at <= after) continue;
      if (held !== null && slot.at !== held.at) yield held;
      if (slot.at > until) return;
      held = held === null || slot.at !== held.at || slot.kind !== 'gap' ? slot : held;
    }
  }
  if (held !== null) yield held;
}

function toSlot({ wall, at }: PlacedSlot, timezone: string): Slot {
  return { wallTime: `${new Date(wall).toISOString().slice(0, 16)}[${timezone}]`, at: new Date(at) };
}

/** Wall times that became due after one instant and not after another, oldest first. */
export function dueSlots(schedule: Schedule & { readonly after: Date; readonly until: Date }): readonly Slot[] {
  return walk(schedule, schedule.after.getTime(), schedule.until.getTime())
    .map((slot) => toSlot(slot, schedule.timezone))
    .toArray();
}

/** The next wall times after an instant; fewer than `count` for schedules that run less than once in eight years. */
export function nextSlots(schedule: Schedule & { readonly from: Date; readonly count: number }): readonly Slot[] {
  const from = schedule.from.getTime();
  return walk(schedule, from, from + HORIZON_DAYS * DAY_MS)
    .take(schedule.count)
    .map((slot) => toSlot(slot, schedule.timezone))
    .toArray();
}

/** A slot that falls into a change of the clocks. */
export interface ClockChangeWarning {
  /** `gap`: the wall time does not exist that day; `overlap`: it comes twice. */
  readonly kind: 'gap' | 'overlap';
  readonly slot: Slot;
  readonly sentence: string;
}

function toWarning(slot: PlacedSlot, timezone: string): readonly ClockChangeWarning[] {
  if (slot.kind === 'once') return [];
  const named = toSlot(slot, timezone);
  const wall = named.wallTime.slice(0, 16).replace('T', ' ');
  const at = named.at.toISOString();
  const sentence =
    slot.kind === 'gap'
      ? `${wall} does not exist in ${timezone}, because clocks are put forward; it runs at ${at}.`
      : `${wall} comes twice in ${timezone}, because clocks are put back; it runs the first time, at ${at}.`;
  return [{ kind: slot.kind, slot: named, sentence }];
}

/** Slots of the next 400 days that fall into a change of the clocks. None for schedules that run every hour: they hardly notice. */
export function clockChangeWarnings(schedule: Schedule & { readonly from: Date }): readonly ClockChangeWarning[] {
  if (parseFields(schedule.expression).hours.length === 24) return [];
  const from = schedule.from.getTime();
  return walk(schedule, from, from + WARNING_DAYS * DAY_MS)
    .flatMap((slot) => toWarning(slot, schedule.timezone))
    .toArray();
}
