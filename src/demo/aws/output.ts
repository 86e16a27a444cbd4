/**
 * What is left of a script's output. The agent keeps 24,000 bytes of each stream, the last of them a notice when it cut
 * (`StringPrefix` of pluginutil.go), the service 24,000 and 8,000 characters, ListCommandInvocations 2,500 of both together
 * (`TruncateOutput` of iohandler.go). Bytes that are not UTF-8 become U+FFFD.
 */

const NOTICE = '--output truncated--';
const ERROR_TITLE = '\n----------ERROR-------\n';
const OUT_CUT = '\n---Output truncated---';
const ERROR_CUT = '\n---Error truncated----';

export const LIMITS = { stdout: 24_000, stderr: 8_000, together: 2_500 } as const;

/** One stream as GetCommandInvocation shows it. */
export const streamText = (bytes: Buffer, limit: number): string => {
  const kept =
    bytes.length < LIMITS.stdout
      ? bytes
      : Buffer.concat([bytes.subarray(0, LIMITS.stdout - NOTICE.length), Buffer.from(NOTICE)]);
  return characters(kept.toString(), limit);
};

/** Both streams as ListCommandInvocations shows them. */
export const togetherText = (stdout: Buffer, stderr: Buffer, limit: number): string => {
  const title = stderr.length > 0 ? ERROR_TITLE : '';
  const space = limit - title.length;
  const join = (out: Buffer, outCut: string, err: Buffer, errCut: string): string =>
    `${out}${outCut}${title}${err}${errCut}`;
  if (stdout.length + stderr.length < space) return join(stdout, '', stderr, '');
  if (stdout.length > space / 2 && stderr.length > space / 2) {
    const half = Math.max(0, Math.floor((space - ERROR_CUT.length - OUT_CUT.length) / 2));
    return join(stdout.subarray(0, half), OUT_CUT, stderr.subarray(0, half), ERROR_CUT);
  }
  if (stdout.length <= space / 2)
    return join(stdout, '', stderr.subarray(0, Math.max(0, space - ERROR_CUT.length - stdout.length)), ERROR_CUT);
  return join(stdout.subarray(0, Math.max(0, space - OUT_CUT.length - stderr.length)), OUT_CUT, stderr, '');
};

const characters = (text: string, limit: number): string => [...text.slice(0, limit * 2)].slice(0, limit).join('');
