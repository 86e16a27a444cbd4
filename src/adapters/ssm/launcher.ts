import { gzipSync } from 'node:zlib';

/**
 * How a script gets to a host and back through SSM, which has no standard input and keeps only the head of the output. The
 * parameter is a POSIX sh program that unpacks the script, runs it once, and prints one frame (`frame.ts`).
 *
 * - Once: `mkdir` of a directory named by the delivery's random ID decides who runs the script. A second delivery waits
 *   for the first one's frame and prints that. The directory outlives a reboot, and goes after an hour, when SSM has long
 *   given up delivering.
 * - The script is the leader of its own session, so that its limit ends all that it started and what it leaves behind on
 *   purpose may live on. A keeper outside of it sees the launcher end (its pipe closes) when the agent kills that for a
 *   cancel or its own time-out, and ends the script's group.
 * - The launcher itself always ends with 0: to the agent 194 would mean a reboot.
 */

/** A script, packed so that neither quotes nor `{{ssm:…}}` in it mean anything on the way. */
export const pack = (text: string): string =>
  (
    gzipSync(Buffer.from(text), { level: 9 })
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\n');

/** What `pack` makes may be so long: a command with its parameters is at most 64 KB, and the launcher needs its share. */
export const MAX_PACKED = 54 * 1024;

export interface Launch {
  /** Names the delivery: lower-case hex, unguessable. */
  readonly id: string;
  /** What `pack` made of the script. */
  readonly packed: string;
  /** How long the script may run, ms. */
  readonly limitMs: number;
  /** Bytes of each stream that come back. */
  readonly maxBytes: number;
}

/**
 * $1 directory, $2 umask: the script's own shell, which tells the keeper of itself first: a launcher that is killed at that
 * moment tells nobody. Its end is noted, for a signal's status looks like an exit code.
 */
const SCRIPT =
  'echo "script $$" >&9; exec 9>&-; d=$1; umask "$2"; shift 2; cd /; s=$(cat "$d/script"; echo .); s=${s%.}; trap "echo \\$? >$d/code" EXIT; unset d; eval "$s"';

/** $1 directory: reads the groups of script and limit as they tell them, and ends them unless `done` comes before the end of the pipe. */
const KEEPER =
  'while read -r a b; do case $a in done) exit ;; script) p=$b ;; limit) t=$b ;; esac; done <"$1/keeper"; ' +
  'for g in $p $t; do kill -KILL "-$g"; done; rm -rf "$1"';

/** $1 seconds, $2 the same in whole ones, $3 directory, $4 group: TERM at the limit, KILL once its leader is gone. */
const LIMIT =
  'echo "limit $$" >&9; exec 9>&-; sleep "$1" || sleep "$2"; : >"$3/limit"; kill -TERM "-$4"; ' +
  'i=0; while kill -0 "$4" && [ $i -lt 40 ]; do i=$((i+1)); sleep 0.05 || sleep 1; done; kill -KILL "-$4"';

/**
 * $1 directory, $2 stream, $3 blocks: keeps so much of a stream at once, also while its writers live on, and drains the
 * rest. (`head -c` would hold back what it read.)
 */
const KEEP = '{ (trap "" XFSZ; ulimit -f "$3"; exec cat) >"$1/$2.kept"; cat >/dev/null; : >"$1/$2.end"; } <"$1/$2"';

export const launcher = ({ id, packed, limitMs, maxBytes }: Launch): string => `#!/bin/sh
id=${id} max=${maxBytes} limit=${(limitMs / 1000).toFixed(1)} whole=${Math.ceil(limitMs / 1000)}
mask=$(umask)
umask 077
LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export LC_ALL PATH
answer() { printf 'runbolt %s %s 0 0 0 0\\n%s\\nrunbolt %s end\\n' "$id" "$1" "$2" "$id"; }
refuse() {
  [ -n "$home" ] && answer refused "$1" >"$home/frame" 2>/dev/null
  answer refused "$1"
  rm -rf "$work"
  exit 0
}
packed() { cat <<'PACKED'
${packed}
PACKED
}
own() { [ -d "$1" ] && [ ! -h "$1" ] && [ -O "$1" ]; }
settle() {
  for r in /var/lib/runbolt-ssm /run/runbolt-ssm; do
    [ -d "$r/$id" ] && { home=$r/$id; return 1; }
  done
  for r in /var/lib/runbolt-ssm /run/runbolt-ssm; do
    mkdir -p "$r" 2>/dev/null && own "$r" || continue
    find "$r" -mindepth 1 -maxdepth 1 -mmin +60 -exec rm -rf {} + 2>/dev/null
    mkdir "$r/$id" 2>/dev/null && { home=$r/$id; return 0; }
    [ -d "$r/$id" ] && { home=$r/$id; return 1; }
  done
  refuse 'neither /var/lib/runbolt-ssm nor /run/runbolt-ssm can be written: is the disk full or read-only?'
}
unpack() {
  for work in "/run/runbolt-ssm/$id.work" "$home/work"; do
    mkdir -p "$work" 2>/dev/null && own "\${work%/*}" && packed | $decode 2>/dev/null |
      gzip -dc >"$work/script" 2>/dev/null && return
    rm -rf "$work"
  done
  refuse 'the script could not be unpacked: is the disk full?'
}
kept() { echo $(($(wc -c <"$work/out.kept"))) $(($(wc -c <"$work/err.kept"))); }
run() {
  mkfifo "$work/out" "$work/err" "$work/keeper" 2>/dev/null || refuse 'mkfifo does not work here'
  session=$(command -v setsid)
  exec 9<>"$work/keeper"
  $session sh -c '${KEEPER}' runbolt "$work" 9>&- </dev/null >/dev/null 2>&1 &
  for stream in out err; do
    sh -c '${KEEP}' runbolt "$work" "$stream" $((max / 512 + 1)) 9>&- </dev/null >/dev/null 2>&1 &
  done
  $session sh -c '${SCRIPT}' runbolt "$work" "$mask" </dev/null >"$work/out" 2>"$work/err" &
  script=$!
  $session sh -c '${LIMIT}' runbolt "$limit" "$whole" "$work" "$script" </dev/null >/dev/null 2>&1 &
  watch=$!
  wait "$script" 2>/dev/null
  status=$?
  if [ -f "$work/limit" ]; then wait "$watch" 2>/dev/null
  else kill -KILL "-$watch" 2>/dev/null || kill -KILL "$watch" 2>/dev/null; fi
  echo done >&9
  seen= quiet=0
  until { [ -f "$work/out.end" ] && [ -f "$work/err.end" ]; } || [ "$quiet" -ge 40 ]; do
    sleep 0.05 2>/dev/null || { sleep 1; quiet=$((quiet + 19)); }
    now=$(kept)
    if [ "$now" = "$seen" ]; then quiet=$((quiet + 1)); else quiet=0 seen=$now; fi
  done
}
frame() {
  code=$(cat "$work/code" 2>/dev/null)
  if [ -f "$work/limit" ]; then end='limit 0'
  elif [ "$code" != "$status" ] && [ "$status" -gt 128 ]; then end="signal $((status - 128))"
  else end="exit $status"; fi
  set -- $(kept)
  cut=0 out=$1 err=$2
  [ "$out" -gt "$max" ] && cut=1 out=$max
  [ "$err" -gt "$max" ] && cut=1 err=$max
  printf 'runbolt %s %s %s %s %s\\n' "$id" "$end" "$out" "$err" "$cut"
  { head -c "$out" "$work/out.kept"; head -c "$err" "$work/err.kept"; } | gzip -c | $encode | tr -d '\\n'
  printf '\\nrunbolt %s end\\n' "$id"
}
main() {
  home= work=
  if command -v base64 >/dev/null; then decode='base64 -d' encode=base64
  elif command -v openssl >/dev/null; then decode='openssl base64 -d' encode='openssl base64'
  else refuse 'it has neither base64 (coreutils) nor openssl'; fi
  command -v gzip >/dev/null || refuse 'it has no gzip'
  if settle; then
    unpack
    run
    frame >"$work/frame"
    cp "$work/frame" "$home/frame.new" 2>/dev/null && mv "$home/frame.new" "$home/frame"
    cat "$work/frame"
    rm -rf "$work"
  else
    i=0
    while [ ! -f "$home/frame" ] && [ "$i" -lt $((whole + 5)) ]; do sleep 1; i=$((i + 1)); done
    cat "$home/frame" 2>/dev/null || answer running ''
  fi
  exit 0
}
main
`;
