import { z } from 'zod';
import type { FleetFact } from '../core/fact-type.js';

/** The label that an inventory gives to members of a group. */
const LABEL = 'asg';

/**
 * The Auto Scaling group that a host is a member of, by its inventory: the label `asg`. `by` says so in words, and both
 * are empty where there is none. A new instance of the group has none of what was changed on its members.
 */
export const scalingGroup: FleetFact<Record<string, never>> = {
  name: 'scaling_group',
  summary: 'The Auto Scaling group that replaces the host, as its inventory says.',
  args: z.strictObject({}),
  schema: { by: 'string', group: 'string' },
  read: (_args, _fleet, { name, labels }) => {
    const group = Object.hasOwn(labels, LABEL) ? (labels[LABEL] ?? '') : '';
    if (group === '')
      return { status: 'read', value: { by: '', group }, evidence: [`inventory: ${name} is in no Auto Scaling group`] };
    const by = `the Auto Scaling group ${group}: new instances come from its image`;
    return { status: 'read', value: { by, group }, evidence: [`inventory: ${name} ${LABEL}=${group}`] };
  },
};
