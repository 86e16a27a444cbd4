import { afterAll, describe, expect, test } from 'vitest';
import { exports } from '../../src/core/script.js';
import { haproxyReload } from '../../src/facts/haproxy/reload.js';
import { RUN_AS_LIVE } from '../../src/sh/run-as-live.js';
import { ScenarioHost } from '../rig/scenario/scenario-host.js';
import { until } from '../rig/slack/index.js';
import { cannotIsolate, titled } from './namespace.js';

const FILE = '/etc/haproxy/haproxy.cfg';
const SETUP = `mkdir -p /etc/haproxy /run/w
cat > ${FILE} <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
userlist people
  user ann insecure-password "$WORD"
frontend web
  mode http
  timeout client 1s
  bind 127.0.0.1:80
END
export WORD="it's \\"a\\" \\$secret
word" LD_BIND_NOW=1
haproxy -W -f ${FILE} < /dev/null > /var/log/haproxy.log 2>&1 &
cat > /run/w/env <<'END'
#!/bin/sh
tr '\\000' ' ' < /proc/$$/cmdline >> /run/w/lines
exec /usr/bin/env "$@"
END
chmod 755 /run/w/env`;

describe.skipIf(cannotIsolate !== '').each(['dash', 'bash --posix', 'busybox sh'])(
  titled('the environment of a live HAProxy, by %s'),
  (shell) => {
    let host: ScenarioHost;
    afterAll(() => host?.stop());

    test('comes to haproxy -c and stands in no command line', { timeout: 180_000 }, async () => {
      host = await ScenarioHost.start('environment');
      expect(host.run(SETUP)).toMatchObject({ code: 0 });
      await until('haproxy listens', () => host.run('test -S /run/haproxy.sock').code === 0, 10_000);
      const { script, env } = haproxyReload.probe({ config: '' });
      const inShell = (text: string) =>
        host.run(
          `PATH=/run/w:$PATH\nexport PATH\ncat > /run/w/script <<'END-OF-SCRIPT'\n${text}\nEND-OF-SCRIPT\n${shell} /run/w/script`,
        );
      const said = inShell(`${exports(env)}${script}`);
      expect(said.out).toContain('checked\t0\n');
      const lines = host.run('cat /run/w/lines').out;
      expect(lines).toContain('-i /bin/sh');
      expect(lines).not.toContain('secret');
      const of = (name: string) =>
        inShell(`${RUN_AS_LIVE}\npid=$(grep -lx haproxy /proc/[0-9]*/comm | head -n 1 | cut -d / -f 3)
printf '${name}\\000' | LIMIT= run_as_live "$pid" /usr/bin/printenv`).out;
      expect(of('WORD')).toBe('it\'s "a" $secret\nword\n');
      expect(of('LD_BIND_NOW')).toBe('');
    });
  },
);
