/** A zone's clock. A wall time is the milliseconds since the epoch at which UTC's clock shows the same. */
export interface WallClock {
  /**
   * The instants at which the clock shows a wall time: two where it is set back over it. Where it is set forward over it
   * there is none, and it is the one as long after the jump as the wall time would have been (RFC 5545).
   */
  instantsOf(wall: number): readonly number[];
  /** No wall time from this one on has an instant before it. */
  earliestInstant(wall: number): number;
  /** No instant from this one on has a wall time before it. */
  earliestWall(instant: number): number;
}

/** No clock is ever set by more than this at once. */
const JUMP_MS = 25 * 3_600_000;

/** The clock of a time zone, by its IANA name. */
export const wallClock = (zone: string): WallClock => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  /** What the clock is ahead of UTC, ms. */
  const offsetAt = (instant: number): number => {
    const name = format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? [];
    const ahead = Number(hours ?? 0) * 3_600_000 + Number(minutes ?? 0) * 60_000 + Number(seconds ?? 0) * 1_000;
    return sign === '-' ? -ahead : ahead;
  };
  /** What is in force before and after a change of the clock that is near. */
  const around = (instant: number): readonly [number, number] => [
    offsetAt(instant - JUMP_MS),
    offsetAt(instant + JUMP_MS),
  ];
  const near = (wall: number): readonly [number, number] => around(wall - offsetAt(wall));
  return {
    instantsOf: (wall) => {
      const [before, after] = near(wall);
      const shown = [...new Set([before, after])].filter((offset) => offsetAt(wall - offset) === offset);
      return shown.length === 0 ? [wall - before] : shown.map((offset) => wall - offset).sort((a, b) => a - b);
    },
    earliestInstant: (wall) => wall - Math.max(...near(wall)),
    earliestWall: (instant) => instant + Math.min(...around(instant)),
  };
};
