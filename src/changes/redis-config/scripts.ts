import type { HostScripts } from '../../core/change-type.js';
import { REDIS_ASK } from '../../sh/redis-ask.js';
import { REDIS_CONF } from '../../sh/redis-conf.js';
import { DIGEST } from '../digest.js';
import { LATER } from '../later.js';

/**
 * The host's side of the change `redis_config`, for dash, bash and busybox sh. Reads from the environment: `PID`,
 * `HOST`, `PORT`, `TLS`, `CERT`, `KEY` of the server; `CONF` (its own file, where its password is from) or
 * `PASSWORD_FILE`, `NAME`; `RUNNING` and `VALUE` (s); `FILE`, `EDIT` (1 or 0), `FILE_BEFORE` (sha256), `FILE_OWNER`
 * (`mode uid:gid`), `LINE` (0: no line sets it, one is added at the end).
 *
 * The file's directory may belong to the server's user: a new file is made there exclusively and written, owned and
 * chmodded through its descriptor, so that a link put in its way is never followed. The file comes before the running
 * value; `$BACKUP/ready` is there from before the rename on.
 */
const COMMON = String.raw`
LC_ALL=C; export LC_ALL
${REDIS_ASK}
${REDIS_CONF}
${DIGEST}
digest_or_other() { if [ -f "$1" ] && [ ! -L "$1" ]; then digest "$1"; else echo other; fi; }
connect() {
  clients
  host=$HOST port=$PORT tls=$TLS cert=$CERT key=$KEY ca='' insecure=1 user='' password='' enter=''
  if [ -n "$CONF" ]; then password=$(conf_value requirepass "$CONF")
  elif [ -n "$PASSWORD_FILE" ]; then user=$NAME; password=$(head -n 1 "$PASSWORD_FILE" | tr -d '\r')
  fi
}
tab='	'
running() { ask 'CONFIG GET tcp-keepalive' | sed -n "s/^config${'$'}{tab}tcp-keepalive${'$'}{tab}//p" | head -n 1; }
set_running() { ask "CONFIG SET tcp-keepalive $1" >/dev/null; [ "$(running)" = "$1" ]; }
edited() {
  LINE=$LINE VALUE=$VALUE awk '
    BEGIN { at = ENVIRON["LINE"] + 0; text = "tcp-keepalive " ENVIRON["VALUE"] }
    NR > 1 { print held }
    { held = (NR == at ? text (/\r$/ ? "\r" : "") : $0) }
    END { if (NR) print held; if (at == 0) print text }' "$1"
}
# The bytes on standard input as a new file beside $FILE, with mode and owner $1 $2.
beside() {
  new="${'$'}{FILE%/*}/.${'$'}{FILE##*/}.runbolt-new"
  rm -f "$new"
  (
    set -C
    exec 9> "$new" || exit 1
    cat >&9 && chown "$2" /proc/self/fd/9 && chmod "$1" /proc/self/fd/9
  ) || { rm -f "$new"; return 1; }
  if command -v chcon >/dev/null 2>&1; then chcon --reference="$FILE" "$new" 2>/dev/null; fi
  flush "$new"
}
server_runs() { case $(cat "/proc/$PID/comm" 2>/dev/null) in redis-server*|redis[0-9]-server*|valkey-server*|valkey[0-9]-server*) return 0 ;; esac; return 1; }
`;

const GUARD = `${COMMON}
main() {
server_runs || { echo "The server with pid $PID is gone."; return 1; }
connect
now=$(running)
[ "$now" = "$RUNNING" ] || { echo "tcp-keepalive of $HOST:$PORT is ${'$'}{now:-not to be read} now; the plan saw $RUNNING."; return 1; }
[ "$EDIT" = 1 ] || return 0
[ "$(digest_or_other "$FILE")" = "$FILE_BEFORE" ] || { echo "Changed since the plan: $FILE"; return 1; }
[ "$(stat -c '%a %u:%g' "$FILE")" = "$FILE_OWNER" ] || { echo "Mode or owner changed since the plan: $FILE"; return 1; }
[ -w "$FILE" ] && [ -w "${'$'}{FILE%/*}/" ] || { echo "$FILE cannot be written."; return 1; }
}
main
`;

const APPLY = String.raw`${COMMON}
main() {
umask 077
connect
write() {
  cp -p "$FILE" "$BACKUP/file" && flush "$BACKUP/file" && [ "$(digest "$BACKUP/file")" = "$FILE_BEFORE" ] ||
    { echo "No safe copy of $FILE could be made (is the disk full?)."; return 1; }
  edited "$BACKUP/file" > "$BACKUP/edited" && after=$(digest "$BACKUP/edited") && [ "$after" != "$FILE_BEFORE" ] &&
    printf '%s\n' "$after" > "$BACKUP/after" && [ "$(cat "$BACKUP/after")" = "$after" ] ||
    { echo "$BACKUP could not be written (is the disk full?)."; return 1; }
  set -- $FILE_OWNER
  beside "$1" "$2" < "$BACKUP/edited" && [ "$(digest_or_other "$new")" = "$after" ] ||
    { rm -f "$new"; echo "$FILE could not be written (is the disk full?)."; return 1; }
  [ "$(digest_or_other "$FILE")" = "$FILE_BEFORE" ] || { rm -f "$new"; echo "Changed meanwhile: $FILE"; return 1; }
  echo ready > "$BACKUP/ready" && flush "$BACKUP/ready" && mv -f "$new" "$FILE" && flush "${'$'}{FILE%/*}" ||
    { rm -f "$new"; echo "$FILE could not be put in place."; return 1; }
}
if [ "$EDIT" = 1 ]; then write || return 1
else echo ready > "$BACKUP/ready" || return 1
fi
[ "$RUNNING" = "$VALUE" ] || set_running "$VALUE" || { echo "CONFIG SET tcp-keepalive $VALUE did not take."; return 1; }
}
main
`;

