import type { Effect, Step } from '../core/change-type.js';

/** What taking steps back does, as the approver is shown it. */
export const undoneEffects = (steps: readonly Step[]): readonly Effect[] =>
  steps.flatMap((step) => step.effects.flatMap(undone)).reverse();

const undone = (effect: Effect): readonly Effect[] => {
  switch (effect.kind) {
    case 'running':
    case 'boot':
    case 'sets':
      return [{ ...effect, from: effect.to, to: effect.from }];
    case 'adds':
      return [{ kind: 'note', text: `restores what ${effect.file} was before (removes it if it was not there)` }];
    case 'edits':
      return [{ ...effect, from: effect.to, to: effect.from }];
    case 'removes':
      return [{ kind: 'note', text: `restores ${effect.file}` }];
    case 'runs':
      return [{ ...effect, script: effect.revert, revert: effect.script }];
    case 'note':
      return [];
  }
};
