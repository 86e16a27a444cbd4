import { describe, expect, test } from 'vitest';
import { haproxyBackends } from '../../../src/changes/haproxy-backends/haproxy-backends.js';
import type { Planned } from '../../../src/core/change-type.js';
import type { Reading } from '../../../src/core/fact-type.js';
import { haproxy } from '../../../src/facts/haproxy/haproxy.js';
import { haproxyReload } from '../../../src/facts/haproxy/reload.js';
import { haproxyState } from '../../../src/facts/haproxy/state.js';
import { inventory } from '../../../src/facts/inventory.js';
import { target } from '../../rig/targets.js';
import { CHECKED, CONFIGURED, framedLines, PROCESS } from '../facts/haproxy-outputs.js';

const CFG = '/etc/haproxy/haproxy.cfg';
const NAMES = { haproxy: 'haproxy', state: 'state', reload: 'reload', hosts: 'hosts' };

interface Given {
  /** Servers in the file, `NAME ADDRESS [REST]`; the hosts of the inventory and the running servers likewise. */
  readonly file?: readonly string[];
  readonly hosts?: readonly string[];
  readonly running?: readonly string[];
  readonly config?: readonly string[];
  readonly socket?: string;
  readonly version?: string;
  readonly checked?: readonly string[];
  readonly args?: Readonly<Record<string, unknown>>;
}

const FOUR = ['web-1 10.0.9.11', 'web-2 10.0.9.12', 'web-3 10.0.9.13', 'web-4 10.0.9.14'];
const FIVE = [...FOUR, 'web-5 10.0.9.15'];

const readings = (given: Given): readonly Reading[] => {
  const file = given.file ?? FOUR;
  const running = given.running ?? file;
  const lines = file.map((one, i) => {
    const [name, address, ...rest] = one.split(' ');
    return `line\t${CFG}\t${20 + i}\ttext\t    server ${name} ${address}:8080 ${rest.join(' ') || 'check'}`;
  });
  const config = [...CONFIGURED.filter((one) => !one.startsWith('line')), ...(given.config ?? []), ...lines];
  const states = running.map((one) => {
    const [name, address, admin = '0'] = one.split(' ');
    return `server\tapp\t${name}\t${address}\t8080\t2\t${admin}\t1\t1\t3`;
  });
  const asked = ['uid\t0', 'found\t1', 'backend\tapp', ...states, `socket\t/run/s\t-\t${given.socket ?? 'admin'}`];
  const fleet = (given.hosts ?? FIVE).map((one) => {
    const [name = '', address = ''] = one.split(' ');
    return { ...target(name, { role: 'web' }), host: address };
  });
  return [
    haproxy.parse(framedLines('haproxy', [...PROCESS, ...config]), { backend: '', config: '' }),
    haproxyState.parse(
      framedLines('haproxy_state', [...asked, `worker\t51\t${given.version ?? '2.6.12'}`, `listed\t${running.length}`]),
      { backend: '', config: '' },
    ),
    haproxyReload.parse(framedLines('haproxy_reload', given.checked ?? CHECKED), { config: '' }),
    inventory.read({ select: 'role=web', same: [], port: 8080 }, fleet, target('lb-1')),
  ];
};

const plan = (given: Given): Planned =>
  haproxyBackends.plan(haproxyBackends.args.parse({ ...NAMES, ...given.args }), readings(given));

const stepOf = (planned: Planned) => {
  const step = planned.kind === 'steps' ? planned.steps[0] : undefined;
  if (!step) throw new Error(JSON.stringify(planned));
  return step;
};

const refusal = (planned: Planned) => {
  if (planned.kind !== 'refused') throw new Error(JSON.stringify(planned));
  return planned;
};

const notes = (given: Given): string =>
  stepOf(plan(given))
    .effects.flatMap((one) => (one.kind === 'note' ? [one.text] : []))
    .join('\n');

