import type { LocalHost } from './hosts.js';
import type { Misbehaviour } from './misbehaviour.js';
import { pageOf } from './pages.js';
import { answer, type Reply, refuse } from './reply.js';
import { element, list, type Xml } from './xml.js';

/** One region's EC2. */
export interface Ec2State {
  readonly region: string;
  readonly regions: readonly string[];
  readonly account: string;
  readonly hosts: () => readonly LocalHost[];
  readonly how: () => Misbehaviour;
}

/** Carries out a call of EC2's query protocol, `Action` and all. Undefined for one that is not offered. */
export const ec2 = (call: URLSearchParams, state: Ec2State): Reply<Xml> | undefined => {
  switch (call.get('Action')) {
    case 'DescribeInstances':
      return describeInstances(call, state);
    case 'DescribeRegions':
      return answer(
        list(
          'regionInfo',
          state.regions.map((name) => [
            element('regionName', name),
            element('regionEndpoint', `ec2.${name}.amazonaws.com`),
            element('optInStatus', 'opt-in-not-required'),
          ]),
        ),
      );
    default:
      return undefined;
  }
};

const describeInstances = (call: URLSearchParams, state: Ec2State): Reply<Xml> => {
  const ids = numbered(call, 'InstanceId');
  const asked = call.get('MaxResults');
  if (asked !== null && ids.length > 0)
    return refuse(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  const size = asked === null ? 1000 : Number(asked);
  if (!(size >= 5 && size <= 1000))
    return refuse(
      'InvalidParameterValue',
      `Value ( ${asked} ) for parameter maxResults is invalid. Expecting a value from 5 to 1000.`,
    );
  let instances = state.hosts().filter((host) => host.instance.startsWith('i-'));
  const malformed = ids.find((id) => !/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id));
  if (malformed !== undefined) return refuse('InvalidInstanceID.Malformed', `Invalid id: "${malformed}"`);
  const lost = ids.filter((id) => !instances.some((host) => host.instance === id));
  if (lost.length > 0)
    return refuse('InvalidInstanceID.NotFound', `The instance ID '${lost.join(', ')}' does not exist`);
  if (ids.length > 0) instances = instances.filter((host) => ids.includes(host.instance));
  for (const index of indexes(call, 'Filter')) {
    const name = call.get(`Filter.${index}.Name`) ?? '';
    const values = numbered(call, `Filter.${index}.Value`).map(pattern);
    const read = property(name);
    if (!read) return refuse('InvalidParameterValue', `The filter '${name}' is invalid`);
    instances = instances.filter((host) => read(host).some((value) => values.some((p) => p.test(value))));
  }
  const token = call.get('NextToken') ?? undefined;
  const page = pageOf(instances, 'DescribeInstances', Math.min(size, state.how().pageSize ?? size), token);
  if (!page.ok) return page;
  const reservations = page.value.items.map((host) => [
    element('reservationId', `r-${host.instance.slice(2)}`),
    element('ownerId', state.account),
    list('groupSet', []),
    list('instancesSet', [instance(host)]),
  ]);
  return answer(
    [list('reservationSet', reservations), ...(page.value.next ? [element('nextToken', page.value.next)] : [])].join(
      '',
    ),
  );
};

const property = (filter: string): ((host: LocalHost) => readonly string[]) | undefined => {
  if (filter.startsWith('tag:')) {
    const key = filter.slice(4);
    return ({ tags }) => (tags[key] === undefined ? [] : [tags[key]]);
  }
  return PROPERTIES[filter];
};

const PROPERTIES: Readonly<Record<string, (host: LocalHost) => readonly string[]>> = {
  'instance-id': (host) => [host.instance],
  'instance-state-name': (host) => [host.state],
  'private-ip-address': (host) => [host.privateIp],
  // None has a public one.
  'ip-address': () => [],
  'tag-key': (host) => Object.keys(host.tags),
};

/** `*` and `?` stand for any characters and any one. */
const pattern = (value: string): RegExp =>
  new RegExp(
    `^${value
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  );

const indexes = (call: URLSearchParams, prefix: string): readonly number[] => {
  const found = [...call.keys()].flatMap((key) => {
    const number = key.startsWith(`${prefix}.`) ? /^\d+/.exec(key.slice(prefix.length + 1))?.[0] : undefined;
    return number === undefined ? [] : [Number(number)];
  });
  return [...new Set(found)].sort((a, b) => a - b);
};

const numbered = (call: URLSearchParams, prefix: string): readonly string[] =>
  indexes(call, prefix).map((index) => call.get(`${prefix}.${index}`) ?? '');

const STATES = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 } as const;

const instance = (host: LocalHost): readonly Xml[] => {
  const gone = host.state === 'terminated';
  const name = `ip-${host.privateIp.replaceAll('.', '-')}.${host.region}.compute.internal`;
  return [
    element('instanceId', host.instance),
    element('imageId', 'ami-0123456789abcdef0'),
    element('instanceState', [element('code', STATES[host.state]), element('name', host.state)]),
    element('privateDnsName', gone ? '' : name),
    element('dnsName', ''),
    element('reason', ''),
    element('amiLaunchIndex', 0),
    list('productCodes', []),
    element('instanceType', 't3.micro'),
    element('launchTime', '2026-01-01T00:00:00.000Z'),
    element('placement', [
      element('availabilityZone', `${host.region}a`),
      element('groupName', ''),
      element('tenancy', 'default'),
    ]),
    element('monitoring', [element('state', 'disabled')]),
    // A terminated instance has lost its addresses.
    ...(gone
      ? []
      : [
          element('subnetId', 'subnet-0123456789abcdef0'),
          element('vpcId', 'vpc-0123456789abcdef0'),
          element('privateIpAddress', host.privateIp),
        ]),
    list('groupSet', []),
    element('architecture', 'x86_64'),
    element('rootDeviceType', 'ebs'),
    ...(host.platform === 'Windows' ? [element('platform', 'windows')] : []),
    list(
      'tagSet',
      Object.entries(host.tags).map(([key, value]) => [element('key', key), element('value', value)]),
    ),
    element('platformDetails', host.platform === 'Windows' ? 'Windows' : 'Linux/UNIX'),
  ];
};
