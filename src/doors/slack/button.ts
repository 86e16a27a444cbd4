import { z } from 'zod';
import type { ActionName, RunView } from '../../engine/view.js';
import type { Block, ButtonElement } from './blocks.js';

/** All buttons of ours have action IDs that start so. */
export const ACTION_PREFIX = 'runbolt:';

const LABELS: Readonly<Record<ActionName, string>> = {
  plan: 'Plan the fix',
  details: 'Details',
  again: 'Run again',
  approve: 'Approve',
  deny: 'Deny',
  apply: 'Apply',
  cancel: 'Cancel',
  revert: 'Revert',
};

const STYLES: Readonly<Partial<Record<ActionName, 'primary' | 'danger'>>> = {
  approve: 'primary',
  apply: 'primary',
  deny: 'danger',
};

const value = z.object({ runId: z.string().min(1), digest: z.string().optional(), key: z.string() });
const action = z.enum(['plan', 'details', 'again', 'approve', 'deny', 'apply', 'cancel', 'revert']);

export interface PressedButton {
  readonly action: ActionName;
  readonly runId: string;
  /** The plan that the button showed, for approve, deny and apply. */
  readonly digest: string | undefined;
  /** The message of the run that carries the button. */
  readonly key: string;
}

/** What a press says, as it comes back from Slack; undefined when it is not a button of ours. */
export const readButton = (actionId: string, raw: string): PressedButton | undefined => {
  const name = action.safeParse(actionId.slice(ACTION_PREFIX.length));
  if (!actionId.startsWith(ACTION_PREFIX) || !name.success) return undefined;
  try {
    const parsed = value.parse(JSON.parse(raw));
    return { action: name.data, runId: parsed.runId, digest: parsed.digest, key: parsed.key };
  } catch {
    return undefined;
  }
};

/** The run and message named by a button's value; for finding a message again where Slack keeps no metadata. */
export const ownerOf = (raw: string): { runId: string; key: string } | undefined => {
  try {
    return value.parse(JSON.parse(raw));
  } catch {
    return undefined;
  }
};

/** A row with those of `wanted` that can be pressed now; no block when there is none. */
export const buttons = (view: RunView, key: string, wanted: readonly ActionName[]): readonly Block[] => {
  const elements = wanted
    .filter((name) => view.actions.includes(name))
    .map((name): ButtonElement => {
      const style = STYLES[name];
      return {
        type: 'button',
        text: { type: 'plain_text', text: LABELS[name], emoji: false },
        action_id: `${ACTION_PREFIX}${name}`,
        value: JSON.stringify({ runId: view.id, digest: view.plan?.digest, key }),
        ...(style ? { style } : {}),
      };
    });
  return elements.length > 0 ? [{ type: 'actions', block_id: `actions-${key}`, elements }] : [];
};
