import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Reading } from '../../src/core/fact-type.js';
import { management } from '../../src/facts/management/management.js';
import { cannotIsolate, inNamespace, type Machine, machine, titled } from './namespace.js';

const SHELLS = { dash: ['dash'], bash: ['bash', '--posix'], 'busybox sh': ['busybox', 'sh'] };
/** The machine's own /root and /home stay out of it. */
const EMPTY = 'mount -t tmpfs none /root; mount -t tmpfs none /home\n';
const BUSYBOX = 'mkdir /tmp/box; busybox --install -s /tmp/box; PATH=/tmp/box\n';

const machines: Machine[] = [];
afterEach(() => {
  for (const one of machines.splice(0)) one.remove();
});

const host = (files: Readonly<Record<string, string>> = {}): Machine => {
  const on = machine();
  machines.push(on);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(on.path(path)), { recursive: true });
    writeFileSync(on.path(path), text);
  }
  return on;
};

const gather = (on: Machine, before = '', shell?: readonly string[]): Reading => {
  const ran = inNamespace(on, `${EMPTY}${before}\n${management.probe({}).script}`, {}, shell ? { shell } : {});
  expect(ran.stderr).toBe('');
  return management.parse(ran.stdout, {});
};

const by = (reading: Reading): unknown => (reading.status === 'read' ? reading.value.by : reading);

const EVERYTHING = {
  '/etc/ansible/facts.d/role.fact': '{}',
  '/etc/puppetlabs/puppet/puppet.conf': '[main]\n',
  '/etc/chef/client.rb': '',
  '/etc/salt/minion': 'master: salt\n',
  '/var/cfengine/inputs/promises.cf': '',
  '/etc/tuned/active_profile': 'throughput-performance\n',
  '/var/lib/cloud/instance/user-data.txt': '#cloud-config\n',
  '/run/cloud-init/instance-data.json':
    '{"ds": {"meta_data": {"tags": {"instance": {\n"aws:autoscaling:groupName": "web-asg"}}}}}\n',
};

describe.skipIf(cannotIsolate !== '')(titled('the fact management on a real host'), () => {
  for (const [name, shell] of Object.entries(SHELLS))
    test(`${name}: names each manager with its sign`, () => {
      expect(by(gather(host(EVERYTHING), '', shell))).toBe(
        'Ansible (/etc/ansible), Chef (/etc/chef), Puppet (/etc/puppetlabs), Salt (/etc/salt/minion), ' +
          'CFEngine (/var/cfengine), cloud-init (/var/lib/cloud), tuned (profile throughput-performance), ' +
          'Auto Scaling group (web-asg)',
      );
    });

  test('with nothing but busybox', () => {
    const reading = gather(host(EVERYTHING), BUSYBOX, ['busybox', 'sh']);
    expect(by(reading)).toContain('Auto Scaling group (web-asg)');
  });

  test('a bare host has none, and says so', () => {
    expect(gather(host())).toMatchObject({
      status: 'read',
      value: { by: '', managers: [], read: true },
      evidence: ['no sign of configuration management, cloud-init or tuned'],
    });
  });

  test('a job that pulls counts, one that is commented out does not', () => {
    expect(by(gather(host({ '/etc/cron.d/pull': '*/30 * * * * root ansible-pull -U git@x\n' })))).toBe(
      'Ansible (/etc/cron.d/pull)',
    );
    expect(by(gather(host({ '/etc/cron.d/pull': '# */30 * * * * root ansible-pull -U git@x\n' })))).toBe('');
  });

  test('a file that says who manages it counts, a mention elsewhere does not', () => {
    expect(by(gather(host({ '/etc/sysctl.d/50-net.conf': '# Ansible managed\nnet.core.somaxconn = 1024\n' })))).toBe(
      'Ansible (/etc/sysctl.d/50-net.conf says so)',
    );
    expect(by(gather(host({ '/etc/sysctl.d/50-net.conf': '# see the saltmarsh wiki, puppets welcome\n' })))).toBe('');
  });

  test('a running agent counts, a program that only mentions its name does not', () => {
    const agent =
      'mkdir /tmp/bin; cp /bin/sleep /tmp/bin/salt-minion; /tmp/bin/salt-minion 60 >/dev/null 2>&1 & pid=$!';
    const editor = "sh -c 'sleep 60; : puppet.conf' vi /etc/puppet.conf >/dev/null 2>&1 & pid=$!";
    const gone = '\ntrap "kill $pid" EXIT';
    expect(by(gather(host(), agent + gone))).toBe('Salt (process salt-minion)');
    const interpreted = "printf 'sleep 60\\n' > /tmp/salt-minion; sh /tmp/salt-minion >/dev/null 2>&1 & pid=$!";
    for (const shell of Object.values(SHELLS))
      expect(by(gather(host(), interpreted + gone + (shell[0] === 'busybox' ? `\n${BUSYBOX}` : ''), shell))).toBe(
        'Salt (process salt-minion)',
      );
    expect(by(gather(host(), editor + gone))).toBe('');
  });

  test('without root it says where it could not look', () => {
    const on = host();
    const script = `${EMPTY}chmod 700 /root; setpriv --reuid=65534 --regid=65534 --clear-groups sh -s <<'PROBE'\n${management.probe({}).script}\nPROBE`;
    const reading = management.parse(inNamespace(on, script).stdout, {});
    expect(reading).toMatchObject({ status: 'read', value: { by: '', read: false } });
    expect(reading.status === 'read' && reading.value.unread).toContain('/root');
  });
});
