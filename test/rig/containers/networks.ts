import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A network namespace that lives as long as its process. */
export interface Net {
  readonly pid: number;
  end(): Promise<void>;
}

const newNet = async (): Promise<Net> => {
  const child: ChildProcess = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '-n', 'sh', '-c', 'ip link set lo up && echo ready && exec sleep 900'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (child.stdout) await once(child.stdout, 'data');
  const exited = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    end: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
};

/** Networks as docker makes them: a bridge for each, in a namespace of their own, and names of those who share one. */
export interface Networks {
  /** A namespace for a container, with an interface in each of its networks. */
  join(name: string): Net;
  /** /etc/hosts of a container: those that it shares a network with. */
  hosts(name: string): string;
  end(): Promise<void>;
}

export const startNetworks = async (members: ReadonlyMap<string, readonly string[]>): Promise<Networks> => {
  const bridges = [...new Set([...members.values()].flat())];
  const names = [...members.keys()];
  const hub = await newNet();
  const nets = new Map<string, Net>();
  const address = (network: string, name: string) => `10.77.${bridges.indexOf(network)}.${names.indexOf(name) + 10}`;
  const ip = (pid: number, lines: readonly string[]) =>
    execFileSync('nsenter', ['-t', String(pid), '-n', 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  ip(
    hub.pid,
    bridges.flatMap((_, n) => [`link add br${n} type bridge`, `link set br${n} up`]),
  );
  for (const [name, networks] of members) {
    const net = await newNet();
    nets.set(name, net);
    for (const network of networks) {
      const n = bridges.indexOf(network);
      const port = `v${n}x${names.indexOf(name)}`;
      ip(hub.pid, [
        `link add ${port} type veth peer name eth${n} netns ${net.pid}`,
        `link set ${port} master br${n}`,
        `link set ${port} up`,
      ]);
      ip(net.pid, [`addr add ${address(network, name)}/24 dev eth${n}`, `link set eth${n} up`]);
    }
  }
  return {
    join: (name) => {
      const net = nets.get(name);
      if (!net) throw new Error(`no network namespace for ${name}`);
      return net;
    },
    hosts: (name) =>
      [
        '127.0.0.1 localhost',
        ...names.flatMap((other) => {
          const shared = members.get(other)?.find((network) => members.get(name)?.includes(network));
          return shared === undefined ? [] : [`${address(shared, other)} ${other}`];
        }),
        '',
      ].join('\n'),
    end: async () => {
      await Promise.all([hub, ...nets.values()].map((net) => net.end()));
    },
  };
};
