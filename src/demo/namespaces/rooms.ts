import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { failure, ok, type Result } from '../../core/fault.js';
import { type Machine, whereIs } from '../machine.js';
import { type NamespaceMode, unshareArguments } from './ability.js';
import { entryOf, type Place, PREAMBLE, START_LIMIT_MS } from './room.js';

/** Many rooms that begin and end together. */
export interface Rooms {
  /** In the order of the plan. */
  readonly places: readonly Place[];
  /** Gives them the priority that everything has; they come up behind all else. Without root they stay there. */
  hurry(): Promise<void>;
  /** Resolves when every process of every room is gone. */
  stop(): Promise<void>;
}

export interface RoomsPlan {
  readonly mode: NamespaceMode;
  readonly machine: Machine;
  /** What `RoomPlan.script` is for one. Names are of letters, digits and -. */
  readonly rooms: readonly { readonly name: string; readonly script: string }[];
  readonly signal: AbortSignal;
  readonly onComplaint: (room: string, line: string) => void;
}

/**
 * Starts rooms through one small process, which costs this one a single fork: forks of a large process, each waiting for
 * its exec, kept it busy for half a second (measured with 23). All rooms share the launcher's standard input, so they
 * see its end, and the launcher dies with this process. It puts the room's name before each of its lines. Told to end, it
 * ends the rooms, and itself when the last process of the last room has let go of its pipe.
 */
const LAUNCHER = String.raw`
use strict; use IO::Select; $| = 1;
my $count = shift; my @enter = splice @ARGV, 0, $count;
my ($select, $ending, @room, %name, %text) = (IO::Select->new);
$SIG{TERM} = sub { $ending = 1; kill KILL => @room };
while (!$ending and my ($name, $script) = splice @ARGV, 0, 2) {
  pipe(my $read, my $write) or die "pipe: $!";
  my $pid = fork; defined $pid or die "fork: $!";
  if (!$pid) {
    open STDOUT, ">&", $write; open STDERR, ">&", $write;
    exec @enter, "sh", "-c", $script; die "$enter[0]: $!\n";
  }
  push @room, $pid; close $write; $select->add($read); $name{$read} = $name; $text{$read} = "";
}
while ($select->count) {
  kill KILL => @room if $ending;
  for my $read ($select->can_read) {
    my $got = sysread $read, $text{$read}, 4096, length $text{$read};
    print "$name{$read} $1\n" while $text{$read} =~ s/^(.{0,300}).*\n//;
    $text{$read} = substr $text{$read}, 0, 4096;
    next if $got;
    print "$name{$read} ended\n"; $select->remove($read); close $read;
  }
}
`;

/** Starts the rooms and resolves when all are ready. Faults: `demo_unavailable` with what the first to fail complained of. */
export const startRooms = async (plan: RoomsPlan): Promise<Result<Rooms>> => {
  const { machine, mode, rooms } = plan;
  const enter = ['setpriv', ...unshareArguments(mode)];
  const child = spawn(
    whereIs(machine, 'nice') ?? 'nice',
    [
      ...['-n', '19', 'setpriv', '--pdeathsig', 'KILL', 'perl', '-e', LAUNCHER, String(enter.length), ...enter],
      ...rooms.flatMap(({ name, script }) => [name, PREAMBLE + script]),
    ],
    { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: machine.searchPath, LC_ALL: 'C' } },
  );
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const kill = (): void => {
    child.kill('SIGTERM');
  };
  const stop = async (): Promise<void> => {
    kill();
    await ended;
  };
  plan.signal.addEventListener('abort', kill, { once: true });
  if (plan.signal.aborted) kill();
  const timer = setTimeout(kill, START_LIMIT_MS);
  const up = await listen(child, plan, ended);
  clearTimeout(timer);
  if (!up.ok) {
    await stop();
    plan.signal.removeEventListener('abort', kill);
    return up;
  }
  ended.then(
    () => plan.signal.removeEventListener('abort', kill),
    () => {},
  );
  const places = up.value.map((pid) => ({ pid, entry: entryOf(pid, mode) }));
  return ok({ places, hurry: () => hurry(machine, mode, child), stop });
};

/** Process IDs of the rooms' inits, in the order of the plan, once all are ready. */
const listen = (child: ChildProcess, plan: RoomsPlan, ended: Promise<void>): Promise<Result<readonly number[]>> =>
  new Promise((resolve) => {
    const pids = new Map<string, number>();
    const waiting = new Set(plan.rooms.map(({ name }) => name));
    const complaints = new Map<string, string[]>();
    const refuse = (name: string): void => {
      const said = complaints.get(name)?.slice(-20).join(' ') ?? 'it ended without a word';
      const next = 'Try the demo as root, with node outside of /tmp.';
      resolve(failure('demo_unavailable', `Host ${name} of the demo did not start: ${said}.`, next));
    };
    const onLine = (line: string): void => {
      const [, name = '', text = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      const pid = /^pid (\d+)$/.exec(text)?.[1];
      if (pid !== undefined) pids.set(name, Number(pid));
      else if (text === 'ready') waiting.delete(name);
      else if (text === 'ended') refuse(name);
      else {
        complaints.set(name, [...(complaints.get(name) ?? []), text].slice(-20));
        plan.onComplaint(name, text);
      }
      if (waiting.size === 0) resolve(ok(plan.rooms.map((room) => pids.get(room.name) ?? 0)));
    };
    if (waiting.size === 0) resolve(ok([]));
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on('line', onLine);
    ended.then(
      () => refuse([...waiting][0] ?? ''),
      () => {},
    );
  });

const hurry = async (machine: Machine, mode: NamespaceMode, { pid }: ChildProcess): Promise<void> => {
  if (mode !== 'root' || pid === undefined) return;
  const renice = spawn(whereIs(machine, 'renice') ?? 'renice', ['-n', '0', '-g', String(pid)], { stdio: 'ignore' });
  await once(renice, 'close').catch(() => undefined);
};
