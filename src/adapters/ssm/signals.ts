import { constants } from 'node:os';

/** Names by number. Those that scripts meet are the same on all Linux platforms that SSM's agent exists for. */
export const SIGNALS: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
);
