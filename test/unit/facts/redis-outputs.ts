import { readdirSync, readFileSync } from 'node:fs';
import { redisClients } from '../../../src/facts/redis/clients.js';
import { idlePath } from '../../../src/facts/redis/path.js';
import { redisServers } from '../../../src/facts/redis/servers.js';
import { tcpTimers } from '../../../src/facts/redis/timers.js';

const CASES = new URL('../../cases/redis/', import.meta.url);

const recorded = (fact: 'servers' | 'path' | 'clients' | 'timers'): readonly string[] =>
  readdirSync(CASES).map((name): string => {
    const data: { outputs: Readonly<Record<string, readonly string[]>> } = JSON.parse(
      readFileSync(new URL(name, CASES), 'utf8'),
    );
    return (data.outputs[fact] ?? []).map((line) => `${line}\n`).join('');
  });

const noServer = redisServers.args.parse({});
const noLimit = idlePath.args.parse({ nat_gateway: 350 });
const port = redisClients.args.parse({});

/** The parsers of the redis family with outputs for them, for the fuzz. */
export const redisParsers = {
  redis_servers: {
    schema: redisServers.schema,
    outputs: recorded('servers'),
    parse: (text: string) => redisServers.parse(text, noServer),
  },
  idle_path: {
    schema: idlePath.schema,
    outputs: recorded('path'),
    parse: (text: string) => idlePath.parse(text, noLimit),
  },
  redis_clients: {
    schema: redisClients.schema,
    outputs: recorded('clients'),
    parse: (text: string) => redisClients.parse(text, port),
  },
  tcp_timers: {
    schema: tcpTimers.schema,
    outputs: recorded('timers'),
    parse: (text: string) => tcpTimers.parse(text, {}),
  },
};
