import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ec2Source as ec2SourceBy } from '../../src/adapters/inventories/ec2-source.js';
import { ssmSource as ssmSourceBy } from '../../src/adapters/inventories/ssm-source.js';
import type { Result } from '../../src/core/fault.js';
import type { Listing } from '../../src/core/inventory.js';
import type { Ec2Entry, SsmEntry } from '../../src/core/inventory-entry.js';
import type { LocalHost } from '../../src/demo/aws/index.js';
import { CloudRig } from '../rig/aws/cloud-rig.js';
import { instanceId } from '../rig/aws/local-host.js';
import { losingProxy, NEXT_PAGE_OF_EC2, NEXT_PAGE_OF_SSM } from '../rig/aws/losing-proxy.js';
import { realClock } from '../rig/sshd/clock.js';

const ENTRY: Ec2Entry = {
  ...{ kind: 'ec2', at: 'runbolt.yaml:3', user: 'ops', labels: {}, regions: ['eu-west-1'], tags: {}, filters: {} },
  ...{ name: 'tag', transport: 'ssm', address: 'private' },
};
const never = new AbortController().signal;
const ec2Source = (entry: Ec2Entry) => ec2SourceBy(entry, realClock);
const ssmSource = (entry: SsmEntry) => ssmSourceBy(entry, realClock);
const MANAGED = [
  'AWS_ENDPOINT_URL',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
  'AWS_EC2_METADATA_DISABLED',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
];

const value = (result: Result<Listing>): Listing => {
  if (!result.ok) throw new Error(`${result.fault.message} ${result.fault.next}`);
  return result.value;
};
const fault = (result: Result<Listing>) => {
  if (result.ok) throw new Error(`${result.value.found.length} hosts were found`);
  return result.fault;
};
const names = (listing: Listing) => listing.found.map(({ target }) => target.name);

