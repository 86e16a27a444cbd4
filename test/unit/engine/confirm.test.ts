import { describe, expect, it } from 'vitest';
import type { Step } from '../../../src/core/change-type.js';
import { failure, ok, type Result } from '../../../src/core/fault.js';
import { confirmed } from '../../../src/engine/confirm.js';

const step = (change: string, ...gone: readonly string[]): Step => ({
  ...{ change, type: 'set', title: change, env: {}, effects: [] },
  ...(gone.length > 0 && { gone }),
});
const never = new AbortController().signal;
const unsure = failure('inventory_unread', 'The list is not whole.', 'Ask again.');

describe('a proposal that rests on hosts being gone', () => {
  const look = async (steps: readonly Step[], answer: Result<void>) => {
    const asked: (readonly string[])[] = [];
    const confirmGone = async (addresses: readonly string[]) => {
      asked.push(addresses);
      return answer;
    };
    return { proposal: await confirmed({ steps, refusals: [] }, { confirmGone }, [], never), asked };
  };

  it('stands once the inventory has confirmed each of them, asked once', async () => {
    const steps = [step('servers', '10.0.0.1', '10.0.0.2'), step('other', '10.0.0.1')];
    const { proposal, asked } = await look(steps, ok(undefined));
    expect([proposal, asked]).toEqual([{ steps, refusals: [] }, [['10.0.0.1', '10.0.0.2']]]);
  });

  it('is refused with the reason where it has not, and with it what was planned together', async () => {
    const { proposal } = await look([step('servers', '10.0.0.1'), step('other')], unsure);
    const reason = 'The list is not whole. Ask again.';
    expect(proposal).toEqual({
      steps: [],
      refusals: [
        { change: 'servers', reason },
        { change: 'other', reason },
      ],
    });
  });

  it('asks nobody where it takes nothing away', async () => {
    const { proposal, asked } = await look([step('servers')], unsure);
    expect([proposal.steps, asked]).toEqual([[step('servers')], []]);
  });
});
