import { describe, expect, test } from 'vitest';
import type { FactValue } from '../../../src/core/fact-type.js';
import { blockedListener } from '../../../src/facts/blocked-listener/blocked-listener.js';
import { endOf } from '../../../src/facts/framing.js';
import { ended } from './frame-end.js';

interface TaskLine {
  readonly pid?: number;
  readonly tid?: number;
  readonly parent?: number;
  readonly name?: string;
  /** State, call, count, fd, watches; the second look's where it differs. */
  readonly in: string;
  readonly later?: string;
  readonly switches?: readonly [number, number];
  readonly cpu?: readonly [number, number];
}

interface Scene {
  readonly uid?: number;
  readonly machine?: string;
  /** At both looks; the second none when it is gone. */
  readonly queue?: readonly [number, number | undefined];
  /** before, asked, now, asked now, still, accepted */
  readonly counts?: string;
  readonly tasks?: readonly TaskLine[];
  /** Lines for both looks, `S` standing for which: sockets and connections of the tasks. */
  readonly sockets?: readonly string[];
  readonly more?: readonly string[];
  readonly waited?: string;
  readonly denied?: number;
}

const READ = 'S recvfrom 1 4 -';
const IDLE = ['fd S 10 4 700', 'conn S 0 700 ESTAB 0 10.0.9.1 8080 10.0.0.7 50000', 'bytes S 700 0'];

const ASLEEP: TaskLine = { in: 'S nanosleep 0 - -', switches: [12, 40] };
const WORKER = 'conn S 0 700 ESTAB 0 10.0.9.1 9090 10.0.0.7 50000';
const SAME = 'listen a 0 601 0.0.0.0 8080 0 0';
/** Another connection at each look, of which so many bytes were received. */
const HOPS = (bytes: number): readonly string[] =>
  ['a 70', 'b 71'].flatMap((one) => {
    const [look, inode] = one.split(' ');
    return [
      `fd ${look} 10 4 ${inode}`,
      `conn ${look} 0 ${inode} ESTAB 0 10.0.9.1 8080 10.0.0.7 500${inode}`,
      `bytes ${look} ${inode} ${bytes}`,
    ];
  });
const HOPPING = /idle connection at both looks, another one each time \(10\.0\.0\.7:50070, then 10\.0\.0\.7:50071\)/;

/** What the probe prints for a scene with one listener on 8080 that pid 10 and others share by fd 3. */
const printed = ({
  uid = 0,
  machine = 'x86_64 6.18.1',
  queue = [2, 2],
  counts = '2 1 2 1 1 0',
  tasks = [{ in: READ }],
  sockets = IDLE,
  more = [],
  waited = '100.00 105.20',
  denied = 0,
}: Scene): string => {
  const look = (which: 'a' | 'b') => {
    const i = which === 'a' ? 0 : 1;
    return [
      ...(queue[i] === undefined ? [] : [`listen ${which} 0 600 0.0.0.0 8080 ${queue[i]} 0`]),
      ...tasks.flatMap((task) => {
        const pid = task.pid ?? 10;
        const tid = task.tid ?? pid;
        const call = which === 'b' ? (task.later ?? task.in) : task.in;
        return [
          ...(tid === pid ? [`proc ${which} ${pid} ${task.parent ?? 1} ${task.name ?? 'app'}`] : []),
          `task ${which} ${pid} ${tid} ${call} ${task.switches?.[i] ?? 12} ${task.cpu?.[i] ?? 30}`,
        ];
      }),
      ...sockets.flatMap((line) =>
        /^\w+ [ab] /.test(line) ? (line.split(' ')[1] === which ? [line] : []) : [line.replace(' S ', ` ${which} `)],
      ),
    ];
  };
  const pids = [...new Set(tasks.map((task) => task.pid ?? 10))];
  const lines = [
    `uid ${uid}`,
    `machine ${machine}`,
    'source ss',
    'hidden 0',
    'more 0 0',
    `denied ${denied}`,
    ...look('a'),
    ...look('b'),
    ...pids.map((pid) => `own 600 ${pid} 3`),
    `queue 0 0.0.0.0 8080 ${counts} 10.0.0.8 51000 79`,
    'unseen 0',
    ...(waited ? [`waited ${waited}`] : []),
    ...more,
  ].map((line) => line.replaceAll(' ', '\t'));
  return ['runbolt-listeners\t1', ...lines, `end${endOf(lines.map((line) => line.split('\t')))}`, ''].join('\n');
};

