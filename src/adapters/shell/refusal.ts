import { type Fault, fault } from '../../core/fault.js';
import type { Target } from '../../core/target.js';
import { cleanLine, decode } from '../../core/text.js';

/** How messages name a host: `web-1 (10.0.0.1:22)`, `web-1 (i-0abc…, eu-west-1)`. */
export const place = ({ name, transport, host, port, aws }: Target): string => {
  if (transport === 'local') return `${name} (this machine)`;
  if (transport === 'ssm' && aws) return `${name} (${aws.instance}, ${aws.region})`;
  return `${name} (${host}:${port})`;
};

const PASSWORD = /^sudo: (?:a password is required|a terminal is required|sorry, you must have a tty|no tty present)/m;
const NOT_ALLOWED = /is not (?:in the sudoers file|allowed to (?:execute|run))|may not run sudo/;
const NO_SUDO =
  /sudo['’"]?: (?:No such file or directory|(?:command )?not found|Permission denied)|sudo: must be (?:owned|setuid)/;

/** The fault of a host that ended before the program began to listen: nothing ran. The words are the host's own. */
export const refusalOf = (
  target: Target,
  become: 'none' | 'sudo',
  said: { readonly stdout: Buffer; readonly stderr: Buffer },
  end: string,
): Fault => {
  const errors = decode(said.stderr);
  const where = place(target);
  if (become === 'sudo') {
    const rule = `a sudoers rule such as \`${target.user} ALL=(root) NOPASSWD: ALL\``;
    if (PASSWORD.test(errors))
      return fault('sudo_password', `${where}: sudo asks ${target.user} for a password.`, `Add ${rule}.`);
    if (NOT_ALLOWED.test(errors))
      return fault('sudo_password', `${where}: sudo does not allow ${target.user} to run commands.`, `Add ${rule}.`);
    if (NO_SUDO.test(errors))
      return fault(
        'sudo_missing',
        `${where}: sudo is not usable there.`,
        'Install sudo, or set `become: none` and log in as root.',
      );
  }
  const words = cleanLine(errors.trim() || decode(said.stdout).trim(), 160);
  return fault(
    'shell_unusable',
    `${where}: the login shell of ${target.user} ended (${end}) before the script began${words ? `: ${words}` : '.'}`,
    `Give ${target.user} a login shell that runs commands, and \`sh\` in its PATH.`,
  );
};
