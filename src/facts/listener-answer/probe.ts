import { ADDRESSES, LISTENERS } from '../blocked-listener/sockets-awk.js';
import { framing } from '../framing.js';

/**
 * Asks one listener, opens one idle connection to it, asks again, closes the idle connection, and asks a third time when
 * the second got no answer. The idle connection is held for at most 2 s, whatever happens: every tool closes it by
 * itself. Works with perl, python3, bash or busybox nc, whichever comes first.
 */

const PERL = String.raw`
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6);
my ($mode, $ip, $port) = @ARGV;
alarm 2;
my $family = $ip =~ /:/ ? AF_INET6 : AF_INET;
my $packed = inet_pton($family, $ip) or exit 1;
socket(my $socket, $family, SOCK_STREAM, 0) or exit 1;
connect($socket, $ip =~ /:/ ? pack_sockaddr_in6($port, $packed) : pack_sockaddr_in($port, $packed)) or exit 1;
$| = 1;
if ($mode eq "hold") { print "up\n"; select(undef, undef, undef, 2); exit 0 }
syswrite($socket, $ENV{REQUEST});
print "x" if sysread($socket, my $byte, 1);`;

const PYTHON = `
import os, socket, sys, time
mode, ip, port = sys.argv[1:]
connection = socket.create_connection((ip, int(port)), 2)
if mode == "hold":
    print("up", flush=True)
    time.sleep(2)
    sys.exit()
connection.sendall(os.environ["REQUEST"].encode())
if connection.recv(1):
    print("x", end="")`;

const BASH = `
exec 3<>"/dev/tcp/$2/$3" || exit 1
if [ "$1" = hold ]; then echo up; read -r -t 2 -u 3; exit; fi
# its own printf would write line by line
cat <<<"$REQUEST" >&3
IFS= read -r -N 1 -t 2 -u 3 byte && printf x`;

export const LISTENER_ANSWER_PROBE = String.raw`
LC_ALL=C; export LC_ALL
for tool in perl python3 bash busybox none; do
  case "$tool" in
  perl) perl -MSocket=inet_pton -e 1 >/dev/null 2>&1 && break ;;
  python3) python3 -c 'import socket' >/dev/null 2>&1 && break ;;
  bash) bash -c : >/dev/null 2>&1 && break ;;
  busybox) busybox nc --help 2>&1 | grep -q 'IPADDR PORT' && break ;;
  esac
done
moment() { read -r up idle </proc/uptime && printf '%s' "$up"; }
# $1 hold or ask; its first line is the pid that must be ended
client() {
  case "$tool" in
  perl) sh -c 'echo $$; exec "$@"' sh perl -e "$PERL_CLIENT" "$1" "$IP" "$PORT" ;;
  python3) sh -c 'echo $$; exec "$@"' sh python3 -c "$PYTHON_CLIENT" "$1" "$IP" "$PORT" ;;
  bash) sh -c 'echo $$; exec "$@"' sh bash -c "$BASH_CLIENT" bash "$1" "$IP" "$PORT" ;;
  busybox)
    if [ "$1" = hold ]; then sleep 2 | sh -c 'echo $$; { sleep 0.3; echo up; } & exec busybox nc "$@"' sh "$IP" "$PORT"
    else printf '%s' "$REQUEST" | sh -c 'echo $$; exec busybox nc "$@"' sh "$IP" "$PORT"; fi ;;
  esac 2>/dev/null
}
# Ends process $2 after $1 seconds; ended itself when no longer needed.
end_after() { sleep "$1"; kill "$2"; }
# Whether a first byte came within a second: prints the seconds before and after, and how many bytes.
ask() {
  before=$(moment)
  bytes=$(client ask | {
    read -r pid || exit 0
    end_after 1 "$pid" >/dev/null 2>&1 </dev/null & guard=$!
    head -c 1 | wc -c
    kill "$guard" "$pid" 2>/dev/null
  })
  printf 'asked\t%s\t%s\t%s\t%s\n' "$1" "$before" "$(moment)" "$((bytes + 0))"
}
hold() {
  client hold | {
    read -r pid && read -r state || { echo 'held	0	0'; exit 0; }
    end_after 2 "$pid" >/dev/null 2>&1 </dev/null & guard=$!
    begun=$(moment)
    ask during
    kill "$guard" "$pid" 2>/dev/null
    printf 'held\t%s\t%s\n' "$begun" "$(moment)"
  }
}
gather() {
  printf 'tool\t%s\n' "$tool"
  NETS='0 self'; export NETS
  IP=$(awk '${ADDRESSES}${LISTENERS}' | awk -v port="$PORT" '
    $4 == port { ip = ($3 == "0.0.0.0" || $3 == "::" ? "127.0.0.1" : $3); if (best == "" || ip == "127.0.0.1") best = ip }
    END { print best }')
  printf 'address\t%s\n' "$IP"
  [ -n "$IP" ] && [ "$tool" != none ] || return 0
  answer=$(ask before)
  printf '%s\n' "$answer"
  case "$answer" in *'	1') ;; *) return 0 ;; esac
  answer=$(hold)
  printf '%s\n' "$answer"
  case "$answer" in *'	0
held'*) ask after ;; esac
}
gather | tr -d '\000' | ${framing('answer')}
`;

/** What the probe needs besides `PORT`: the request, and the clients as data. */
export const LISTENER_ANSWER_ENV: Readonly<Record<string, string>> = {
  REQUEST: 'GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: runbolt\r\nConnection: close\r\n\r\n',
  PERL_CLIENT: PERL,
  PYTHON_CLIENT: PYTHON,
  BASH_CLIENT: BASH,
};