const listener = (scene: Scene): FactValue => {
  const reading = blockedListener.parse(printed(scene), {});
  if (reading.status !== 'read') throw new Error(reading.reason);
  const { listeners } = reading.value;
  const first: unknown = Array.isArray(listeners) ? listeners[0] : undefined;
  return Object(first);
};

describe('a blocked listener', () => {
  test('is convicted when its one task reads an idle connection at both looks', () => {
    expect(listener({})).toMatchObject({
      ...{ port: 8080, process: 'app', pid: 10, tasks: 1, slots: 1, verdict: 'blocked', idle_peer: '10.0.0.7' },
      ...{ waiting: 1, server: '127.0.0.1:8080', proxy_port: 8081 },
      evidence: expect.arrayContaining([
        'app pid 10: in recvfrom on fd 4, a connection from 10.0.0.7:50000, ESTAB, Recv-Q 0, no bytes received since it began',
      ]),
    });
  });

  test.each(['read', 'recvmsg', 'readv', 'poll', 'ppoll', 'select', 'pselect6'])('is convicted by %s too', (call) => {
    expect(listener({ tasks: [{ in: `S ${call} 1 4 -` }] })).toMatchObject({ verdict: 'blocked' });
  });

  test('is convicted though the task woke up in between, when its connection received nothing', () => {
    expect(listener({ tasks: [{ in: 'S poll 1 4 -', switches: [12, 17] }] })).toMatchObject({ verdict: 'blocked' });
  });

  test('without counters of bytes it takes a task that did not run at all', () => {
    const sockets = IDLE.slice(0, 2);
    expect(listener({ sockets })).toMatchObject({ verdict: 'blocked' });
    expect(listener({ sockets, tasks: [{ in: READ, switches: [12, 13] }] })).toMatchObject({
      verdict: 'suspect',
      because: expect.stringContaining('cannot be told without ss'),
    });
  });

  test.each([
    ['reset and replaced', [5, 9], '3 3 3 3 0 0'],
    ['given up', [2, 2], '2 1 1 0 0 0'],
  ] as const)(
    'is convicted when the requests were %s, for its task never ran: nobody accepted them',
    (_, queue, counts) => {
      expect(listener({ queue, counts })).toMatchObject({ verdict: 'blocked' });
      const tasks = [{ in: READ, switches: [12, 13] }] as const;
      for (const scene of [{ queue, tasks }, { queue: [queue[0], queue[0] - 1] as const }])
        expect(listener({ counts, ...scene })).toMatchObject({
          verdict: 'suspect',
          because: expect.stringContaining('it may have accepted them'),
        });
    },
  );

  test('is convicted by itself where others share its address (SO_REUSEPORT) and go on accepting', () => {
    const more = [SAME];
    expect(listener({ counts: '4 4 4 4 2 2', more })).toMatchObject({ verdict: 'blocked' });
  });

  test('all prefork children must be caught; a resting master does not count', () => {
    const child = (pid: number): TaskLine => ({ pid, parent: 9, in: READ });
    const of = (...pids: number[]) =>
      pids.flatMap((pid) => [
        `fd S ${pid} 4 7${pid}`,
        `conn S 0 7${pid} ESTAB 0 10.0.9.1 8080 10.0.0.7 ${50000 + pid}`,
        `bytes S 7${pid} 0`,
      ]);
    for (const rests of [
      'S wait4 0 - -',
      'S pselect6 0 - -',
      'S clock_nanosleep 0 - -',
      'S epoll_wait 0 - -',
      'S poll 3 - -',
    ]) {
      const tasks = [{ pid: 9, in: rests }, child(11), child(12)];
      expect(listener({ tasks, sockets: of(11, 12) }), rests).toMatchObject({ verdict: 'blocked', tasks: 2, slots: 2 });
    }
    const free = [{ pid: 9, in: 'S wait4 0 - -' }, child(11), { pid: 12, parent: 9, in: 'S accept4 1 - 3' }];
    expect(listener({ tasks: free, sockets: of(11) })).toMatchObject({
      verdict: 'cleared',
      because: 'app pid 12 waits in accept4 on the listener',
    });
  });

  test('a parent that watches the listener itself is no master', () => {
    const tasks = [
      { pid: 9, in: 'S epoll_wait 0 - 3' },
      { pid: 10, parent: 9, in: READ },
    ];
    expect(listener({ tasks })).toMatchObject({ verdict: 'cleared' });
  });
});

