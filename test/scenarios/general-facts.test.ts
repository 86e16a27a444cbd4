import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { HostFact, Reading } from '../../src/core/fact-type.js';
import { environment } from '../../src/core/shared-section.js';
import { file } from '../../src/facts/file/file.js';
import { listener } from '../../src/facts/listener/listener.js';
import { process as processes } from '../../src/facts/process/process.js';
import { script } from '../../src/facts/script.js';
import { sockets } from '../../src/facts/sockets.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const BOX = 'mkdir -p /tmp/box; busybox --install -s /tmp/box';
/** How a host reads: its shell, and what is done before. */
const HOSTS = {
  dash: { shell: ['dash'], before: '' },
  bash: { shell: ['bash', '--posix'], before: '' },
  busybox: { shell: ['busybox', 'sh'], before: `${BOX}; PATH=/tmp/box` },
} as const;

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

/** Reads a fact on a fresh host that `setup` made; what it started in the background is ended by its pid in `$pids`. */
const gather = <Args>(
  fact: HostFact<Args>,
  given: unknown,
  setup = '',
  on: (typeof HOSTS)[keyof typeof HOSTS] = HOSTS.dash,
  as = '',
): Reading => {
  const args = fact.args.parse(given);
  const probe = fact.probe(args);
  const text = probe.script;
  const host = machine();
  machines.push(host);
  const read = as === '' ? `(\n${text}\n)` : `${as} sh -s <<'PROBE'\n${text}\nPROBE`;
  const program = `pids=''; trap '[ -z "$pids" ] || kill $pids' EXIT\n${setup}\n${on.before}\n${read}`;
  const ran = inNamespace(host, program, environment([probe]), { shell: on.shell });
  expect(ran.stderr).toBe('');
  return fact.parse(ran.stdout, args);
};
const value = (reading: Reading) => (reading.status === 'read' ? reading.value : reading);
const reason = (reading: Reading) => (reading.status === 'read' ? 'was read' : reading.reason);
const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
const until = (condition: string) =>
  `n=0; until ${condition}; do n=$((n + 1)); [ $n -lt 100 ] || exit 96; sleep 0.05; done`;

const PYTHON = (code: string) => `/usr/bin/python3 -c '${code}' </dev/null >/dev/null 2>&1 & pids="$pids $!"`;
const LISTENS = `${PYTHON(`
import socket, time
a = socket.socket(); a.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); a.bind(("127.0.0.1", 7000)); a.listen(5)
c = [socket.create_connection(("127.0.0.1", 7000)) for _ in range(3)]
time.sleep(60)`)}
${until(`[ "$(ss -Htn dport = :7000 | wc -l)" = 3 ]`)}`;

