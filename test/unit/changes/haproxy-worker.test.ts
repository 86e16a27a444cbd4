import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONVERGE } from '../../../src/changes/haproxy-backends/converge.js';

const HEAD =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_check_result srv_check_state srv_agent_state srv_port';
const answer = (pid: number, ...servers: readonly string[]) =>
  [`Pid: ${pid}`, '', HEAD, ...servers.map((name, i) => `3 app ${i + 1} ${name} 10.0.9.1 2 0 1 1 3 6 0 8080`), ''].join(
    '\n',
  );

/** Runs a function of the host's side against answers of the socket, each given once and the last for ever. */
const heard = (call: string, answers: readonly string[], before = '') => {
  const backup = mkdtempSync(join(tmpdir(), 'runbolt-worker-'));
  const script = `${CONVERGE}
asked=0
cli() { asked=$((asked + 1)); cat "$BACKUP/answer-$asked" 2>/dev/null || cat "$BACKUP/answer-${answers.length}"; }
seconds() { now=$(($(cat "$BACKUP/clock" 2>/dev/null || echo 0) + 1)); echo "$now" > "$BACKUP/clock"; echo "$now"; }
nap() { :; }
echo 100 > "$BACKUP/left"
${call}`;
  writeFileSync(join(backup, 'states'), before);
  for (const [i, text] of answers.entries()) writeFileSync(join(backup, `answer-${i + 1}`), text);
  const { stdout } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, BACKUP: backup, BACKEND: 'app', VIA: '' },
    timeout: 20_000,
  });
  rmSync(backup, { recursive: true });
  return stdout;
};

describe('after a reload', () => {
  it('what the worker that leaves says of the servers counts for nothing', () => {
    const said = heard('state', [answer(100, 'web-1'), answer(100, 'web-1'), answer(200, 'web-1', 'web-5')]);
    expect(said.match(/web-\d/g)).toEqual(['web-1', 'web-5']);
  });

  it('no answer of another worker is none at all', () => {
    expect(heard('state || echo none', [answer(100, 'web-1')])).toBe('none\n');
  });

  it('a new server that is not there is not UP', () => {
    const call = `come_up 'web-5 10.0.9.15:8080' || :`;
    expect(heard(call, [answer(200, 'web-1')])).toBe('Not UP after 10 s: web-5 \n');
    expect(heard(call, [answer(200, 'web-1', 'web-5')])).toBe('');
    expect(heard(call, [answer(200, 'web-1', 'web-5').replace('web-5 10.0.9.1 2', 'web-5 10.0.9.1 0')])).toContain(
      'Not UP',
    );
  });

  const web5 = (row: string) =>
    answer(200, 'web-1', 'web-5').replace('web-5 10.0.9.1 2 0 1 1 3 6 0', `web-5 10.0.9.1 ${row}`);

  it('a new server is UP once its check has passed, and is waited for where HAProxy has not checked it yet', () => {
    const call = `come_up 'web-5 10.0.9.15:8080 check' && echo "after $(cat "$BACKUP/clock")" || :`;
    const unchecked = web5('2 0 1 1 0 6 0');
    expect(heard(call, [unchecked, unchecked, web5('2 0 1 1 3 6 0')])).toBe('after 3\n');
    expect(heard(call, [unchecked, web5('0 0 1 1 2 6 0')])).toBe('Not UP after 10 s: web-5 \n');
    expect(heard(call.replace(' check', ''), [web5('2 0 1 1 0 0 0')])).toBe('after 1\n');
  });

  it.each([
    ['in MAINT', '0 1 1 1 3 6 0'],
    ['drained', '2 8 1 1 3 6 0'],
    ['UP with a check that failed', '2 0 1 1 2 6 0'],
    ['UP with a check that is not on', '2 0 1 1 0 2 0'],
  ])('a new server that is %s is not UP, unless that is how it was before or is wanted', (_, row) => {
    const call = `come_up 'web-5 10.0.9.15:8080 check' || :`;
    expect(heard(call, [web5(row)])).toBe('Not UP after 10 s: web-5 \n');
    expect(heard(call, [web5(row)], 'app web-5 10.0.9.15:8080 2 maint 1 3 1 on\n')).toBe('');
    expect(heard(call.replace(' check', ' check disabled'), [web5(row)])).toBe('');
  });

  it('a server that stays is waited for until it is checked anew, and may be down', () => {
    const call = `come_up '' && echo "after $(cat "$BACKUP/clock")"`;
    expect(heard(call, [web5('2 0 1 1 0 6 0'), web5('2 0 1 1 0 6 0'), web5('0 0 1 1 2 6 0')])).toBe('after 3\n');
  });

  it('a check that was stopped is stopped again, and a weight that an agent sets is its own', () => {
    const before = 'app web-1 10.0.9.1:8080 2 ready 1 3 1 on\napp web-5 10.0.9.1:8080 2 ready agent 3 agent off\n';
    expect(heard('states_apart "$BACKUP/states"', [web5('2 0 60 100 3 6 22')], before)).toBe(
      'disable health app/web-5\n',
    );
    expect(heard('states_apart "$BACKUP/states"', [web5('2 0 60 100 3 2 22')], before)).toBe('');
  });

  it('a new server at its slow start takes requests', () => {
    const slow = answer(200, 'web-1', 'web-5').replace('web-5 10.0.9.1 2', 'web-5 10.0.9.1 1');
    expect(heard(`come_up 'web-5 10.0.9.15:8080' || :`, [slow])).toBe('');
  });
});

describe('requests through the balancer afterwards', () => {
  const asked = (servers: number, bad: number) =>
    heard(
      `ask() { n_asked=$(($(cat "$BACKUP/n" 2>/dev/null || echo 0) + 1)); echo "$n_asked" > "$BACKUP/n"
  if [ "$n_asked" = ${bad} ]; then echo 'HTTP/1.1 400 Bad Request'; else echo 'HTTP/1.1 200 OK'; fi; }
URL=http://127.0.0.1/
WANTED='${Array.from({ length: servers }, (_, i) => `web-${i} 10.0.9.${i}:8080 check`).join('\n')}'
answers && echo "well: $(cat "$BACKUP/n")"`,
      [],
    );

  it('are two for each server, and all must be answered well', () => {
    expect(asked(4, 0)).toBe('well: 8\n');
    expect(asked(4, 4)).toBe('Request 4 of 8 for http://127.0.0.1/ was answered by: HTTP/1.1 400 Bad Request\n');
    expect(asked(4, 8)).toContain('Request 8 of 8');
  });

  it('end in time, and too few prove nothing', () => {
    expect(asked(30, 0)).toBe(
      '39 of 60 requests for http://127.0.0.1/ were answered within 40 s: too few to tell of each server.\n',
    );
  });
});

describe('after a reload without a master socket', () => {
  const leaving = (pid: number | undefined) => heard(`leaving ${pid} && echo left`, []);

  it('an old worker that still listens is a fault, however long it is waited for', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(leaving(process.pid)).toMatch(/^The old process \d+ still listens 10 s after the reload/);
    server.close();
  });

  it('one that finishes what it has and listens no more has left, and so has one that is gone', async () => {
    const child = spawn('sleep', ['60'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await once(child, 'spawn');
    expect(leaving(child.pid)).toBe('left\n');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(leaving(child.pid)).toBe('left\n');
  });
});
