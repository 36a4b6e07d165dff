const HOUR_MS = 3_600_000;

/** Offsets from UTC lie between -12 and +14 hours: the instant of a wall time lies within these of the same reading in UTC. */
const EARLIEST_MS = 15 * HOUR_MS;
const LATEST_MS = 13 * HOUR_MS;

/** A reading of a wall clock: the instant at which a clock in UTC reads the same, in milliseconds. */
export type WallTime = number;

/** Where a wall time lies on the time line. `gap`: clocks skip it; `overlap`: they show it twice. */
export interface Placed {
  /** The instant; in a gap the first one after it, in an overlap the first of the two. */
  readonly at: number;
  readonly kind: 'once' | 'gap' | 'overlap';
}

/** A time zone. */
export interface Zone {
  readonly name: string;
  /** Local time minus UTC at an instant, in milliseconds. */
  offsetAt(instant: number): number;
}

/**
 * A zone by its IANA name.
 * @throws RangeError when there is none of this name.
 */
export function openZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return {
    name,
    offsetAt(instant) {
      const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
      const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
      const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
      return wall - Math.floor(instant / 1000) * 1000;
    },
  };
}

/** The offset that holds for all wall times of a range; null when clocks are changed in or near it. */
export function steadyOffset(zone: Zone, first: WallTime, last: WallTime): number | null {
  const before = zone.offsetAt(first - EARLIEST_MS);
  return before === zone.offsetAt(last + LATEST_MS) ? before : null;
}

/** The first instant after `low` and not after `high` at which another offset holds than at `low`. */
function changeBetween(zone: Zone, low: number, high: number): number {
  const before = zone.offsetAt(low);
  let [early, late] = [low, high];
  while (late - early > 1) {
    const middle = Math.floor((early + late) / 2);
    if (zone.offsetAt(middle) === before) early = middle;
    else late = middle;
  }
  return late;
}

/** Finds the instant of a wall time, near a change of the clocks or not. */
export function place(zone: Zone, wall: WallTime): Placed {
  const before = zone.offsetAt(wall - EARLIEST_MS);
  const after = zone.offsetAt(wall + LATEST_MS);
  const instants = [...new Set([before, after])]
    .map((offset) => wall - offset)
    .filter((instant) => wall - instant === zone.offsetAt(instant))
    .sort((a, b) => a - b);
  const [first, second] = instants;
  if (first !== undefined) return { at: first, kind: second === undefined ? 'once' : 'overlap' };
  return { at: changeBetween(zone, wall - after, wall - before), kind: 'gap' };
}
