import { describe, expect, it } from 'vitest';
import { onRefusal, refusalWish } from '../../../src/composition/on-refusal.js';

describe('a bot or worker that is refused', () => {
  const ended = async (code: 0 | 1 | 2 | 3, command: string, wish: string | undefined, signal: AbortSignal) => {
    const said: string[] = [];
    const of = refusalWish([command, '--zone', 'dmz'], wish);
    const end = onRefusal(code, of, { err: (text) => said.push(text) }, signal);
    return { end, said };
  };

  it.each([
    ['start', 2],
    ['start', 3],
    ['worker', 2],
  ] as const)(
    'that was asked to stay, waits for its signal and then ends as before: %s, code %i',
    async (command, code) => {
      const stop = new AbortController();
      const { end, said } = await ended(code, command, 'stay', stop.signal);
      let over = false;
      const known = end.then((result) => {
        over = true;
        return result;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect([over, said.length]).toEqual([false, 1]);
      stop.abort();
      expect(await known).toBe(code);
    },
  );

  it.each([
    ['was not asked to stay', 2, 'start', undefined, false],
    ['was asked to exit', 2, 'start', 'exit', false],
    ['ended well', 0, 'start', 'stay', false],
    ['was told to stop meanwhile', 2, 'worker', 'stay', true],
    ['is another command', 2, 'verify', 'stay', false],
  ] as const)('ends at once where it %s', async (_, code, command, wish, stopped) => {
    const { end, said } = await ended(
      code,
      command,
      wish,
      stopped ? AbortSignal.abort() : new AbortController().signal,
    );
    expect([await end, said]).toEqual([code, []]);
  });
});
