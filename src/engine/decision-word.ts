import type { Decision } from '../core/run.js';

/** How a decision is told. Where no approval is asked for nobody approves: the requester confirms their own plan. */
export const decisionWord = ({ verdict, through }: Pick<Decision, 'verdict' | 'through'>) =>
  verdict === 'approved' && through === 'requester' ? 'confirmed' : verdict;
