import { spawn, spawnSync } from 'node:child_process';
import { hostScript } from '../../../src/demo/hosts/init-script.js';
import { thisMachine } from '../../../src/demo/machine.js';
import { type Room, startRoom } from '../../../src/demo/namespaces/room.js';
import type { Execution, Script, Transport } from '../../../src/engine/ports.js';
import type { Scenario } from './scenario.js';

const OUTPUT = 64 * 1024 * 1024;
const SETUP_MS = 60_000;
export const ADDRESS = '10.0.9.1';

/** A fresh host in namespaces of its own, for one scenario. Everything in it ends with it. */
export class ScenarioHost {
  private constructor(private readonly room: Room) {}

  static async start(name: string): Promise<ScenarioHost> {
    const machine = thisMachine();
    const spec = { name, address: ADDRESS, labels: {}, sysctls: {}, files: [], door: 'answers' } as const;
    const room = await startRoom({
      name: `The scenario ${name}`,
      mode: 'root',
      machine,
      script: hostScript(spec, 'root'),
      signal: new AbortController().signal,
      onComplaint: () => undefined,
    });
    if (!room.ok) throw new Error(`${room.fault.message} ${room.fault.next}`);
    return new ScenarioHost(room.value);
  }

  /** Runs a program there as root, with everything that the machine has. */
  run(script: string): { readonly code: number | null; readonly out: string } {
    return this.runIn(['sh', '-s'], script);
  }

  /**
   * Runs a program there as a boot would find the host: its files, and nothing of what ran, of `/run`, of `/tmp` and of
   * the network but its address. What it leaves running ends with it; the host itself runs on.
   */
  boot(script: string): { readonly code: number | null; readonly out: string } {
    return this.runIn(['unshare', '-m', '-n', '-p', '-f', '--mount-proc', '--kill-child', 'sh', '-s'], BOOTED + script);
  }

  private runIn(shell: readonly string[], script: string): { readonly code: number | null; readonly out: string } {
    const [command = '', ...args] = this.enter(shell);
    const ran = spawnSync(command, args, { input: script, maxBuffer: OUTPUT, timeout: SETUP_MS, env: environment() });
    if (ran.error)
      throw new Error(`${ran.error.message}: after ${SETUP_MS} ms it runs, or what it left holds its output`);
    return { code: ran.status, out: `${ran.stdout}${ran.stderr}` };
  }

  /** Reads and changes the host as SSH would, with what the scenario takes away from whoever reads. */
  transport(scenario: Scenario): Transport {
    return {
      execute: (_target, script, signal) => this.execute(restricted(scenario, script), script, signal),
      close: async () => undefined,
    };
  }

  stop(): Promise<void> {
    return this.room.stop();
  }

  /** The command line that enters it. */
  enter(command: readonly string[]): readonly string[] {
    return ['nsenter', ...this.room.entry, ...command];
  }

  private execute(command: readonly string[], script: Script, signal: AbortSignal): Promise<Execution> {
    const [program = '', ...args] = this.enter(command);
    const begun = Date.now();
    return new Promise((resolve) => {
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: environment() });
      const streams: { readonly stdout: Buffer[]; readonly stderr: Buffer[] } = { stdout: [], stderr: [] };
      child.stdout.on('data', (chunk: Buffer) => streams.stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => streams.stderr.push(chunk));
      const timer = setTimeout(() => child.kill('SIGKILL'), script.limitMs);
      signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
      child.on('close', (code, killed) => {
        clearTimeout(timer);
        const output = { stdout: Buffer.concat(streams.stdout), stderr: Buffer.concat(streams.stderr), cut: false };
        if (code === null && killed) resolve({ kind: 'timed-out', limitMs: script.limitMs, output });
        else resolve({ kind: 'exited', code: code ?? 0, output, durationMs: Date.now() - begun });
      });
      child.stdin.on('error', () => undefined);
      child.stdin.end(script.text);
    });
  }
}

/** Of /proc/sys the network's part alone can be written, as on the host: the rest is the whole machine's. */
const BOOTED = `mount --bind /proc/sys/net /proc/sys/net && mount --rbind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys &&
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /tmp && ip link set lo up && ip addr add ${ADDRESS}/32 dev lo || exit 90
`;

const environment = () => ({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' });

/** The shell that a reader gets. What is taken away is taken in a mount namespace of the reader's own. */
const restricted = ({ host }: Scenario, script: Script): readonly string[] => {
  const lines = [
    ...(host.ss === 'old' ? [OLD_SS] : []),
    ...host.without.map((tool) => `mount --bind "$hidden" "$(readlink -f "$(command -v ${tool})")"`),
    ...(host.busybox ? [BUSYBOX_ONLY] : []),
  ];
  const shell = host.busybox ? 'busybox sh' : 'sh';
  const user = host.user === 'nobody' ? 'setpriv --reuid 65534 --regid 65534 --clear-groups ' : '';
  const noise =
    host.shell === 'noisy'
      ? `printf '\\033[31mWelcome to the host\\033[0m\\nlast login: never\\n'; echo oops >&2; `
      : '';
  const prepare =
    lines.length > 0 ? `hidden=$(mktemp); chmod 644 "$hidden"\n${lines.join('\n')}\nrm -f "$hidden"\n` : '';
  const become = script.become === 'sudo' ? '' : user;
  // setpriv itself is gone where only busybox is left; it was found before.
  return [
    'unshare',
    '-m',
    'sh',
    '-c',
    `setpriv=$(command -v setpriv)\n${prepare}${noise}exec ${become.replace('setpriv', '"$setpriv"')}${shell} -s`,
  ];
};

const OLD_SS = `cp "$(command -v ss)" /run/ss.real; cat > /run/ss.old <<'END'
#!/bin/sh
for word in "$@"; do
  case $word in
    --inet-sockopt | --oneline) echo "ss: unrecognized option '$word'" >&2; exit 255 ;;
    --*) ;;
    -*O*) echo "ss: invalid option -- 'O'" >&2; exit 255 ;;
  esac
done
exec /run/ss.real "$@"
END
chmod 755 /run/ss.old /run/ss.real; mount --bind /run/ss.old "$(readlink -f "$(command -v ss)")"`;

const BUSYBOX_ONLY = `box=/run/box; mkdir -p "$box"; cp "$(command -v busybox)" "$box/busybox"
for applet in $("$box/busybox" --list); do [ -e "$box/$applet" ] || ln -s busybox "$box/$applet"; done
[ -z "$setpriv" ] || { cp "$setpriv" /run/setpriv; setpriv=/run/setpriv; }
mount --bind "$box" /usr/sbin; mount --bind "$box" /usr/bin`;
