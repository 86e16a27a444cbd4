/**
 * Who asks or presses: `slack:U123`, `cli:ana`, `schedule:nightly`. Identity is the ID, never a display name; `name` is
 * only for showing.
 */
export interface Actor {
  readonly id: string;
  readonly name: string;
}

/** Where a run was asked for, and so where its thread is told. `none`: the answer goes to whoever waits on the CLI. */
export type Origin =
  | { readonly door: 'slack'; readonly channel: string; readonly thread?: string; readonly responseUrl?: string }
  | { readonly door: 'cli' };
