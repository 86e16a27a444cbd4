import type { NamespaceMode } from '../namespaces/ability.js';
import { quoted, WAIT_FOR_PARENT } from '../namespaces/room.js';
import { proxy } from './proxy.js';

/**
 * POSIX sh of the local Slack's init. Binaries are mounted into a private /tmp, because their own place may be closed to
 * the user without privileges that they run as. The configuration is in `$WORKSPACE`.
 */
export const slackScript = (mode: NamespaceMode, node: string, localSlack: string, port: number): string => `umask 022
exec 5< ${quoted(node)} 6< ${quoted(localSlack)}
mount -t tmpfs -o mode=1777,size=128m tmpfs /tmp
: > /tmp/node
: > /tmp/local-slack
mount --bind /proc/self/fd/5 /tmp/node
mount --bind /proc/self/fd/6 /tmp/local-slack
exec 5<&- 6<&-
mount -t proc proc /proc
ip link set lo up
printf %s "$WORKSPACE" > /tmp/workspace.json
cd /tmp
drop='setpriv ${mode === 'root' ? '--reuid=65534 --regid=65534 --clear-groups ' : ''}--no-new-privs --inh-caps=-all --bounding-set=-all'
env -u NODE_CHANNEL_FD -u NODE_CHANNEL_SERIALIZATION_MODE -u WORKSPACE HOME=/tmp $drop /tmp/local-slack --config /tmp/workspace.json --port ${port} --base-host 127.0.0.1 > /dev/null 3<&- 9<&- &
$drop /tmp/node -e ${quoted(`(${proxy.toString()})(${JSON.stringify({ port })})`)} 9<&- &
exec 3<&-
${WAIT_FOR_PARENT}`;
