/**
 * POSIX sh for scripts that speak to a server by its socket: `ask ADDRESS SECONDS TEXT` connects to `/path` or `IP:PORT`,
 * sends TEXT and a line end, and prints the answer until the other end closes; without TEXT it only connects. It uses
 * what there is of perl, python, socat and nc; `$asked_by` is empty where there is none. Status 2: refused, 3: too slow,
 * 4: no tool, 5: ADDRESS is neither `/path` nor `HOST:PORT` and nothing was started.
 */
export const ASK_SOCKET = String.raw`
PERL_ASK='use Socket qw(:all); my ($to, $limit, $text) = @ARGV; $SIG{ALRM} = sub { exit 3 }; alarm $limit; my $ok;
if ($to =~ m{^/}) { $ok = socket(S, AF_UNIX, SOCK_STREAM, 0) && connect(S, pack_sockaddr_un($to)) }
elsif ($to =~ /^\[?([0-9A-Fa-f:.]+?)\]?:(\d+)$/) { my ($ip, $port) = ($1, $2);
$ok = $ip =~ /:/ ? socket(S, AF_INET6, SOCK_STREAM, 0) && connect(S, pack_sockaddr_in6($port, inet_pton(AF_INET6, $ip)))
: socket(S, AF_INET, SOCK_STREAM, 0) && connect(S, pack_sockaddr_in($port, inet_aton($ip))) }
$ok or do { print STDERR "$!\n"; exit 2 }; exit 0 if $text eq ""; syswrite S, "$text\n"; shutdown S, 1 if $to =~ m{^/}; print $b while sysread S, $b, 65536'
PYTHON_ASK='import socket, sys
to, limit, text = sys.argv[1:4]
try:
    if to.startswith("/"):
        s = socket.socket(socket.AF_UNIX); s.settimeout(float(limit)); s.connect(to)
    else:
        ip, port = to.rsplit(":", 1); s = socket.create_connection((ip.strip("[]"), int(port)), float(limit))
    if text:
        s.sendall((text + "\n").encode())
        if to.startswith("/"): s.shutdown(socket.SHUT_WR)
        while True:
            b = s.recv(65536)
            if not b: break
            sys.stdout.buffer.write(b)
except socket.timeout: sys.exit(3)
except OSError as e: sys.stderr.write((e.strerror or str(e)) + "\n"); sys.exit(2)'
asker() {
  for tool in perl python3 /usr/libexec/platform-python socat; do
    [ -s "$(command -v "$tool" 2>/dev/null)" ] && echo "$tool" && return 0
  done
  command -v nc >/dev/null 2>&1 && nc -h 2>&1 | grep -q -e ' -U' -e '\[-.*U.*\]' && echo nc && return 0
  return 1
}
# socat and nc take words of an address for options.
is_address() {
  case $1 in
    -*|*[!A-Za-z0-9_.:/@%+=~\[\]-]*) return 1 ;;
    /*) return 0 ;;
    *:*) case ${'${1##*:}'} in ''|*[!0-9]*) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}
ask() {
  is_address "$1" || { echo 'that is no address to connect to' >&2; return 5; }
  case $asked_by in
    perl) perl -e "$PERL_ASK" -- "$@" ;;
    *python*) "$asked_by" -c "$PYTHON_ASK" "$@" ;;
    socat)
      case $1 in /*) to=UNIX-CONNECT:$1 ;; *) to=TCP:$1,connect-timeout=$2 ;; esac
      if [ -z "$3" ]; then socat -u /dev/null "$to"; else printf '%s\n' "$3" | socat -t "$2" - "$to"; fi ;;
    nc)
      case $1 in
        /*) printf '%s\n' "$3" | nc -w "$2" -U "$1" ;;
        *) to=${'${1%:*}'}; to=${'${to#[}'}; printf '%s\n' "$3" | nc -w "$2" "${'${to%]}'}" "${'${1##*:}'}" ;;
      esac ;;
    *) echo 'there is no perl, python3, socat or nc' >&2; return 4 ;;
  esac
}
asked_by=$(asker)
`;
