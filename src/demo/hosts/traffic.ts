import type { Traffic } from './spec.js';

/**
 * The application of a demo host. Its text runs as `node -e` inside the host, so it uses nothing but its argument and
 * built-in modules.
 *
 * A churning one keeps `goal` ports used, nearly all in TIME_WAIT. The kernel ends TIME_WAITs after 60 s in batches of up
 * to 4 s (its timer wheel), so those of the start end all at once: they are replaced within the tick, and a quarter of
 * them live for a while first, which spreads the next ends. With reuse in force it opens what an application that keeps
 * `goal` would: a 60th of it a second.
 */
export function traffic(plan: Traffic): void {
  const net = process.getBuiltinModule('node:net');
  const fs = process.getBuiltinModule('node:fs');
  const TICK_MS = 20;
  const TIME_WAIT_MS = 60_000;
  const held = new Set<object>();
  const holds = plan.kind === 'leak' ? plan.goal : plan.pool;
  const sockstat = fs.openSync('/proc/net/sockstat', 'r');
  const setting = fs.openSync('/proc/sys/net/ipv4/tcp_tw_reuse', 'r');
  const buffer = Buffer.alloc(512);
  let passing = 0;
  let allowance = 0;
  let announced = false;

  const read = (file: number): string => buffer.toString('latin1', 0, fs.readSync(file, buffer, 0, buffer.length, 0));
  const waiting = (): number => Number(/ tw (\d+)/.exec(read(sockstat))?.[1] ?? 0);
  const hold = (): void => {
    const socket = net.connect({ host: plan.peer, port: plan.port });
    held.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => held.delete(socket));
    socket.resume();
  };
  const pass = (lifeMs: number): void => {
    passing += 1;
    const socket = net.connect({ host: plan.peer, port: plan.port }, () => {
      if (lifeMs > 0) setTimeout(() => socket.end(), lifeMs);
      else socket.end();
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      passing -= 1;
    });
    socket.resume();
  };

  const tick = (): void => {
    for (let missing = holds - held.size; missing > 0; missing -= 1) hold();
    if (plan.kind === 'churn') {
      const reuse = read(setting).trim() === '1';
      allowance = reuse ? Math.min(allowance + (plan.goal * TICK_MS) / TIME_WAIT_MS, 5) : 0;
      const missing = plan.goal - waiting() - passing;
      const wanted = reuse ? Math.floor(allowance) : missing;
      const burst = announced && wanted > plan.goal / 10;
      for (let n = 0; n < wanted; n += 1) pass(burst && n % 4 === 0 ? Math.random() * (TIME_WAIT_MS - 5000) : 0);
      if (reuse) allowance -= wanted;
    }
    if (!announced && held.size === holds && (plan.kind === 'leak' || waiting() >= plan.goal * 0.99)) {
      announced = true;
      process.stdout.write('ready\n');
    }
  };

  process.title = plan.process;
  net
    .createServer((socket) => {
      socket.on('error', () => {});
      socket.resume();
    })
    .listen({ host: plan.peer, port: plan.port, backlog: 4096 }, () => setInterval(tick, TICK_MS));
}