describe.skipIf(cannotIsolate !== '').each(Object.entries(HOSTS))(
  titled('the general facts on a real host, read with %s'),
  (_, on) => {
    test('a file: type, mode in four digits, owner and size, and its content where asked for', () => {
      const setup = `printf 'a=1\\n\\tb' > /etc/x.conf; chown 65534:0 /etc/x.conf; chmod 4640 /etc/x.conf
echo 'nobody:x:65534:65534::/:' > /etc/passwd; echo 'root:x:0:' > /etc/group`;
      const at = { exists: true, placed: true, type: 'file', link: '' };
      const base = { ...at, mode: '4640', owner: 'nobody', group: 'root', size: 6 };
      const sha256 = createHash('sha256').update('a=1\n\tb').digest('hex');
      expect(value(gather(file, '/etc/x.conf', setup, on))).toEqual(base);
      expect(value(gather(file, { path: '/etc/x.conf', content: 'text' }, setup, on))).toMatchObject({
        ...base,
        lines: 2,
        sha256,
        text: 'a=1\n\tb',
      });
      expect(value(gather(file, { path: '/etc/x.conf', content: 'hash' }, setup, on))).toEqual({ ...base, sha256 });
    });

    test('a file that is not there is told apart from one behind a file, and from a link that leads nowhere', () => {
      expect(value(gather(file, '/etc/nope', '', on))).toMatchObject({
        ...{ exists: false, placed: true, type: '', link: '' },
      });
      expect(value(gather(file, '/etc/none/nope', '', on))).toMatchObject({ exists: false, placed: false });
      expect(value(gather(file, '/nope', '', on))).toMatchObject({ exists: false, placed: true });
      expect(value(gather(file, '/etc/x/y', ': > /etc/x', on))).toMatchObject({ exists: false, placed: false });
      expect(value(gather(file, '/etc/x', 'ln -s /nowhere /etc/x', on))).toMatchObject({
        exists: false,
        link: '/nowhere',
      });
      expect(value(gather(file, '/etc/x', ': > /etc/y; ln -s y /etc/x', on))).toMatchObject({
        exists: true,
        link: 'y',
        size: 0,
      });
    });

    test('content that cannot be judged is an error with the reason', () => {
      const read = (setup: string) => reason(gather(file, { path: '/etc/x', content: 'text' }, setup, on));
      expect(read('head -c 70000 /dev/zero | tr "\\000" a > /etc/x')).toBe(
        '/etc/x is longer than 64 KiB, so its text is not judged.',
      );
      expect(read("printf 'a\\000b' > /etc/x")).toBe('/etc/x is no text: it contains NUL bytes.');
      expect(read("printf 'a\\377b' > /etc/x")).toBe('/etc/x is no UTF-8 text.');
      expect(read('mkdir /etc/x')).toBe('/etc/x is no regular file (directory); it has no content to judge.');
      expect(read(': > /etc/x')).toBe('was read');
    });

    test('a listener: where, which process, how full its queue is', () => {
      expect(value(gather(listener, { port: 7000 }, LISTENS, on))).toMatchObject({
        listening: true,
        local: true,
        addresses: ['127.0.0.1'],
        process: on.before === '' ? 'python3' : expect.stringMatching(/^python3/),
        process_known: true,
        queue: 3,
        backlog: on.before === '' ? 5 : -1,
      });
      expect(value(gather(listener, { port: 7001 }, LISTENS, on))).toMatchObject({ listening: false, local: false });
      expect(value(gather(listener, { port: 7000, proto: 'udp' }, LISTENS, on))).toMatchObject({ listening: false });
    });

    test('a listener on all addresses, of both families, over UDP', () => {
      const setup = `${PYTHON(`
import socket, time
a = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); a.bind(("::1", 5353))
b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); b.bind(("", 5353))
time.sleep(60)`)}
${until('[ "$(ss -Hlun sport = :5353 | wc -l)" = 2 ]')}`;
      const read = value(gather(listener, { port: 5353, proto: 'udp' }, setup, on));
      expect(read).toMatchObject({ listening: true, local: false });
      expect('addresses' in read && [...(Array.isArray(read.addresses) ? read.addresses : [])].sort()).toEqual([
        '0.0.0.0',
        '::1',
      ]);
    });

    test('sockets by state, of all, of a peer, of a port', () => {
      const established = { total: 7, established: 6, listen: 1, time_wait: 0 };
      expect(value(gather(sockets, {}, LISTENS, on))).toMatchObject(established);
      expect(value(gather(sockets, { port: 7000 }, LISTENS, on))).toMatchObject({
        total: 4,
        established: 3,
        listen: 1,
      });
      expect(value(gather(sockets, { peer: '127.0.0.1', peer_port: 7000 }, LISTENS, on))).toMatchObject({ total: 3 });
      expect(value(gather(sockets, { peer: '10.1.1.1' }, LISTENS, on))).toMatchObject({ total: 0 });
    });

    test('processes by name and by command line, and not what reads them', () => {
      const setup = `mkdir /tmp/bin; cp /bin/sleep /tmp/bin/a-very-long-program-name; echo root:x:0:0::/: > /etc/passwd
for n in 61 62; do pids="$pids $(/tmp/bin/a-very-long-program-name $n >/dev/null & echo $!)"; done`;
      const two = { running: true, count: 2, users: ['root'] };
      expect(value(gather(processes, { name: 'a-very-long-program-name' }, setup, on))).toMatchObject(two);
      expect(value(gather(processes, { name: 'a-very-long-program-other' }, setup, on))).toMatchObject({ count: 0 });
      expect(value(gather(processes, { name: 'a-very-long' }, setup, on))).toMatchObject({ count: 0 });
      const one = value(gather(processes, { cmdline: 'program-name 62' }, setup, on));
      expect(one).toMatchObject({ count: 1, args: '/tmp/bin/a-very-long-program-name 62' });
      expect('rss_kib' in one && Number(one.rss_kib)).toBeGreaterThan(0);
      expect(value(gather(processes, { cmdline: 'grep -lsF' }, setup, on))).toMatchObject({ running: false });
    });

    test("a script's lines and its JSON become typed fields", () => {
      const fields = { count: 'integer', share: 'number', ok: 'boolean', name: 'text', tags: 'list' };
      const expected = { count: 3, share: 0.5, ok: true, name: "it's a=b", tags: ['x', 'y z'] };
      const lines = `echo count=3; echo share=0.5; echo ok=true; echo "name=$WHO"; echo tags=x; echo 'tags=y z'`;
      const json = `printf '{"count": 3, "share": 0.5, "ok": true, "tags": ["x", "y z"],\\n"name": "%s"}' "$WHO"`;
      for (const run of [lines, json])
        expect(value(gather(script, { run, fields, env: { WHO: "it's a=b" } }, '', on))).toEqual(expected);
    });

    test('a script that fails, hangs or prints something else is an error with the reason', () => {
      const read = (run: string) => reason(gather(script, { run, fields: { n: 'integer' } }, '', on));
      expect(read('echo no such volume; exit 3')).toBe('The script ended with 3: no such volume');
      expect(read('false')).toBe('The script ended with 1: no words');
      expect(read('echo n=1; echo m=2')).toBe('The script printed `m`, which `fields` does not declare.');
      expect(read('echo n=1; echo n=2')).toBe('The script printed `n` 2 times.');
      expect(read('echo n=1.5')).toBe('`n` is no integer: "1.5"');
      expect(read('echo "{"')).toBe('What the script printed is no JSON object.');
      expect(read(':')).toBe('The script did not print `n`.');
      expect(read('echo hello')).toBe('The script printed a line that is no field=value: hello');
    });
  },
);

