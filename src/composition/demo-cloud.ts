import type { AwsConnection } from '../core/aws.js';
import type { LocalAws, LocalHost } from '../demo/aws/index.js';
import { systemClock, systemRandom } from './system.js';

/** The demo's own AWS. Its key is made up at its start and known to nobody else. */
export interface DemoCloud {
  /** Starts it when it is first asked for: the demo's own start does not wait for it. */
  connection(): Promise<AwsConnection>;
  stop(): Promise<void>;
}

export const demoCloud = (instances: () => Promise<readonly LocalHost[]>): DemoCloud => {
  let started: Promise<LocalAws> | undefined;
  const start = async (): Promise<LocalAws> => {
    const [{ startLocalAws }, hosts] = await Promise.all([import('../demo/aws/index.js'), instances()]);
    return startLocalAws({ hosts, clock: systemClock, random: systemRandom });
  };
  return {
    connection: async () => {
      started ??= start();
      const { endpoint, credential } = await started;
      return { endpoint, credentials: credential };
    },
    stop: async () => {
      const aws = await started?.catch(() => undefined);
      await aws?.stop();
    },
  };
};
