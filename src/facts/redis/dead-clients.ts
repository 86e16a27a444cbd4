import type { FactValue } from '../../core/fact-type.js';
import { cleanLine } from '../../core/text.js';
import { canonicalIp, endpointOf } from '../ip-address.js';
import { procAddress } from '../socket-address.js';

/** A socket that retransmits while nothing comes back. */
export const CUT = {
  local: 'string',
  peer: 'string',
  process: 'string',
  retransmits: 'int',
  silent_s: 'int',
  proof: 'string',
  evidence: 'list<string>',
} as const;

/** Idle connections to one server, from one place, whose keepalive probes stay unanswered. */
export const SILENT = { where: 'string', peer: 'string', count: 'int', evidence: 'list<string>' } as const;

/** At an RTO of 0.2 s or more, four retransmissions without an answer are 3 s or more of silence. */
const SURE = 4;

/** An address, however the probe spells it, and a port. */
export const peerOf = (address: string, port: string): string =>
  cleanLine(endpointOf(canonicalIp(address) ?? address, port), 80);

/** The fields of one `silent` line; undefined where they make no sense. */
export const silentPeer = (
  where: string,
  [address = '', port = '', n = '', ...more]: readonly string[],
): FactValue | undefined => {
  if (where === '' || more.length > 0 || !/^\d{1,5}$/.test(port) || !/^\d{1,9}$/.test(n)) return undefined;
  const peer = peerOf(address, port);
  return {
    where,
    peer,
    count: Number(n),
    evidence: [`${where}: ${n} connections to ${peer} left two or more keepalive probes in a row unanswered`],
  };
};

/** Hex addresses of /proc as people write them; what is none stays as it is. */
const readable = (text: string): string => {
  const read = procAddress(text);
  return read ? endpointOf(read.ip, read.port) : cleanLine(text, 80);
};

/** What one `stuck` line tells, and the socket where that proves it cut. */
export const stuck = (fields: readonly string[]): { line: string; cut?: FactValue } => {
  const [local = '', peer = '', , , , , , who = ''] = fields;
  const [first = 0, second = 0, segsFirst = -1, segsSecond = -1, lastReceived = -1] = fields.slice(2, 7).map(Number);
  const seen = segsFirst >= 0 && segsSecond >= 0;
  const still = !seen || segsFirst === segsSecond;
  const proof = seen
    ? `segs_in stood still at ${segsSecond}`
    : 'nothing was acknowledged (segs_in is not shown without ss)';
  const line = `${readable(local)} to ${readable(peer)}: ${first}, 2 s later ${second} retransmissions in a row; ${still ? proof : `segs_in went from ${segsFirst} to ${segsSecond}`}${lastReceived >= 0 ? `, nothing received for ${Math.floor(lastReceived / 1000)} s` : ''}`;
  if (!still || second < first || second < SURE) return { line };
  return {
    line,
    cut: {
      local: readable(local),
      peer: readable(peer),
      process: cleanLine(who, 40) || 'a process that is not known',
      retransmits: second,
      silent_s: lastReceived < 0 ? -1 : Math.floor(lastReceived / 1000),
      proof,
      evidence: [cleanLine(line)],
    },
  };
};
