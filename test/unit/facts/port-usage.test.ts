import { describe, expect, test } from 'vitest';
import { endOf } from '../../../src/facts/framing.js';
import { portUsage } from '../../../src/facts/port-usage/port-usage.js';

/** Twelve sockets to twelve destinations; ten are shown, two are left. */
const FIELDS = {
  lines: 13,
  listening: 1,
  unconnected: 0,
  server: 0,
  outside: 0,
  client: 12,
  tuples: 12,
  rest_tuples: 2,
  rest: 2,
  unparsed: 0,
  capacity: 28_232,
};

type Sums = Partial<typeof FIELDS>;

/** Twelve sockets of one IP on twelve ports. */
const LOCALS = ['local\t10.0.0.1\t12\t0\t0\t12\t12\t1', 'locals\t1\t0\t12\t0\t14116'];

const printed = (
  sums: Sums = {},
  states: Readonly<Record<string, number>> = { LISTEN: 1, ESTAB: 12 },
  locals = LOCALS,
): string => {
  const lines = [
    'uid\t0',
    'kernel\t6.1.0',
    'range\t32768\t60999',
    'reserved\t',
    'reuse\t2',
    'delay\t',
    'timestamps\t1',
    'source\tproc',
    ...Object.entries(states).map(([name, n]) => `state\t${name}\t${n}`),
    ...Array.from({ length: 10 }, (_, i) => `tuple\t10.0.0.1\t10.0.0.2\t${6_000 + i}\t1\t1\t0\t0\t1`),
    `sum\t${Object.values({ ...FIELDS, ...sums }).join('\t')}`,
    ...locals,
    'namespace\t1\t1',
    'others\t0\t0\t0\t0',
  ];
  return ['runbolt-ports\t1', ...lines, `end${endOf(lines.map((line) => line.split('\t')))}`]
    .map((line) => `${line}\n`)
    .join('');
};

describe('the sums of the port table', () => {
  test('as printed they fit', () => {
    expect(portUsage.parse(printed(), {})).toMatchObject({ status: 'read', value: { tuples: 12, sockets: 13 } });
  });

  test('sockets in other states make up for what is neither open nor waiting, or it is an error', () => {
    const waiting = (n: number, port = 6_000) =>
      printed({}, { LISTEN: 1, ESTAB: 11, 'CLOSE-WAIT': 1 }, [
        `kept\t10.0.0.1\t10.0.0.2\t${port}\tCLOSE-WAIT\t${n}`,
        ...LOCALS,
      ]).replace('6000\t1\t1\t0', '6000\t1\t0\t0');
    const withEnd = (text: string) => {
      const lines = text.split('\n').slice(1, -2);
      return `runbolt-ports\t1\n${lines.join('\n')}\nend${endOf(lines.map((line) => line.split('\t')))}\n`;
    };
    expect(portUsage.parse(withEnd(waiting(1)), {})).toMatchObject({ status: 'read' });
    expect(portUsage.parse(withEnd(waiting(2)), {}).status).toBe('error');
    expect(portUsage.parse(withEnd(waiting(1, 6_050)), {}).status).toBe('error');
  });

  test.each<[string, string]>([
    ['destinations are lost between those shown and those left', printed({ tuples: 13 })],
    ['destinations left appear that nobody counted', printed({ rest_tuples: 1 })],
    ['more destinations are left than sockets', printed({ tuples: 13, rest_tuples: 3 })],
    ['sockets left do not make up for those shown', printed({ rest: 3 })],
    ['sockets are in no group', printed({ lines: 14 }, { LISTEN: 1, ESTAB: 13 })],
    ['sockets are in no state', printed({}, { LISTEN: 1, ESTAB: 11 })],
    ['listeners are counted in two ways', printed({}, { LISTEN: 2, ESTAB: 11 })],
    ['fewer are open than are shown open', printed({}, { LISTEN: 1, ESTAB: 9, 'TIME-WAIT': 3 })],
    ['ports do not add up', printed({ capacity: 28_231 })],
    ['a line could not be read', printed({ unparsed: 1 })],
    ['local addresses are lost', printed({}, undefined, ['locals\t1\t0\t12\t0\t14116'])],
    ['more local addresses are left than counted', printed({}, undefined, [LOCALS[0] ?? '', 'locals\t1\t1\t12\t0\t1'])],
    ['local ports are lost', printed({}, undefined, [LOCALS[0] ?? '', 'locals\t1\t0\t13\t0\t14116'])],
    [
      'a local address holds fewer sockets than its destinations do',
      printed({}, undefined, ['local\t10.0.0.1\t11\t0\t0\t11\t11\t1', 'locals\t1\t0\t11\t0\t14116']),
    ],
  ])('%s: an error', (_, output) => {
    expect(portUsage.parse(output, {}).status).toBe('error');
  });
});