describe('a listener with a queue is acquitted', () => {
  test.each<[string, Scene, RegExp]>([
    ['busy at both looks', { tasks: [{ in: 'R running 0 - -', cpu: [30, 4000] }] }, /busy: state R/],
    ['busy at one look', { tasks: [{ in: 'R running 0 - -', later: READ }] }, /moved on/],
    ['in epoll', { tasks: [{ in: 'S epoll_wait 0 - -' }] }, /epoll_wait \(an event loop\)/],
    ['in epoll, the set unread', { tasks: [{ in: 'S epoll_pwait 0 - ?' }] }, /event loop/],
    ['in accept', { tasks: [{ in: 'S accept 1 - 3' }] }, /waits in accept on the listener/],
    ['in poll on several descriptors', { tasks: [{ in: 'S poll 3 - -' }] }, /poll on 3 descriptors/],
    ['in poll on the listener', { tasks: [{ in: 'S poll 1 3 3' }] }, /the listener among what it watches/],
    [
      'waiting for something behind it',
      { sockets: ['fd S 10 4 700', 'conn S 0 700 ESTAB 0 10.0.9.1 44000 10.0.0.9 5432', 'bytes S 700 9'] },
      /its own connection to 10\.0\.0\.9:5432/,
    ],
    ['waiting for a UNIX socket', { sockets: ['fd S 10 4 700', 'other S 700 unix'] }, /UNIX/],
    [
      'reading a connection that received something',
      { sockets: [...IDLE.slice(0, 2), 'bytes a 700 10', 'bytes b 700 20'] },
      /received data between the looks/,
    ],
    [
      'reading another connection by the second look',
      {
        sockets: [
          'fd a 10 4 700',
          'fd b 10 4 701',
          ...IDLE.slice(1),
          'conn S 0 701 ESTAB 0 10.0.9.1 8080 10.0.0.7 50001',
          'bytes S 701 40',
        ],
      },
      /moved on/,
    ],
    ['served in between', { counts: '4 4 4 4 2 2' }, /2 of 4 were accepted/],
    [
      'holding a connection that came after the first look',
      { counts: '2 2 3 3 0 0', more: ['taken 0 0.0.0.0 8080 1'] },
      /served: 1 accepted at the second look/,
    ],
    ['empty by the second look', { queue: [2, 0], counts: '2 1 0 0 0 0' }, /no request waited/],
    ['without a request by the second look', { counts: '2 1 1 0 0 0', tasks: [ASLEEP] }, /no request waited/],
    ['at work while other requests came', { queue: [2, 3], counts: '2 2 3 3 0 0', tasks: [ASLEEP] }, /went on/],
    ['no longer there', { queue: [2, undefined], counts: '2 1 0 0 0 0' }, /no request waited/],
    ['without a request, one of several on its address', { counts: '2 1 2 0 0 0', more: [SAME] }, /no request waited/],
    [
      'reading from its own worker, which sends',
      {
        sockets: ['fd S 10 4 700', WORKER, 'bytes a 700 10', 'bytes b 700 20'],
        more: ['listen a 0 601 0.0.0.0 9090 0 0'],
      },
      /received data between the looks/,
    ],
    ['served, each connection after a part of its request', { sockets: HOPS(40), counts: '4 4 4 4 2 2' }, /2 of 4/],
  ])('%s', (_, scene, because) => {
    const value = listener(scene);
    expect(value).toMatchObject({ verdict: 'cleared', because: expect.stringMatching(because) });
    expect(value.evidence).toEqual(expect.arrayContaining([expect.stringMatching(/^cleared: /)]));
  });

  test('when nobody’s request waits, whatever the queue holds', () => {
    expect(listener({ counts: '2 0 2 0 0 0', waited: '' })).toMatchObject({ verdict: 'free' });
  });
});

