import { readdirSync, readFileSync } from 'node:fs';
import type { FactSchema, Reading } from '../../../src/core/fact-type.js';
import { connectionLimits } from '../../../src/facts/connection-limits.js';
import { portRange } from '../../../src/facts/port-range.js';
import { portUsage } from '../../../src/facts/port-usage/port-usage.js';
import { sourceBinding } from '../../../src/facts/source-binding.js';
import { staleSysctl } from '../../../src/facts/stale-sysctl.js';

const CASES = new URL('../../cases/ports/', import.meta.url);
type Outputs = Readonly<Record<'ports' | 'source' | 'limits' | 'stale', readonly string[]>>;

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** What hosts printed, from the cases of the runbook ports. */
const recorded = (fact: keyof Outputs): readonly string[] =>
  readdirSync(CASES).map((name) => {
    const data: { outputs: Outputs } = JSON.parse(readFileSync(new URL(name, CASES), 'utf8'));
    return text(data.outputs[fact]);
  });

/** As a real host printed it with a port reserved, a listener and a configured port. */
export const RANGE_OUTPUT = text([
  'runbolt-port-range\t1',
  'range\t32768\t60999',
  'reserved\t11211,20000-20010',
  'tables\t4',
  'open\t11211\ttcp',
  'open\t12345\tudp',
  'open\t40000\ttcp',
  'named\t20005\t/etc/nginx/conf.d/shop.conf:3',
  'named\t18080\t/etc/haproxy/haproxy.cfg:12',
  'end\t8\t195412',
]);

const KEY = 'net.ipv4.tcp_tw_recycle';
const RANGE = { low: 10_240, high: 65_535, asked: true };

/** For the fuzzing of all parsers. */
export const portParsers: Readonly<
  Record<string, { schema: FactSchema; outputs: readonly string[]; parse: (output: string) => Reading }>
> = {
  'port_usage with namespaces': {
    schema: portUsage.schema,
    outputs: recorded('ports'),
    parse: (output) => portUsage.parse(output, {}),
  },
  source_binding: {
    schema: sourceBinding.schema,
    outputs: recorded('source'),
    parse: (output) => sourceBinding.parse(output, {}),
  },
  connection_limits: {
    schema: connectionLimits.schema,
    outputs: recorded('limits'),
    parse: (output) => connectionLimits.parse(output, {}),
  },
  stale_sysctl: {
    schema: staleSysctl.schema,
    outputs: recorded('stale'),
    parse: (output) => staleSysctl.parse(output, KEY),
  },
  port_range: { schema: portRange.schema, outputs: [RANGE_OUTPUT], parse: (output) => portRange.parse(output, RANGE) },
};