describe('EC2 as an inventory, by the official SDK over the local AWS', { timeout: 180_000 }, () => {
  let rig: CloudRig | undefined;
  const ends: (() => void)[] = [];
  const before = Object.fromEntries(MANAGED.map((name) => [name, process.env[name]]));

  const use = (endpoint: string, credential: { accessKeyId: string; secretAccessKey: string }) => {
    process.env.AWS_ENDPOINT_URL = endpoint;
    process.env.AWS_ACCESS_KEY_ID = credential.accessKeyId;
    process.env.AWS_SECRET_ACCESS_KEY = credential.secretAccessKey;
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
    process.env.AWS_CONFIG_FILE = '/nonexistent/config';
    process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent/credentials';
  };
  type Fleet = (host: (more: Partial<LocalHost> & Pick<LocalHost, 'instance'>) => LocalHost) => readonly LocalHost[];
  const start = async (fleet: Fleet, more: Parameters<typeof CloudRig.start>[1] = {}): Promise<CloudRig> => {
    rig = await CloudRig.start(fleet, more);
    use(rig.aws.endpoint, rig.aws.credential);
    return rig;
  };
  const many =
    (count: number, more: Partial<LocalHost> = {}): Fleet =>
    (host) =>
      Array.from({ length: count }, (_, i) =>
        host({
          instance: instanceId(i + 1),
          privateIp: `10.1.0.${i + 1}`,
          tags: { Name: `web-${i + 1}`, role: 'web' },
          ...more,
        }),
      );
  /** From here on through a proxy that loses the tokens of further pages. */
  const loseTokens = async ({ aws }: CloudRig, tokens = NEXT_PAGE_OF_EC2): Promise<void> => {
    const proxy = await losingProxy(aws.endpoint, tokens);
    ends.push(proxy.stop);
    use(proxy.endpoint, aws.credential);
  };

  afterEach(async () => {
    await rig?.end();
    rig = undefined;
    for (const end of ends.splice(0)) end();
    for (const [name, old] of Object.entries(before)) {
      if (old === undefined) delete process.env[name];
      else process.env[name] = old;
    }
  });

  it('finds running instances with their tags as labels, and where they are', async () => {
    await start((host) => [
      host({
        instance: instanceId(1),
        privateIp: '10.1.0.1',
        tags: { Name: 'web-1', env: 'prod', 'Cost Center': 'R & D', empty: '' },
      }),
      host({ instance: instanceId(2), state: 'stopped', tags: { Name: 'web-2' } }),
      host({ instance: instanceId(3), state: 'terminated', tags: { Name: 'web-3' } }),
    ]);
    const listing = value(await ec2Source({ ...ENTRY, tags: { env: 'stage' } }).read(never));
    expect(listing.found).toEqual([
      {
        place: `ec2 eu-west-1 ${instanceId(1)}`,
        target: {
          ...{ name: 'web-1', transport: 'ssm', host: '10.1.0.1', port: 22, user: 'root', become: 'none' },
          labels: { region: 'eu-west-1', stage: 'prod', Cost_Center: 'R___D' },
          aws: { instance: instanceId(1), region: 'eu-west-1' },
        },
      },
    ]);
    expect(listing.notes).toEqual([
      'The tag Cost Center has characters that labels do not have; they are written as _.',
      'The tag empty is no label where it is empty.',
    ]);
  });

  it('reads all pages, of EC2 and of SSM', async () => {
    const { aws } = await start(many(23), { misbehaviour: { pageSize: 5 } });
    const listing = value(await ec2Source(ENTRY).read(never));
    expect(listing.found).toHaveLength(23);
    expect(listing.found.filter(({ target }) => target.unreachable)).toEqual([]);
    expect([aws.calls('DescribeInstances'), aws.calls('DescribeInstanceInformation')]).toEqual([5, 5]);
  });

  it('is a fault when a page cannot be had, never a smaller fleet', async () => {
    await start(many(12), { misbehaviour: { pageSize: 5, missingPage: 'DescribeInstances' } });
    expect(fault(await ec2Source(ENTRY).read(never))).toMatchObject({ code: 'inventory_unread' });
  });

  it('notices a second page that is lost in silence: SSM knows more hosts that run', async () => {
    await loseTokens(await start(many(12), { misbehaviour: { pageSize: 5 } }));
    const told = fault(await ec2Source(ENTRY).read(never));
    expect(told.message).toMatch(
      /the list of EC2 in eu-west-1 is not whole: at least 5 running instances are not in it/,
    );
  });

  it('notices it too where SSM knows none of them, once they have been seen', async () => {
    const cloud = await start(many(12, { ping: 'unmanaged' }), { misbehaviour: { pageSize: 5 } });
    const source = ec2Source({ ...ENTRY, transport: 'ssh' });
    expect(value(await source.read(never)).found).toHaveLength(12);
    await loseTokens(cloud);
    expect(fault(await source.read(never)).message).toMatch(/at least 5 running instances are not in it/);
  });

  it('takes hosts that really went for gone', async () => {
    const { aws, hosts } = await start(many(3));
    const source = ec2Source(ENTRY);
    expect(value(await source.read(never)).found).toHaveLength(3);
    aws.replaceHosts(many(2)(hosts.host));
    expect(names(value(await source.read(never)))).toEqual(['web-1', 'web-2']);
  });

  it('narrows by the filters of EC2, without taking the others for lost', async () => {
    await start((host) => [
      ...many(3)(host),
      host({ instance: instanceId(9), tags: { Name: 'db-1', role: 'db' }, privateIp: '10.1.0.9' }),
    ]);
    const listing = value(await ec2Source({ ...ENTRY, filters: { 'tag:role': ['db'] } }).read(never));
    expect(names(listing)).toEqual(['db-1']);
  });

  it('takes a filter by instance ID at its word: the others that SSM knows are not lost', async () => {
    await start(many(3));
    const listing = value(await ec2Source({ ...ENTRY, filters: { 'instance-id': [instanceId(2)] } }).read(never));
    expect(names(listing)).toEqual(['web-2']);
  });

  it('lets no tag say what AWS itself knows of a host, unless the inventory says so', async () => {
    await start((host) => [
      host({
        instance: instanceId(1),
        tags: { Name: 'web-1', address: '10.6.6.6', region: 'mars-1', asg: 'none', lb: '10.1.0.9' },
      }),
    ]);
    const listing = value(await ec2Source(ENTRY).read(never));
    expect(listing.found[0]?.target.labels).toEqual({ region: 'eu-west-1', lb: '10.1.0.9' });
    expect(listing.notes).toContain('The tag address is no label: address is what AWS itself says.');
    const renamed = value(await ec2Source({ ...ENTRY, tags: { lb: 'address' } }).read(never));
    expect(renamed.found[0]?.target.labels).toEqual({ region: 'eu-west-1', address: '10.1.0.9' });
  });

  it('names members of an Auto Scaling group, and those that share a name, with their IDs', async () => {
    await start((host) => [
      host({ instance: instanceId(1), tags: { Name: 'web', 'aws:autoscaling:groupName': 'web-asg' } }),
      host({ instance: instanceId(2), tags: { Name: 'db' } }),
      host({ instance: instanceId(3), tags: { Name: 'db' } }),
      host({ instance: instanceId(4), tags: { Name: 'Build Server (old)' } }),
      host({ instance: instanceId(5) }),
    ]);
    const listing = value(await ec2Source(ENTRY).read(never));
    expect(names(listing)).toEqual([
      `web-${instanceId(1)}`,
      `db-${instanceId(2)}`,
      `db-${instanceId(3)}`,
      'Build-Server-old',
      instanceId(5),
    ]);
    expect(listing.found[0]?.target.labels).toEqual({ region: 'eu-west-1', asg: 'web-asg' });
    const byId = value(await ec2Source({ ...ENTRY, name: 'id' }).read(never));
    expect(names(byId)).toEqual([1, 2, 3, 4, 5].map(instanceId));
  });

  it('says why SSM does not reach a host, and lists it all the same', async () => {
    await start((host) => [
      host({ instance: instanceId(1), tags: { Name: 'lost' }, ping: 'ConnectionLost' }),
      host({ instance: instanceId(2), tags: { Name: 'bare' }, ping: 'unmanaged' }),
      host({ instance: instanceId(3), tags: { Name: 'win' }, platform: 'Windows' }),
    ]);
    const listing = value(await ec2Source(ENTRY).read(never));
    expect(listing.found.map(({ target }) => target.unreachable?.message)).toEqual([
      expect.stringMatching(/^SSM has no contact with lost \(i-0{16}1\): ConnectionLost; last heard of at /),
      `bare (${instanceId(2)}) is not managed by SSM.`,
      `win (${instanceId(3)}) runs Windows.`,
    ]);
  });

  it('reads several regions as one, and is a fault when one of them fails', async () => {
    const { aws } = await start((host) => [
      host({ instance: instanceId(1), tags: { Name: 'web' } }),
      host({ instance: instanceId(2), tags: { Name: 'web' }, region: 'us-east-1' }),
    ]);
    const source = ec2Source({ ...ENTRY, regions: ['eu-west-1', 'us-east-1'] });
    expect(names(value(await source.read(never)))).toEqual([`web-${instanceId(1)}`, `web-${instanceId(2)}`]);
    expect(aws.calls('DescribeInstances')).toBe(2);
    const wrong = ec2Source({ ...ENTRY, regions: ['eu-west-1', 'eu-north-9'] });
    expect(fault(await wrong.read(never))).toMatchObject({ code: 'inventory_unread' });
  });

  it('is right in the end where AWS refuses every second call for its rate', async () => {
    await start(many(3), { misbehaviour: { throttle: 0.5, seed: 4 } });
    expect(value(await ec2Source(ENTRY).read(never)).found).toHaveLength(3);
  });

  it('finds machines outside of EC2 by SSM, with their tags', async () => {
    await start((host) => [
      host({ instance: `m${instanceId(1)}`, tags: { Name: 'rack-1', env: 'prod' }, privateIp: '192.168.0.1' }),
      host({ instance: instanceId(2), tags: { Name: 'web-1' } }),
    ]);
    const listing = value(
      await ssmSource({ kind: 'ssm', at: '', user: 'ops', labels: {}, regions: ['eu-west-1'], tags: {} }).read(never),
    );
    expect(listing.found.map(({ target }) => [target.name, target.host, target.labels])).toEqual([
      ['rack-1', '192.168.0.1', { region: 'eu-west-1', env: 'prod' }],
    ]);
  });

  it('notices a page of those that is lost in silence, and takes machines that really went for gone', async () => {
    const racks =
      (count: number): Fleet =>
      (host) =>
        Array.from({ length: count }, (_, i) =>
          host({ instance: `m${instanceId(i + 1)}`, tags: { Name: `rack-${i + 1}` }, privateIp: `192.168.0.${i + 1}` }),
        );
    const cloud = await start(racks(12), { misbehaviour: { pageSize: 5 } });
    const source = ssmSource({ kind: 'ssm', at: '', user: 'ops', labels: {}, regions: ['eu-west-1'], tags: {} });
    expect(value(await source.read(never)).found).toHaveLength(12);
    cloud.aws.replaceHosts(racks(11)(cloud.hosts.host));
    expect(value(await source.read(never)).found).toHaveLength(11);
    await loseTokens(cloud, NEXT_PAGE_OF_SSM);
    expect(fault(await source.read(never)).message).toMatch(/the list of SSM in eu-west-1 is not whole: mi-0+6 is not/);
  });

  describe('says what is wrong and what to do', () => {
    const read = async () => {
      const { message, next } = fault(await ec2Source(ENTRY).read(never));
      return `${message} ${next}`;
    };

    it('no credentials', async () => {
      await start(many(1));
      delete process.env.AWS_ACCESS_KEY_ID;
      expect(await read()).toMatch(/could not be read: there are no AWS credentials .*Set AWS_ACCESS_KEY_ID/);
    });

    it('a profile that is not there', async () => {
      await start(many(1));
      const { message, next } = fault(await ec2Source({ ...ENTRY, profile: 'prdo' }).read(never));
      expect(`${message} ${next}`).toMatch(/the profile prdo gives no credentials .*Look at ~\/\.aws\/config/);
    });

    it('credentials that AWS does not know', async () => {
      const { aws } = await start(many(1));
      use(aws.endpoint, { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' });
      expect(await read()).toMatch(/AWS does not accept the AWS credentials/);
    });

    it('credentials that have expired', async () => {
      const credential = {
        accessKeyId: 'ASIAEXPIRED',
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expired: true,
      };
      await start(many(1), { credentials: [credential] });
      process.env.AWS_SESSION_TOKEN = 'token';
      expect(await read()).toMatch(/the AWS credentials have expired\. Renew them/);
    });

    it('a right that is lacking', async () => {
      const credential = { accessKeyId: 'AKIADENIED', secretAccessKey: 'secret', denied: ['ec2:DescribeInstances'] };
      await start(many(1), { credentials: [credential] });
      expect(await read()).toMatch(/may not do ec2:DescribeInstances\. Allow ec2:DescribeInstances/);
    });

    it('without the right to ask SSM, ssh works and it is told; ssm does not', async () => {
      const denied = ['ssm:DescribeInstanceInformation'];
      await start(many(1), { credentials: [{ accessKeyId: 'AKIADENIED', secretAccessKey: 'secret', denied }] });
      expect(await read()).toMatch(/may not do ssm:DescribeInstanceInformation/);
      const listing = value(await ec2Source({ ...ENTRY, transport: 'ssh' }).read(never));
      expect([names(listing), listing.notes]).toEqual([
        ['web-1'],
        ['SSM may not be asked in eu-west-1 (ssm:DescribeInstanceInformation).'],
      ]);
    });

    it('an endpoint with a typo, and one that nobody listens at', async () => {
      const { aws } = await start(many(1));
      use('http://no-such-name.invalid', aws.credential);
      expect(await read()).toMatch(/its endpoint has no address .*Look at the region, at AWS_ENDPOINT_URL/);
      use('http://127.0.0.1:9', aws.credential);
      expect(await read()).toMatch(/its endpoint does not answer .*Look at the network/);
    });

    it('something else that answers', async () => {
      const { aws } = await start(many(1));
      const server = createServer((_, answer) => answer.end('<html><body>Welcome</body></html>'));
      ends.push(() => server.close());
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const address = server.address();
      use(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, aws.credential);
      expect(await read()).toMatch(/what answers is not AWS/);
    });
  });
});
