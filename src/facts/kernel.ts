import { z } from 'zod';
import type { HostFact } from '../core/fact-type.js';

/** A release as uname -r prints it, at most as long as the kernel's own field (`__NEW_UTS_LEN`). */
const RELEASE = /^(\d{1,3}\.\d{1,4}(?!\d)[\x21-\x7e]{0,56})\n$/;

/** The release of the running kernel. Containers show their host's. */
export const kernel: HostFact<Record<string, never>> = {
  name: 'kernel',
  summary: 'The release of the running kernel, as uname -r prints it.',
  args: z.strictObject({}),
  schema: { release: 'string' },
  probe: () => ({
    script:
      'release=; read -r release 2>/dev/null < /proc/sys/kernel/osrelease || release=$(uname -r); echo "$release"',
    env: {},
  }),
  parse: (output) => {
    const release = RELEASE.exec(output)?.[1];
    return release === undefined
      ? { status: 'error', reason: 'the kernel’s release makes no sense' }
      : { status: 'read', value: { release }, evidence: [`kernel ${release}`] };
  },
};
