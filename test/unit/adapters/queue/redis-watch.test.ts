import { EventEmitter } from 'node:events';
import pino from 'pino';
import { expect, it } from 'vitest';
import type { Fitness } from '../../../../src/adapters/queue/redis-fitness.js';
import { redisWatch } from '../../../../src/adapters/queue/redis-watch.js';
import { failure, fault, ok, type Result } from '../../../../src/core/fault.js';

const fit: Result<Fitness> = ok({ warnings: ['It forgets.'] });
const unfit: Result<Fitness> = ok({ refusal: fault('queue_unfit', 'It evicts.', 'Change it.'), warnings: [] });

const watched = () => {
  const lines: string[] = [];
  const write = (line: string): void => {
    const { level, msg } = JSON.parse(line);
    lines.push(`${pino.levels.labels[level]} ${msg}`);
  };
  const server = { is: fit, looks: 0 };
  const look = async (): Promise<Result<Fitness>> => {
    server.looks += 1;
    return server.is;
  };
  const watch = redisWatch(look, 'Redis', pino({ level: 'info' }, { write }));
  watch.note({ warnings: ['It forgets.'] });
  const [queue, worker] = [watch.over(new EventEmitter()), watch.over(new EventEmitter())];
  const comesBack = async (): Promise<void> => {
    for (const event of ['close', 'ready']) for (const connection of [queue, worker]) connection.emit(event);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, server, lines, queue, comesBack };
};

it('a Redis is looked at once each time that it comes back, not when a connection first stands', async () => {
  const { watch, server, lines, queue, comesBack } = watched();
  queue.emit('ready');
  await watch.fit();
  expect(server.looks).toBe(0);
  await comesBack();
  await watch.fit();
  expect(server.looks).toBe(1);
  expect(lines).toEqual(['warn It forgets.']);
});

it('one that comes back unfit is said once, refused until it is mended, and that is said', async () => {
  const { watch, server, lines, comesBack } = watched();
  server.is = unfit;
  await comesBack();
  for (const _ of [1, 2]) await expect(watch.fit()).rejects.toMatchObject({ fault: { code: 'queue_unfit' } });
  server.is = ok({ warnings: [] });
  await watch.fit();
  await watch.fit();
  expect(lines).toEqual(['warn It forgets.', 'error It evicts. Change it.', 'info Redis is fit for the queue again.']);
});

it('one that could not be looked at is not taken for fit, and is looked at again', async () => {
  const { watch, server, comesBack } = watched();
  server.is = failure('queue_unreachable', 'It cannot be reached.', 'Start it.');
  await comesBack();
  await expect(watch.fit()).rejects.toMatchObject({ fault: { code: 'queue_unreachable' } });
  server.is = fit;
  await watch.fit();
});
