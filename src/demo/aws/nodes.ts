import type { z } from 'zod';
import type { LocalHost } from './hosts.js';
import { pageOf } from './pages.js';
import { answer, type Reply, refuse } from './reply.js';
import type { describeInstanceInformation } from './ssm-inputs.js';
import type { SsmState } from './ssm-state.js';

type Call = z.infer<typeof describeInstanceInformation>;

/** DescribeInstanceInformation: 10 nodes a page unless asked for 5 to 50; no tags in the answer, none of stopped hosts. */
export const managedNodes = (call: Call, state: SsmState): Reply<object> => {
  if (call.Filters && call.InstanceInformationFilterList)
    return refuse('ValidationException', 'Filters and InstanceInformationFilterList cannot be used together.');
  const filters = [
    ...(call.Filters ?? []),
    ...(call.InstanceInformationFilterList ?? []).map(({ key, valueSet }) => ({ Key: key, Values: valueSet })),
  ];
  if (filters.length > 1 && filters.some(({ Key }) => Key.startsWith('tag')))
    return refuse('ValidationException', 'Tag filters cannot be combined with other filters.');
  let nodes = state
    .hosts()
    .filter((h) => h.ping !== 'unmanaged' && ['pending', 'running', 'stopping'].includes(h.state));
  for (const { Key, Values } of filters) {
    const test = testOf(Key);
    if (!test) return refuse('InvalidFilterKey', '');
    const unknown = Key === 'InstanceIds' ? Values.filter((v) => !nodes.some((n) => n.instance === v)) : [];
    if (unknown.length > 0) return refuse('InvalidInstanceId', '');
    nodes = nodes.filter((node) => test(node, Values));
  }
  const size = Math.min(call.MaxResults ?? 10, state.how().pageSize ?? 50);
  const page = pageOf(nodes, 'DescribeInstanceInformation', size, call.NextToken);
  if (!page.ok) return page;
  const now = state.dispatching.clock.now();
  return answer({
    InstanceInformationList: page.value.items.map((node) => tell(node, now)),
    ...(page.value.next && { NextToken: page.value.next }),
  });
};

const testOf = (key: string): ((node: LocalHost, values: readonly string[]) => boolean) | undefined => {
  const of = (read: (node: LocalHost) => string) => (node: LocalHost, values: readonly string[]) =>
    values.includes(read(node));
  if (key.startsWith('tag:')) return (node, values) => values.includes(node.tags[key.slice(4)] ?? '\0');
  if (key === 'tag-key') return (node, values) => values.some((name) => node.tags[name] !== undefined);
  if (key === 'InstanceIds') return of((node) => node.instance);
  if (key === 'PingStatus') return of((node) => node.ping ?? 'Online');
  if (key === 'PlatformTypes' || key === 'PlatformType') return of((node) => node.platform ?? 'Linux');
  if (key === 'ResourceType') return of(resourceType);
  return undefined;
};

const resourceType = (node: LocalHost): string => (node.instance.startsWith('mi-') ? 'ManagedInstance' : 'EC2Instance');

const tell = (node: LocalHost, now: number): object => ({
  InstanceId: node.instance,
  PingStatus: node.ping ?? 'Online',
  LastPingDateTime: (node.ping === 'ConnectionLost' ? now - 3_600_000 : now) / 1000,
  AgentVersion: '3.3.987.0',
  IsLatestVersion: true,
  PlatformType: node.platform ?? 'Linux',
  PlatformName: 'Debian GNU/Linux',
  PlatformVersion: '12',
  ResourceType: resourceType(node),
  ...(node.instance.startsWith('mi-') && node.tags.Name ? { Name: node.tags.Name } : {}),
  IPAddress: node.privateIp,
  ComputerName: node.tags.Name ?? `ip-${node.privateIp.replaceAll('.', '-')}`,
  SourceId: node.instance,
  SourceType: node.instance.startsWith('mi-') ? 'AWS::SSM::ManagedInstance' : 'AWS::EC2::Instance',
});