describe('a listener is only suspect', () => {
  const other: TaskLine = { pid: 10, tid: 11, in: 'S futex 0 - -' };
  test.each<[string, Scene, RegExp]>([
    ['without root', { uid: 1000, tasks: [], denied: 40 }, /^without root/],
    ['without root, though the process is one’s own', { uid: 1000 }, /^without root/],
    ['when its process was not found', { tasks: [] }, /was not found/],
    [
      'when a thread sleeps that might serve',
      { tasks: [{ in: READ }, other] },
      /1 of 2 tasks .* thread 11 is in futex/,
    ],
    [
      'when a helper thread of a caught process waits for something else',
      { tasks: [{ in: READ }, { ...other, in: 'S epoll_wait 0 - -' }] },
      /1 of 2 tasks/,
    ],
    ['when its task’s call could not be read', { tasks: [{ in: 'S unread 0 - -' }] }, /could not be read/],
    ['when the polled descriptor could not be read', { tasks: [{ in: 'S poll 1 - ?' }] }, /in poll/],
    [
      'on a machine whose calls have no names',
      { machine: 'riscv64 6.6.0', tasks: [{ in: 'S nr:207 0 - -' }] },
      /nr:207/,
    ],
    [
      'when a parent’s event loop could not be read',
      {
        tasks: [
          { pid: 9, in: 'S epoll_wait 0 - ?' },
          { pid: 10, parent: 9, in: READ },
        ],
      },
      /1 of 2 tasks/,
    ],
    [
      'when it waits on a connection of another port of the host, which may be its own worker',
      {
        sockets: ['fd S 10 4 700', WORKER, 'bytes S 700 0'],
        more: ['listen a 0 601 0.0.0.0 9090 0 0'],
      },
      /a connection from 10\.0\.0\.7:50000, of port 9090, not of this one/,
    ],
    ['when it goes from one idle connection to the next', { sockets: HOPS(0), counts: '4 4 4 4 2 2' }, HOPPING],
    [
      'when it goes from one connection with nothing to read to the next, and ss does not tell whether they sent anything',
      { sockets: HOPS(0).filter((line) => !line.startsWith('bytes')), counts: '4 4 4 4 2 2' },
      /with nothing to read at both looks, .* cannot be told without ss/,
    ],
    ['when it goes on so, and none was seen accepted', { sockets: HOPS(0), counts: '4 4 4 4 0 0' }, HOPPING],
    [
      'when it goes on so, and holds a connection that came after the first look',
      { sockets: HOPS(0), counts: '4 4 4 4 0 0', more: ['taken 0 0.0.0.0 8080 1'] },
      HOPPING,
    ],
    ['when it goes on so, and its helper thread sleeps', { sockets: HOPS(0), tasks: [{ in: READ }, other] }, HOPPING],
    [
      'when its sleeping task did not run while other requests came',
      { counts: '2 2 3 3 0 0', tasks: [{ ...ASLEEP, switches: [12, 12] }] },
      /nanosleep, which does not tell why/,
    ],
    [
      'when other requests came, one task is caught and another worked',
      { counts: '2 2 3 3 0 0', tasks: [{ in: READ }, { ...other, switches: [3, 90] }] },
      /1 of 2 tasks/,
    ],
    ['when its task is stopped', { tasks: [{ in: 'T recvfrom 1 4 -' }] }, /stopped/],
    ['when some processes’ descriptors could not be read', { denied: 2 }, /2 processes/],
    ['when the task came only by the second look', { tasks: [{ in: 'S nanosleep 0 - -' }] }, /in nanosleep/],
    ['when the looks are too close', { waited: '100.00 101.00' }, /too early/],
  ])('%s', (_, scene, because) => {
    expect(listener(scene)).toMatchObject({ verdict: 'suspect', because: expect.stringMatching(because) });
  });

  test('when more tasks share it than were looked at', () => {
    const text = ended(printed({}).replace('unseen\t0', 'unseen\t7'));
    expect(blockedListener.parse(text, {})).toMatchObject({ value: { listeners: [{ verdict: 'suspect' }] } });
  });
});

describe('what the probe printed', () => {
  test.each([
    ['is empty', ''],
    ['lacks its end', printed({}).replace(/end\t.*\n/, '')],
    ['counts more requests than connections', printed({ counts: '1 2 1 1 1 0' })],
    ['has a port that is none', ended(printed({}).replaceAll('\t8080\t', '\t80800\t'))],
    ['has a listener twice', printed({ more: ['listen a 0 600 0.0.0.0 8080 2 0'] })],
    ['has a queue without its second line', ended(printed({}).replaceAll('\t8080\t2\t0\n', '\t8081\t2\t0\n'))],
  ])('is an error when it %s', (_, text) => {
    expect(blockedListener.parse(text, {})).toMatchObject({ status: 'error', reason: expect.stringMatching(/./) });
  });

  test('names of processes are shown as one harmless line', () => {
    expect(listener({ tasks: [{ in: READ, name: '\u001b[31mevil\u202e' }] })).toMatchObject({ process: 'evil' });
  });
});
