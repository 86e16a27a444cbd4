import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillPhrase } from '../../src/engine/phrase.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { ScenarioRun } from '../rig/scenario/scenario-run.js';
import { cannotIsolate, titled } from './namespace.js';

const EXAMPLE = fileURLToPath(new URL('../../docs/examples/baseline.yaml', import.meta.url));
const FILES = `find /etc -xdev -printf '%y %m %u:%g %p %l\\n' | sort
find /etc -xdev -type f -exec sha256sum {} + | sort; cat /proc/sys/net/ipv4/conf/*/*
for k in ipv4/icmp_echo_ignore_broadcasts ipv4/icmp_ignore_bogus_error_responses ipv4/tcp_syncookies ipv4/tcp_rfc1337 core/somaxconn ipv4/tcp_max_syn_backlog; do cat /proc/sys/net/$k; done`;
/** A host on which most of the baseline is wrong, some of it in files that several changes touch. */
const SETUP = `printf 'root:x:0:0:root:/root:/bin/sh\\nnobody:x:65534:65534::/:\\n' > /etc/passwd; printf 'root:x:0:\\nnogroup:x:65534:\\n' > /etc/group
mkdir -p /etc/ssh /etc/cron.d /etc/sudoers.d /etc/security/limits.d /etc/sysctl.d
printf '#PermitRootLogin prohibit-password\\n# PermitEmptyPasswords no\\nX11Forwarding yes\\nPort 22' > /etc/ssh/sshd_config; chmod 644 /etc/ssh/sshd_config
printf '# ours\\nnet.ipv4.tcp_rfc1337 = 0\\nnet.ipv4.tcp_syncookies = 0\\nvm.swappiness = 10\\n' > /etc/sysctl.conf
ln -sf ../sysctl.conf /etc/sysctl.d/99-sysctl.conf
echo trusted > /etc/hosts.equiv; chown 65534:65534 /etc/hosts.equiv
chmod 666 /etc/group; : > /etc/shadow; chmod 644 /etc/shadow; chmod 777 /etc/cron.d; printf 'Debian GNU/Linux 12\\n' > /etc/issue.net
for k in all default; do echo 1 > /proc/sys/net/ipv4/conf/$k/accept_source_route; done
echo 128 > /proc/sys/net/core/somaxconn; echo 0 > /proc/sys/net/ipv4/conf/all/send_redirects
printf 'net.ipv4.conf.all.log_martians = 1\\n' > /etc/sysctl.d/50-ours.conf; echo 1 > /proc/sys/net/ipv4/conf/all/log_martians
echo 0 > /proc/sys/net/ipv4/tcp_syncookies`;

describe.skipIf(cannotIsolate !== '')(titled('the example baseline, in YAML only, on a real host'), () => {
  let host: ScenarioHost;
  let run: ScenarioRun;
  beforeAll(async () => {
    host = await ScenarioHost.start(`baseline-${randomBytes(3).toString('hex')}`);
    expect(host.run(SETUP)).toMatchObject({ code: 0 });
    run = await ScenarioRun.on(host, {
      ...{ name: 'baseline', about: '', runbook: 'baseline', fault: true, params: {}, labels: {}, fleet: [] },
      ...{ host: { without: [], busybox: false }, verdicts: {}, says: {}, fix: true, boots: {}, returns: true },
      ...{ setup: '', state: '', own: readFileSync(EXAMPLE, 'utf8') },
    });
  }, 60_000);
  afterAll(() => host?.stop());

  it('has at least 30 checks of sysctls and files with a fix each; all is right in the end, and taken back whole', async () => {
    const before = host.run(FILES).out;
    const seen = await run.observe();
    const failed = seen.verdicts.filter((v) => v.kind === 'fail').map((v) => v.check);
    expect(seen.verdicts.filter((v) => v.kind === 'error').map((v) => fillPhrase(v.message))).toEqual([]);
    expect(seen.verdicts.length).toBeGreaterThanOrEqual(30);
    expect(failed.length).toBeGreaterThanOrEqual(20);
    expect(seen.refusals).toEqual([]);
    const said = Object.fromEntries(seen.verdicts.map((v) => [v.check, fillPhrase(v.message)]));
    expect(said.send_redirects).toBe('net.ipv4.conf.all.send_redirects is 0 now, nothing sets it at boot; 0 is wanted');
    expect(said.rfc1337).toBe('net.ipv4.tcp_rfc1337 is 0 now, 0 after a reboot (/etc/sysctl.conf:2); 1 is wanted');
    expect(failed).not.toContain('martians');
    expect(Object.values(said).filter((text) => / {2}|, [,;]|(?:is|now,?)$/.test(text))).toEqual([]);
    expect(new Set(seen.steps.map((s) => s.change))).toEqual(new Set(failed));

    const { application, attempt } = await run.apply(seen);
    expect(application).toMatchObject({ outcome: 'changed', reason: '' });
    expect(host.run('cat /etc/ssh/sshd_config; stat -c %a /etc/ssh/sshd_config').out).toBe(
      'PermitRootLogin no\nPermitEmptyPasswords no\nX11Forwarding no\nPort 22600\n',
    );
    expect(host.run('cat /etc/sysctl.conf').out).toBe(
      '# ours\n# commented out by Runbolt: net.ipv4.tcp_rfc1337 = 0\n# commented out by Runbolt: net.ipv4.tcp_syncookies = 0\nvm.swappiness = 10\n',
    );
    for (const loader of ['/usr/lib/systemd/systemd-sysctl --prefix=/net', "sysctl --system --pattern '^net'"]) {
      const boot = `unshare -n sh -c "${loader} >/dev/null 2>&1; cd /proc/sys/net/ipv4; cat tcp_rfc1337 conf/all/send_redirects tcp_syncookies"`;
      expect(host.run(boot).out, loader).toBe('1\n0\n1\n');
    }
    const again = await run.observe();
    expect(again.verdicts.filter((v) => v.kind !== 'pass')).toEqual([]);
    expect(again.steps).toEqual([]);

    expect(await run.revert(again, attempt)).toMatchObject({ outcome: 'changed' });
    expect(host.run(FILES).out).toBe(before);
  }, 120_000);
});