describe.skipIf(cannotIsolate !== '')(titled('the general facts without root'), () => {
  const nobody = <Args>(fact: HostFact<Args>, given: unknown, setup: string) =>
    gather(fact, given, setup, HOSTS.dash, NOBODY);

  test('a file that may not be read, and one in a closed directory, are errors and never absent', () => {
    const setup = 'mkdir /etc/d; echo a > /etc/d/f; chmod 700 /etc/d; echo b > /etc/s; chmod 600 /etc/s';
    expect(reason(nobody(file, '/etc/d/f', setup))).toBe('/etc/d/f could not be looked at without root.');
    expect(reason(nobody(file, '/etc/d/nope', setup))).toBe('/etc/d/nope could not be looked at without root.');
    expect(reason(nobody(file, { path: '/etc/s', content: 'text' }, setup))).toBe(
      '/etc/s could not be read without root.',
    );
    expect(value(nobody(file, '/etc/s', setup))).toMatchObject({ mode: '0600' });
    expect(value(nobody(file, '/etc/nope', setup))).toMatchObject({ exists: false });
  });

  test("a listener is seen, another user's process behind it is said to be unknown", () => {
    expect(value(nobody(listener, { port: 7000 }, LISTENS))).toMatchObject({
      listening: true,
      process: '',
      process_known: false,
    });
  });

  test('hidden processes are an error, not none', () => {
    const hide = 'mount -t proc -o hidepid=2 proc /proc';
    expect(reason(nobody(processes, { name: 'init' }, hide))).toBe(
      'The processes of other users are hidden here (hidepid): read it as root.',
    );
  });
});
