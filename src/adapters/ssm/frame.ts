import { constants, gunzipSync } from 'node:zlib';
import { cleanLine } from '../../core/text.js';

/** How the script ended, as the launcher says it. `running`: another delivery began it, and its end was not seen. */
export type End =
  | { readonly kind: 'exit' | 'signal'; readonly value: number }
  | { readonly kind: 'limit' | 'running' }
  | { readonly kind: 'refused'; readonly reason: string };

/** What came back from a host. Not `whole` when its end is missing: then the output is only the beginning. */
export interface Frame {
  readonly end: End;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** The host kept only `maxBytes` of a stream. */
  readonly cut: boolean;
  readonly whole: boolean;
}

/**
 * Reads the launcher's frame out of what SSM shows of standard output: `runbolt ID KIND VALUE OUT ERR CUT`, both streams
 * in base64 of gzip, `runbolt ID end`. Undefined when not even the first line came. `maxBytes` bounds each stream.
 */
export const readFrame = (text: string, id: string, maxBytes: number): Frame | undefined => {
  const head = new RegExp(`(?:^|\\n)runbolt ${id} ([a-z]+) (\\d{1,9}) (\\d{1,9}) (\\d{1,9}) ([01])\\r?\\n`).exec(text);
  if (!head) return undefined;
  const [line, kind = '', value, out, err, cut] = head;
  const rest = text.slice(head.index + line.length);
  const tail = new RegExp(`\\r?\\nrunbolt ${id} end`).exec(rest);
  const body = tail ? rest.slice(0, tail.index) : rest;
  const end = endOf(kind, Number(value), body);
  if (!end) return undefined;
  if (end.kind === 'refused' || end.kind === 'running') {
    return { end, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), cut: false, whole: tail !== null };
  }
  const [stdoutBytes, stderrBytes] = [Math.min(Number(out), maxBytes), Math.min(Number(err), maxBytes)];
  const bytes = unpacked(body, stdoutBytes + stderrBytes);
  return {
    end,
    stdout: bytes.subarray(0, stdoutBytes),
    stderr: bytes.subarray(stdoutBytes),
    cut: cut === '1',
    whole: tail !== null && bytes.length === Number(out) + Number(err),
  };
};

const endOf = (kind: string, value: number, body: string): End | undefined => {
  if (kind === 'exit' || kind === 'signal') return { kind, value };
  if (kind === 'limit' || kind === 'running') return { kind };
  return kind === 'refused' ? { kind, reason: cleanLine(body, 200) } : undefined;
};

/** As much as can be read, also of half a stream; what is no gzip at all is nothing. */
const unpacked = (base64: string, bytes: number): Buffer => {
  const packed = Buffer.from(/^[A-Za-z0-9+/=\r\n]*/.exec(base64)?.[0] ?? '', 'base64');
  if (packed.length === 0) return packed;
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: Math.max(1, bytes) });
  } catch {
    return Buffer.alloc(0);
  }
};
