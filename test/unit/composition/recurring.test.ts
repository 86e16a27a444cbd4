import pino from 'pino';
import { describe, expect, it } from 'vitest';
import { recurring } from '../../../src/composition/recurring.js';
import { FaultError, fault } from '../../../src/core/fault.js';

const away = (code: 'queue_unreachable' | 'ledger_unreachable') =>
  new FaultError(fault(code, 'It does not answer.', 'Start it.'));

describe('what a process does every few seconds', () => {
  /** Does it every 10 s for as many times as there are outcomes; the lines are `SECOND LEVEL TEXT`. */
  const done = async (outcomes: readonly (Error | undefined)[]) => {
    const lines: string[] = [];
    let now = 0;
    const write = (line: string): void => {
      const { level, msg, err } = JSON.parse(line);
      lines.push(`${now / 1000} ${pino.levels.labels[level]} ${msg}${err === undefined ? '' : ` (${err.message})`}`);
    };
    let outcome: Error | undefined;
    const deed = async (): Promise<void> => {
      if (outcome) throw outcome;
    };
    const again = recurring(pino({ level: 'info' }, { write }), 'a sign of life', deed, () => now);
    for (const next of outcomes) {
      outcome = next;
      await again();
      now += 10_000;
    }
    return lines;
  };
  const times = <T>(count: number, of: T): readonly T[] => Array.from({ length: count }, () => of);

  it('says that a server is away at once and once a minute, without a stack, and that it is back', async () => {
    expect(await done([undefined, ...times(12, away('queue_unreachable')), undefined, undefined])).toEqual([
      '10 warn a sign of life: It does not answer. Start it.',
      '70 warn a sign of life: It does not answer. Start it.',
      '130 info a sign of life: it works again',
    ]);
  });

  it('leaves out what falls due while the last is still going on', async () => {
    let begun = 0;
    let end = (): void => undefined;
    const again = recurring(pino({ level: 'silent' }), 'a sign of life', () => {
      begun += 1;
      return new Promise((resolve) => {
        end = resolve;
      });
    });
    const first = again();
    await again();
    expect(begun).toBe(1);
    end();
    await first;
    void again();
    expect(begun).toBe(2);
    end();
  });

  it('says another reason at once, and what is new after it was back', async () => {
    const [queue, ledger] = [away('queue_unreachable'), away('ledger_unreachable')];
    expect(await done([queue, ledger, queue, undefined, queue])).toEqual([
      '0 warn a sign of life: It does not answer. Start it.',
      '10 warn a sign of life: It does not answer. Start it.',
      '30 info a sign of life: it works again',
      '40 warn a sign of life: It does not answer. Start it.',
    ]);
  });

  it('leaves a mistake an error, with what it was', async () => {
    expect(await done([...times(3, new Error('of Runbolt')), new Error('another')])).toEqual([
      '0 error a sign of life (of Runbolt)',
      '30 error a sign of life (another)',
    ]);
  });
});
