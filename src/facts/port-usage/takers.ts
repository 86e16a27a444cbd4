import type { Tuple } from './seen.js';

/** What can hold ports to one destination, apart from connections that are open at both ends; each has a cure of its own. */
export type Taker = 'time_wait' | 'close_wait' | 'fin_wait' | 'syn_sent';

/** From here on a taker is named with its own cure, in percent of the ports. */
const LARGE_PERCENT = 20;

export interface Taken {
  readonly close_wait: number;
  /** This side has closed, the other has not. */
  readonly fin_wait: number;
  readonly syn_sent: number;
  /** All but TIME_WAITs: what tcp_tw_reuse cannot take. */
  readonly held: number;
  /** Held, and not by a taker that is named. */
  readonly open: number;
  readonly takers: readonly Taker[];
  /** Sockets by state, most first. */
  readonly states: string;
}

/** What holds the ports of a tuple, `unusable` of them after reuse. */
export const takenBy = (tuple: Tuple | undefined, unusable: number, capacity: number): Taken => {
  const kept = (...states: readonly string[]) => states.reduce((sum, state) => sum + (tuple?.kept.get(state) ?? 0), 0);
  const held = tuple ? tuple.total - tuple.timeWait : 0;
  const close_wait = kept('CLOSE-WAIT');
  const fin_wait = kept('FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING');
  const syn_sent = kept('SYN-SENT');
  const isLarge = (n: number) => n * 100 >= capacity * LARGE_PERCENT;
  const named = (
    [
      ['close_wait', close_wait],
      ['fin_wait', fin_wait],
      ['syn_sent', syn_sent],
    ] as const
  ).filter(([, n]) => isLarge(n));
  return {
    close_wait,
    fin_wait,
    syn_sent,
    held,
    open: named.reduce((left, [, n]) => left - n, held),
    takers: [...(isLarge(unusable - held) ? (['time_wait'] as const) : []), ...named.map(([taker]) => taker)],
    states: tuple ? statesOf(tuple) : '',
  };
};

const statesOf = ({ established, timeWait, kept }: Tuple): string =>
  [['ESTAB', established] as const, ['TIME_WAIT', timeWait] as const, ...kept]
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([state, n]) => `${n} ${state}`)
    .join(', ');
