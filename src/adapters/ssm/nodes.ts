import { type Fault, fault, ok, type Result } from '../../core/fault.js';
import type { AwsPlace } from '../../core/target.js';
import type { Clock, RandomHex } from '../../engine/ports.js';
import { credentialsOf } from '../aws/chain.js';
import { within } from './pace.js';
import { Ssm } from './ssm.js';
import { faultOf } from './trouble.js';

const PAGES = 1_000;

/**
 * The state of each managed instance of a region, as SSM knows it now (`Online`, `ConnectionLost`, `Inactive`), within
 * `limitMs`; nothing is sent to any.
 */
export const managedInstances = async (
  where: Pick<AwsPlace, 'region' | 'profile'>,
  { clock, random, limitMs }: { readonly clock: Clock; readonly random: RandomHex; readonly limitMs: number },
): Promise<Result<ReadonlyMap<string, string>>> => {
  const ssm = new Ssm(where, clock, random, credentialsOf(where, clock));
  try {
    return await within(clock, limitMs, (limit) => listed(ssm, limit));
  } finally {
    ssm.close();
  }
};

const listed = async (ssm: Ssm, limit: AbortSignal): Promise<Result<ReadonlyMap<string, string>>> => {
  const states = new Map<string, string>();
  let token: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await ssm.instances({ MaxResults: 50, ...(token !== undefined && { NextToken: token }) }, limit);
    if (!answer.ok) return { ok: false, fault: faultOf(answer.trouble, ssm.where, 'ssm:DescribeInstanceInformation') };
    for (const { InstanceId, PingStatus } of answer.value.InstanceInformationList ?? [])
      if (InstanceId !== undefined) states.set(InstanceId, PingStatus ?? 'unknown');
    token = answer.value.NextToken || undefined;
    if (token === undefined) return ok(states);
  }
  return { ok: false, fault: endless(ssm.where.region) };
};

const endless = (region: string): Fault =>
  fault('aws_refused', `The list of SSM in ${region} has no end.`, 'Look at the proxy on the way to AWS.');
