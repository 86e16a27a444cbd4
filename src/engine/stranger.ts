import type { Actor } from '../core/actor.js';
import { type Fault, fault } from '../core/fault.js';
import type { World } from './world.js';

/** Why the actor may not change or stop anything: not a full member of this workspace. Undefined for those who are. */
export const strangerFault = async (world: World, actor: Actor): Promise<Fault | undefined> => {
  const self = actor.id.replace(/^slack:/, '');
  if (await world.people.entitled(actor.id, [actor.id, self])) return undefined;
  return fault(
    'not_allowed',
    'Guests and people of other organisations can look, not change.',
    'Ask a member to do it.',
  );
};