describe('bringing the servers of a backend in line', () => {
  test('shows the lines that come and go, and names the servers', () => {
    const step = stepOf(plan({ file: FOUR, hosts: [...FOUR.slice(1), 'web-5 10.0.9.15'] }));
    expect(step.effects).toEqual(
      expect.arrayContaining([
        { kind: 'edits', file: CFG, line: 20, from: 'server web-1 10.0.9.11:8080 check', to: '(no line)' },
        { kind: 'edits', file: CFG, line: 24, from: '(no line)', to: 'server web-5 10.0.9.15:8080 check' },
        { kind: 'note', text: 'adds 1 server: web-5 (10.0.9.15:8080)' },
        { kind: 'note', text: 'removes 1 server: web-1 (10.0.9.11:8080)' },
      ]),
    );
    expect(step.lasting?.split('\n')).toEqual([
      String.raw`- ansible.builtin.lineinfile: { path: "/etc/haproxy/haproxy.cfg", regexp: "^\\s*server\\s+web-1\\s", state: absent }`,
      String.raw`- ansible.builtin.lineinfile: { path: "/etc/haproxy/haproxy.cfg", regexp: "^\\s*server\\s+web-5\\s", insertafter: "^backend app", line: "    server web-5 10.0.9.15:8080 check" }`,
    ]);
    expect(step.env.RECIPE).toBe('keep 1 19\nkeep 21 23\ntext     server web-5 10.0.9.15:8080 check\nkeep 24 $');
  });

  test('names the addresses that get no requests any more, for the inventory to confirm', () => {
    const gone = (given: Given) => stepOf(plan(given)).gone;
    expect(gone({ file: FOUR, hosts: [...FOUR.slice(1), 'web-5 10.0.9.15'] })).toEqual(['10.0.9.11']);
    expect(gone({ file: FOUR, hosts: [...FOUR.slice(0, 3), 'web-4 10.0.9.44'] })).toEqual(['10.0.9.14']);
    expect(gone({ file: FOUR, running: FIVE, hosts: FOUR })).toEqual(['10.0.9.15']);
    expect(gone({ file: FOUR, hosts: FIVE })).toBeUndefined();
  });

  test('the way back is one that servers get their settings by', () => {
    const ways = (config: readonly string[]) => {
      const { env } = stepOf(plan({ file: FIVE, hosts: FOUR, config }));
      return [env.WAY, env.WAY_BACK];
    };
    expect(ways([])).toEqual(['runtime', 'runtime']);
    expect(ways([`default\t${CFG}\t5\ttext\tdefault-server check ssl verify none`])).toEqual(['runtime', 'reload']);
    expect(ways([`setting\t${CFG}\t13\ttext\tbalance source`])).toEqual(['runtime', 'reload']);
  });

  test('names servers that go and stand in no file', () => {
    expect(notes({ file: FOUR, running: [...FOUR, 'web-8 10.0.9.18'], hosts: FIVE })).toContain(
      'removes 1 server added at run time, with options that stand in no file: web-8 (10.0.9.18:8080)',
    );
    expect(notes({ file: FIVE, hosts: FOUR })).not.toContain('added at run time');
  });

  test('says where no request will be made through it', () => {
    const given = { file: FOUR, hosts: [...FOUR, 'web-5 10.0.9.15'] };
    expect(notes(given)).toContain('no request is made through it afterwards: health_url is not given');
    expect(notes({ ...given, args: { health_url: 'http://127.0.0.1/' } })).not.toContain('no request');
  });

  test('a section without servers gets them behind its head', () => {
    const given = { file: ['sorry 127.0.0.1 backup'], hosts: FOUR.slice(0, 2), running: ['sorry 127.0.0.1'] };
    expect(stepOf(plan(given)).env.RECIPE).toMatch(/^keep 1 20\ntext {5}server web-1 .*\ntext .*web-2.*\nkeep 21 \$$/);
  });

  test('nothing is planned when file, running process and inventory agree, whatever the lines are called', () => {
    expect(plan({ file: FOUR, hosts: FOUR })).toEqual({ kind: 'nothing' });
    const named = FOUR.map((one) => one.replace('web-', 'tomcat'));
    expect(plan({ file: named, hosts: FOUR })).toEqual({ kind: 'nothing' });
  });

  test('the first time a file is adopted, and the plan says so', () => {
    expect(notes({})).toContain(`adopts ${CFG}: Runbolt never wrote it, and it is what HAProxy has loaded`);
  });

  test.each([
    ['everything allows it', {}, 'by the runtime API'],
    ['an old version', { version: '2.4.22' }, 'by a reload'],
    ['a socket that may not', { socket: 'operator' }, 'by a reload'],
    ['a static balance', { config: [`setting\t${CFG}\t13\ttext\tbalance source`] }, 'by a reload'],
    [
      'a consistent hash',
      { config: [`setting\t${CFG}\t13\ttext\tbalance source`, `setting\t${CFG}\t14\ttext\thash-type consistent`] },
      'by the runtime API',
    ],
    ['a default-server', { config: [`default\t${CFG}\t5\ttext\tdefault-server maxconn 9`] }, 'by a reload'],
    [
      'a default-server of defaults that come later',
      { config: [`defaults\t${CFG}\t90\ttext\tdefaults late`, `default\t${CFG}\t91\ttext\tdefault-server maxconn 9`] },
      'by the runtime API',
    ],
    ...[
      ['of defaults that its own name by from', 'web from base', 'by a reload'],
      ['of other defaults', 'web', 'by the runtime API'],
    ].map(([whose, head, way]): [string, Given, string] => [
      `a default-server ${whose}`,
      {
        config: [
          ...[`defaults\t${CFG}\t6\ttext\tdefaults base`, `default\t${CFG}\t7\ttext\tdefault-server maxconn 9`],
          `defaults\t${CFG}\t8\ttext\tdefaults ${head}`,
        ],
      },
      way ?? '',
    ]),
    ['a server with a new address', { hosts: [...FOUR.slice(0, 3), 'web-4 10.0.9.44'] }, 'by a reload'],
  ])('%s: %j', (_, given, way) => expect(notes(given)).toMatch(new RegExp(`^${way}`, 'm')));

  test.each([
    ['an empty query', { hosts: [] }, 'an empty query changes nothing'],
    ['more than 30 % removed', { file: FIVE, hosts: FIVE.slice(0, 3) }, 'remove 2 of 5 servers, more than 30 %'],
    [
      'more than 30 % of those that run',
      { file: FOUR, running: [...FIVE, 'a 10.0.9.61', 'b 10.0.9.62', 'c 10.0.9.63'] },
      'of 8 running servers',
    ],
    [
      'fewer than 2 left',
      { file: [], running: ['x 10.0.9.99', ...FOUR], hosts: ['x 10.0.9.99'] },
      'fewer than 2|more than 30 %',
    ],
    ['a name that is taken', { file: ['web-5 10.0.9.11', ...FOUR.slice(1)] }, 'The name web-5 is taken'],
    [
      'a hand edit',
      { config: [`applied\t${'a'.repeat(64)}\t${CFG}`, `differs\t${CFG}\t> maxconn 5`] },
      'edited by hand since Runbolt wrote it: > maxconn 5',
    ],
    ['a directory of others', { config: [`shared\t${CFG}`] }, 'in a directory that others than root may write'],
    ['a link', { config: [`link\t${CFG}`] }, 'is a link'],
    ['a template in the section', { config: [`line\t${CFG}\t19\ttext\tserver-template x 3 y:80`] }, 'cannot be told'],
    [
      'a template whose servers run',
      {
        config: [`line\t${CFG}\t19\ttext\tserver-template x 3 y:80`],
        running: [...FOUR, 'x1 10.0.9.61', 'x2 10.0.9.62', 'x3 10.0.9.63'],
      },
      'server-template x 3 y:80. Which servers it stands for cannot be told',
    ],
    [
      'an invalid file',
      { checked: ['uid\t0', 'found\t1', 'checked\t123', 'said\t[ALERT] : unknown keyword', 'listening\t0'] },
      'not valid as it is: [ALERT]',
    ],
    [
      'an address that is taken',
      {
        checked: [
          'uid\t0',
          'found\t1',
          'checked\t0',
          'bind\t/h\t9\t*:80\t',
          'listener\t00000000:0050\tother',
          'listening\t1',
        ],
      },
      'would fail at bind',
    ],
    [
      'MAINT that could not be set again',
      { socket: 'user', running: ['web-1 10.0.9.11 1', ...FOUR.slice(1)] },
      'would lose app/web-1 MAINT',
    ],
  ])('%s is refused', (_, given, reason) => {
    expect(plan(given)).toEqual({
      kind: 'refused',
      reason: expect.stringMatching(new RegExp(reason.replaceAll('[', '\\['))),
    });
  });

  const spoken = (options: string) => FOUR.map((one) => `${one} ${options.replace('NAME', one.split(' ')[0] ?? '')}`);

  test.each([
    ['a PROXY header', 'check send-proxy check-send-proxy', {}, 'check send-proxy check-send-proxy'],
    ['a cookie of its own', 'check cookie NAME', {}, 'check cookie {name}'],
    ['a cookie called otherwise', 'check weight 5 cookie c-NAME', {}, 'check cookie {name}'],
    [
      'TLS',
      'check ssl verify none sni str(app)',
      { options: 'check ssl inter 1s' },
      'check ssl inter 1s verify none sni str(app)',
    ],
    ['HTTP/2', 'proto h2', { options: '' }, 'proto h2'],
    ['a check', 'check', { options: 'weight 5' }, 'weight 5 check'],
    ['a certificate', 'check crt /etc/NAME.pem', {}, 'check crt /etc/{name}.pem'],
  ])('a new line without what all others have is refused, and told how: %s', (_, has, args, wanted) => {
    const given = { file: spoken(has), running: FOUR };
    const { reason } = refusal(plan({ ...given, args }));
    expect(reason).toMatch(/^All 4 servers of app have .*, and the new line would not: give options="(.*)"\.$/);
    expect(reason).toContain(`options="${wanted}"`);
    expect(plan({ ...given, args: { options: wanted } }).kind).toBe('steps');
  });

  test('what only some of the others have is told', () => {
    const given = { file: ['web-1 10.0.9.11 check ssl', ...FOUR.slice(1)], running: FOUR };
    expect(notes(given)).toContain('some servers have ssl, new lines have not');
  });

  test.each([
    ['a backup has', ['spare 10.0.9.99 backup ssl', ...FOUR]],
    ['says nothing of how it is spoken to', spoken('check inter 5s maxconn 30')],
    ['is a value', spoken('check cookie ssl').map((one, i) => (i === 0 ? one.replace(' cookie ssl', '') : one))],
  ])('an option that %s is asked of no new line', (_, file) => {
    const running = file.map((one) => one.split(' ').slice(0, 2).join(' '));
    expect(plan({ file, running, hosts: FIVE }).kind).toBe('steps');
  });

  test('where one request in two for each server may not come to all of them, that is said', () => {
    const args = { health_url: 'http://127.0.0.1/' };
    expect(notes({ args })).not.toContain('may not come to every server');
    expect(notes({ args, config: [`setting\t${CFG}\t13\ttext\tbalance source`] })).toContain(
      'balance source: the requests made through it afterwards may not come to every server',
    );
    expect(notes({ args, file: ['web-1 10.0.9.11 check weight 9', ...FOUR.slice(1)], running: FOUR })).toContain(
      'unequal weights:',
    );
  });

  describe('a host that is a backup there', () => {
    const file = [...FOUR.slice(0, 3), 'spare 10.0.9.14 check backup'];
    const running = file.map((one) => one.split(' ').slice(0, 2).join(' '));

    test('is there, and stays one', () => {
      expect(plan({ file, running, hosts: FOUR })).toEqual({ kind: 'nothing' });
      const step = stepOf(plan({ file, running, hosts: FIVE }));
      expect(step.env.NEW).toBe('web-5 10.0.9.15:8080 check');
      expect(notes({ file, running, hosts: FIVE })).toContain(
        'web-4 (10.0.9.14:8080) is there as the backup spare and stays one: no line is added for it',
      );
    });

    test('is none of the servers that must be left', () => {
      const others = ['b1 10.0.9.91 backup', 'b2 10.0.9.92 backup'];
      const two = ['web-1 10.0.9.11', 'spare 10.0.9.14 check backup', ...others];
      const given = { file: two, running: [...two.map((one) => one.split(' ').slice(0, 2).join(' ')), 'x 10.0.9.77'] };
      const { reason } = refusal(plan({ ...given, hosts: ['web-1 10.0.9.11', 'web-4 10.0.9.14'] }));
      expect(reason).toContain('leave 1 server, fewer than 2');
    });

    test('by a name in the file and its address in the process, gets no second line', () => {
      const unnamed = { config: [`line\t${CFG}\t30\ttext\t    server spare web-5.internal:8080 backup`] };
      const given = { ...unnamed, file: FOUR, running: [...FOUR, 'spare 10.0.9.15'], hosts: FIVE };
      expect(refusal(plan(given)).reason).toContain('The backup spare runs at 10.0.9.15:8080');
    });

    test('does not stand for an active server of the same address, whose going is confirmed', () => {
      const both = [...FOUR, 'spare 10.0.9.14 check backup'];
      const run = both.map((one) => one.split(' ').slice(0, 2).join(' '));
      expect(stepOf(plan({ file: both, running: run, hosts: FOUR.slice(0, 3) })).gone).toEqual(['10.0.9.14']);
      expect(stepOf(plan({ file, running, hosts: [...FOUR.slice(0, 3), 'web-5 10.0.9.15'] })).gone).toBeUndefined();
    });
  });

  test('a hand edit is adopted when that is asked for', () => {
    const edited = { config: [`applied\t${'a'.repeat(64)}\t${CFG}`], args: { adopt: true } };
    expect(notes(edited)).toContain(`adopts ${CFG} as it was edited by hand`);
  });

  test.each([
    ['options: check; shutdown', { options: 'check; shutdown frontend web' }],
    ['a health_url of another scheme', { health_url: 'file:///etc/shadow' }],
    ['a health_url with a name', { health_url: 'http://example.net/' }],
    ['a health_url with a line end', { health_url: 'http://127.0.0.1/\r\nHost: x' }],
  ])('%s is no argument', (_, given) => {
    expect(haproxyBackends.args.safeParse({ ...NAMES, ...given }).success).toBe(false);
  });

  test('a reading that failed is a refusal with its reason', () => {
    const [config, , reload, hosts] = readings({});
    const failed: Reading = { status: 'error', reason: 'its socket did not answer' };
    const some = [config, failed, reload, hosts].flatMap((one) => one ?? []);
    expect(haproxyBackends.plan(haproxyBackends.args.parse(NAMES), some)).toEqual({
      kind: 'refused',
      reason: 'its socket did not answer',
    });
  });
});
