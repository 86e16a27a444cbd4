import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ec2Source as ec2SourceBy } from '../../src/adapters/inventories/ec2-source.js';
import { openInventory } from '../../src/adapters/inventories/index.js';
import type { Source } from '../../src/adapters/inventories/source.js';
import { ssmSource as ssmSourceBy } from '../../src/adapters/inventories/ssm-source.js';
import type { Result } from '../../src/core/fault.js';
import type { Listing } from '../../src/core/inventory.js';
import type { Ec2Entry, SsmEntry } from '../../src/core/inventory-entry.js';
import { parseSelector } from '../../src/core/selector.js';
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

  describe('that hosts are gone', () => {
    const BLIND = {
      accessKeyId: 'AKIABLIND',
      secretAccessKey: 'secret',
      denied: ['ssm:DescribeInstanceInformation'],
    };
    /** By a run that goes by what the source answers now. */
    const confirmed = async (source: Source, ...addresses: readonly string[]) => {
      const ids = value(await source.read(never)).found.map(({ target }) => target.aws?.instance);
      return asked(source, ids, addresses);
    };
    const asked = async (source: Source, ids: readonly unknown[], addresses: readonly string[]) => {
      const absence = { addresses, seen: new Set<string>(), isKnown: (id: string) => ids.includes(id) };
      const told = await source.confirmGone?.(absence, never);
      return told?.ok ? 'gone' : `${told?.fault.message} ${told?.fault.next}`;
    };
    /** Nothing can be compared: SSM is denied, and nothing was read before. */
    const blind = async (fleet: Fleet, pageSize?: number) =>
      start(fleet, { credentials: [BLIND], ...(pageSize !== undefined && { misbehaviour: { pageSize } }) });
    const ssh: Ec2Entry = { ...ENTRY, transport: 'ssh' };

    it('is not confirmed of those on a page that is lost in silence, whatever else cannot be compared', async () => {
      await loseTokens(await blind(many(12), 5));
      const source = ec2Source(ssh);
      expect(value(await source.read(never)).found).toHaveLength(5);
      expect(await confirmed(source, '10.1.0.7')).toMatch(
        /the list of EC2 in eu-west-1 is not whole: at least 1 running instances are not in it \(i-0+7\)\. Ask again/,
      );
      expect(await confirmed(source, '10.1.0.200', ...Array.from({ length: 12 }, (_, i) => `10.1.0.${i + 1}`))).toMatch(
        /is not whole/,
      );
    });

    it('is confirmed of those that were terminated or stopped, or never were', async () => {
      await blind((host) => [
        ...many(3)(host),
        host({ instance: instanceId(8), privateIp: '10.1.0.8', state: 'terminated' }),
        host({ instance: instanceId(9), privateIp: '10.1.0.9', state: 'stopped' }),
      ]);
      const source = ec2Source(ssh);
      expect(await confirmed(source, '10.1.0.8', '10.1.0.9', '10.1.0.200')).toBe('gone');
    });

    it('is confirmed of those that the list has: another label is no lost page', async () => {
      await blind(many(3));
      const source = ec2Source(ssh);
      expect(await confirmed(source, '10.1.0.2')).toBe('gone');
    });

    it('is confirmed within the filters of the inventory, by address and by ID', async () => {
      await blind(many(3));
      for (const filters of [{ 'tag:role': ['db'] }, { 'private-ip-address': ['10.2.*'] }]) {
        const source = ec2Source({ ...ssh, filters });
        expect(await confirmed(source, '10.1.0.2')).toBe('gone');
      }
    });

    it('is not confirmed of one that has come since the fleet was read, and of one that `select` leaves out it is', async () => {
      const { aws, hosts } = await blind(many(3));
      const select = parseSelector('web-1', {});
      if (!select.ok) throw new Error(select.fault.message);
      const inventory = openInventory({
        zones: [],
        ...{ targets: [], places: {}, configuration: 'runbolt.yaml', onFailure: () => undefined, clock: realClock },
        entries: [{ ...ssh, select: select.value }],
        around: { home: '/', directory: '/', variables: {}, shown: (path) => path, user: 'ops' },
      });
      ends.push(() => void inventory.close());
      const fleet = await inventory.targets();
      expect(fleet.map(({ name }) => name)).toEqual(['web-1']);
      expect(await inventory.confirmGone(['10.1.0.2'], fleet, never)).toMatchObject({ ok: true });
      aws.replaceHosts(many(4)(hosts.host));
      expect(await inventory.confirmGone(['10.1.0.4'], fleet, never)).toMatchObject({ ok: false });
    });

    it('is not confirmed of an address that a tag gives, either', async () => {
      const tagged: Fleet = (host) =>
        many(12)(host).map((one, i) => ({ ...one, tags: { ...one.tags, lb: `10.7.0.${i + 1}` } }));
      await loseTokens(await blind(tagged, 5));
      const source = ec2Source({ ...ssh, tags: { lb: 'address' } });
      expect(await confirmed(source, '10.7.0.9')).toMatch(/is not whole: .*i-0+9\b/);
    });

    it('is not confirmed where EC2 does not answer', async () => {
      const { aws } = await blind(many(3));
      const source = ec2Source(ssh);
      use('http://127.0.0.1:9', aws.credential);
      expect(await asked(source, [], ['10.1.0.200'])).toMatch(/its endpoint does not answer/);
    });

    it('is confirmed of machines outside of EC2 only where an earlier answer had them: SSM is not asked by address', async () => {
      const racks =
        (count: number): Fleet =>
        (host) =>
          Array.from({ length: count }, (_, i) =>
            host({
              instance: `m${instanceId(i + 1)}`,
              tags: { Name: `rack-${i + 1}` },
              privateIp: `192.168.0.${i + 1}`,
            }),
          );
      const { aws, hosts } = await start(racks(3));
      const entry: SsmEntry = { kind: 'ssm', at: '', user: 'ops', labels: {}, regions: ['eu-west-1'], tags: {} };
      const inventory = openInventory({
        zones: [],
        ...{ targets: [], places: {}, configuration: 'runbolt.yaml', entries: [entry], onFailure: () => undefined },
        around: { home: '/', directory: '/', variables: {}, shown: (path) => path, user: 'ops' },
        // What was read is too old at once.
        clock: { ...realClock, now: () => realClock.now() + aws.calls('DescribeInstanceInformation') * 61_000 },
      });
      ends.push(() => void inventory.close());
      const told = async (address: string) => {
        const result = await inventory.confirmGone([address], await inventory.targets(), never);
        return result.ok ? 'gone' : result.fault.message;
      };
      expect(await inventory.targets()).toHaveLength(3);
      aws.replaceHosts(racks(2)(hosts.host));
      expect(await inventory.targets()).toHaveLength(2);
      expect(await told('192.168.0.3')).toBe('gone');
      expect(await told('192.168.0.4')).toMatch(/is at 192\.168\.0\.4 cannot be told: no answer before had one there/);
    });
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
      expect(await read()).toMatch(
        /could not be read: there are no AWS credentials .*start Runbolt anew with AWS_ACCESS_KEY_ID/,
      );
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
      expect(await read()).toMatch(
        /the AWS credentials have expired\. They are those of the environment: .*start Runbolt anew\.$/,
      );
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
      expect(await read()).toMatch(/something that is not AWS/);
    });
  });
});
