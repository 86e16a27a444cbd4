import { cleanLine } from '../../core/text.js';
import { WHY_INCLUDED } from './file.js';
import type { RedisProcess } from './seen.js';

/** How a server is called: its address, or its process where no address is known. */
export const nameOf = ({ program, host, port, where, pid }: RedisProcess): string =>
  port === 0
    ? cleanLine(`${program} pid ${pid}`, 100)
    : cleanLine(
        `${host.includes(':') ? `[${host}]` : host}:${port}${where === 'container' ? ` (pid ${pid})` : ''}`,
        100,
      );

/** What was read of one server, line by line. */
export const evidenceOf = (one: RedisProcess): string[] => [
  `${one.program} ${one.where === 'endpoint' ? 'elsewhere' : `pid ${one.pid}`}${one.port === 0 ? '' : ` at ${nameOf(one)}`}${one.where === 'container' ? ' in a network namespace of its own' : ''}${one.tls ? ' over TLS' : ''}`,
  ...[...one.config].map(([name, value]) => `CONFIG GET ${name}: ${value}`),
  ...[...one.info]
    .filter(([name]) => name !== 'process_id' && name !== 'run_id')
    .map(([name, value]) => `INFO ${name}:${value}`),
  ...[...one.said].map(([kind, text]) => `it said: ${kind}${text === '' ? '' : ` (${text})`}`),
  ...one.lines.map(({ line, text }) => `${one.file?.path ?? ''}:${line}: ${text}`),
  ...(one.file && one.lines.length === 0 ? [`${one.file.path}: no tcp-keepalive line (${one.file.type})`] : []),
  ...one.includes.map(({ line, text }) => `${one.file?.path ?? ''}:${line}: ${text}`),
  ...one.included.map(
    ({ path, state, value }) =>
      `${path}: ${state === 'sets' ? `tcp-keepalive ${value}` : (WHY_INCLUDED[state] ?? 'no tcp-keepalive line')}`,
  ),
  ...(one.sockets
    ? [
        `its sockets: ${one.sockets.all} connections, ${one.sockets.kept} with a keepalive timer${one.sockets.kept > 0 ? ` (the longest has ${one.sockets.longest} s left)` : ''}, ${one.sockets.without} of other hosts without any`,
        ...one.sockets.bare.map(({ address, count }) => `without a keepalive timer: ${address} (${count})`),
        ...one.sockets.silent.map(
          ({ address, count }) => `two or more keepalive probes in a row unanswered: ${address} (${count})`,
        ),
      ]
    : []),
];