const VERIFY = String.raw`${COMMON}
sockets() {
  if command -v ss >/dev/null 2>&1; then
    ss -Htno state established "( sport = :$PORT )" 2>/dev/null | awk '{ print $3 "-" $4, ($5 ~ /^timer:\(keepalive/) }'
  else
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | PORT=$PORT awk '
      BEGIN { end = sprintf(":%04X", ENVIRON["PORT"] + 0) }
      $4 == "01" && substr($2, length($2) - 4) == end { print $2 "-" $3, (substr($6, 1, 2) == "02") }'
  fi
}
pause() { sleep 0.1 2>/dev/null || sleep 1; }
# A connection that does nothing for two seconds.
hold() {
  addressed || return 1
  case $wire in
    bash) bounded 3 bash -c -- 'exec 3<>"/dev/tcp/$0/$1" && sleep 2' "$HOST" "$PORT" ;;
    busybox) sleep 2 | bounded 3 busybox nc "$HOST" "$PORT" ;;
    nc) sleep 2 | bounded 3 nc "$HOST" "$PORT" ;;
    perl) bounded 3 perl -e 'use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1]); sleep 2' -- "$HOST" "$PORT" ;;
    *) sleep 2 | bounded 3 "$cli" -h "$HOST" -p "$PORT" ;;
  esac </dev/null >/dev/null 2>&1
}
new_has_timer() {
  before=$(sockets)
  hold &
  tries=0
  while [ "$tries" -lt 20 ]; do
    tries=$((tries + 1))
    sockets | BEFORE=$before awk '
      BEGIN { n = split(ENVIRON["BEFORE"], line, "\n"); for (i = 1; i <= n; i++) { split(line[i], part, " "); old[part[1]] = 1 } }
      !($1 in old) && $2 == 1 { found = 1 }
      END { exit !found }' && { wait; return 0; }
    pause
  done
  wait
  return 1
}
main() {
connect
now=$(running)
[ "$now" = "$VALUE" ] || { echo "tcp-keepalive is ${'$'}{now:-not to be read}, not $VALUE."; return 1; }
if [ "$EDIT" = 1 ]; then
  [ "$(digest_or_other "$FILE")" = "$(cat "$BACKUP/after")" ] || { echo "$FILE is not as written."; return 1; }
  [ "$(stat -c '%a %u:%g' "$FILE")" = "$FILE_OWNER" ] || { echo "$FILE has another mode or owner."; return 1; }
fi
new_has_timer || { echo "A new connection shows no keepalive timer."; return 1; }
}
main
`;

const REVERT = `${COMMON}
${LATER}
main() {
umask 077
rm -f "${'$'}{FILE%/*}/.${'$'}{FILE##*/}.runbolt-new"
[ -s "$BACKUP/ready" ] || return 0
connect
now=''
up=1
answer=$(ask 'CONFIG GET tcp-keepalive')
case $answer in *"said${'$'}{tab}refused"*) server_runs || up=0 ;; esac
if [ "$up" = 1 ]; then
  now=$(running)
  [ "$now" = "$VALUE" ] || [ "$now" = "$RUNNING" ] || { changed_since "tcp-keepalive (now ${'$'}{now:-not to be read})" left_keepalive "$HOST:$PORT" "$now"; return 1; }
fi
if [ "$EDIT" = 1 ]; then
  have=$(digest_or_other "$FILE")
  if [ "$have" != "$FILE_BEFORE" ]; then
    [ "$have" = "$(cat "$BACKUP/after")" ] || { changed_since "$FILE" left_content "$FILE" "$have"; return 1; }
    set -- $FILE_OWNER
    beside "$1" "$2" < "$BACKUP/file" && [ "$(digest_or_other "$new")" = "$FILE_BEFORE" ] && touch -r "$BACKUP/file" "$new" &&
      mv -f "$new" "$FILE" && flush "${'$'}{FILE%/*}" || { rm -f "$new"; echo "$FILE could not be restored; its copy is $BACKUP/file."; return 1; }
  fi
fi
[ "$up" = 0 ] || [ "$now" = "$RUNNING" ] || set_running "$RUNNING" || { echo "tcp-keepalive could not be set back to $RUNNING."; return 1; }
}
main
`;

export const REDIS_CONFIG_SCRIPTS: HostScripts = { guard: GUARD, apply: APPLY, verify: VERIFY, revert: REVERT };
