import type { AwsConnection } from '../core/aws.js';
import type { Fleet } from '../demo/fleet.js';
import { DEMO_REGION } from '../demo/hosts/instance.js';
import type { Inventory, Survey } from '../engine/ports.js';
import { systemClock } from './system.js';

/**
 * The demo's hosts. Requests go by what the fleet says of itself, because EC2's SDK takes a second to load; who asks for
 * the targets is told what the demo's EC2 answers, as an `ec2` entry of `inventories` would.
 */
export const demoInventory = (
  fleet: () => Promise<Fleet | undefined>,
  connection: () => Promise<AwsConnection>,
): Inventory => ({
  targets: async () => (await fleet())?.targets ?? [],
  survey: async () => surveyed((await fleet())?.targets ?? [], connection),
});

const surveyed = async (targets: Fleet['targets'], connection: () => Promise<AwsConnection>): Promise<Survey> => {
  const { openInventory } = await import('../adapters/inventories/index.js');
  const found = { regions: [DEMO_REGION], tags: {}, filters: {}, labels: {}, user: 'root' } as const;
  const inventory = openInventory({
    zones: [],
    targets: targets.filter(({ aws }) => aws === undefined),
    ...{ places: {}, configuration: 'demo fleet', clock: systemClock, connection, onFailure: () => undefined },
    entries: [{ kind: 'ec2', at: 'demo', name: 'tag', transport: 'ssm', address: 'private', ...found }],
    around: { home: '/', directory: '/', variables: {}, shown: (path) => path, user: 'root' },
  });
  try {
    return await inventory.survey();
  } finally {
    await inventory.close();
  }
};
