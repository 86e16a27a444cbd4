import type { Hop } from '../../core/target.js';
import type { VariableReader } from './ansible-reader.js';
import { parseJump } from './jump.js';
import { words } from './shell-words.js';

/** How a host is reached, or why it is not by what Runbolt follows. */
export type Way =
  | { readonly kind: 'straight' }
  | { readonly kind: 'jump'; readonly hops: readonly Hop[] }
  | { readonly kind: 'odd'; readonly why: string };

/** How the arguments for ssh lead to the host; other options of ssh are not followed. */
export const wayOf = (read: VariableReader, login: Pick<Hop, 'user' | 'identity'>): Way => {
  let hops: readonly Hop[] | undefined;
  for (const name of ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']) {
    const text = read.text([name]);
    const args = text === undefined ? [] : words(text);
    if (!args) return { kind: 'odd', why: `${name} has a quote that does not end` };
    for (const [i, arg] of args.entries()) {
      const option = arg.startsWith('-o') ? arg.slice(2) || (args[i + 1] ?? '') : '';
      const jump =
        arg === '-J' ? args[i + 1] : (/^-J(.+)$/.exec(arg)?.[1] ?? /^proxyjump\s*[= ]\s*(.+)$/i.exec(option)?.[1]);
      if (/^proxycommand\b/i.test(option)) return { kind: 'odd', why: `${name} has a ProxyCommand, which is not run` };
      if (/^-F/.test(arg)) return { kind: 'odd', why: `${name} names a file of ssh (-F), which is not read` };
      const another = /^-[pl]/.exec(arg)?.[0] ?? /^(hostname|port|user)\s*[=\s]/i.exec(option)?.[1];
      if (another !== undefined)
        return {
          kind: 'odd',
          why: `${name} has ${another}, which is said by ansible_host, ansible_port or ansible_user`,
        };
      if (jump === undefined || jump === 'none') continue;
      const written = parseJump(jump);
      if (!written) return { kind: 'odd', why: `the ProxyJump of ${name} is not understood` };
      hops ??= written.map((hop) => ({ port: 22, ...login, ...hop }));
    }
  }
  return hops ? { kind: 'jump', hops } : { kind: 'straight' };
};
