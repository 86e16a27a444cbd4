import { framed } from '../framing.js';
import { CLIENT_ROOMS } from './client-rooms.js';
import { FROM_HEX } from './from-hex.js';

/**
 * Counts this host's connections to Redis by their timers, and takes two samples 2 s apart of those that retransmit (up
 * to 20; without any it does not wait). Data from the environment: `PORTS`, peer ports split by spaces. Prints `source`,
 * `uid`, `sum all with_keepalive without other loopback longest_s`, `peer ADDRESS PORT COUNT WITHOUT` for the five
 * busiest, and for each retransmitting socket seen twice `stuck LOCAL PEER RETRANSMITS_1 RETRANSMITS_2 SEGS_IN_1 SEGS_IN_2
 * LASTRCV_MS PROCESS` (-1: not shown by this kernel or without ss). Those of other network namespaces are counted by
 * /proc alone (`room`, see `client-rooms.ts`). Changes nothing.
 */
const COUNT = String.raw`
${FROM_HEX}  function address(text) {
    if (proc) return fromhex(text)
    gsub(/[][]/, "", text)
    sub(/%.*/, "", text)
    if (text ~ /^::ffff:[0-9.]+$/) text = substr(text, 8)
    return text
  }
  function place(text) {
    match(text, /:[^:]*$/)
    ip = address(substr(text, 1, RSTART - 1))
    port = substr(text, RSTART + 1)
    if (proc) port = number(port)
    loopback = ip ~ /^127\./ || ip == "::1"
  }
  function left(text,   s) {
    s = 0
    if (text ~ /^[0-9]+min/) { s = 60 * text; sub(/^[0-9]+min/, "", text); if (text ~ /^[0-9]+sec/) s += text + 0 }
    else if (text ~ /^[0-9]+sec/) s = text + 0
    else if (text ~ /^[0-9]+\.[0-9]+/) s = int(text + 0)
    return s
  }
  function retransmits(from, to, again) { if (again >= 2 && stuck++ < 20) print "suspect\t" from "\t" to "\t" again }
  BEGIN { proc = (ENVIRON["SOURCE"] == "proc") }
  proc {
    # Columns of a fixed width behind the number: to split every row into its fields costs twice as much.
    at = index($0, ": ") + 2
    wide = substr($0, at + 8, 1) == ":" ? 13 : 37
    to = substr($0, at + wide + 1, wide)
    timer = substr($0, at + 2 * wide + 23, 11)
    kind = substr(timer, 1, 2)
    rows[to "|" kind]++
    if (kind == "02") { if (timer > armed[to]) armed[to] = timer }
    else if (kind == "01") retransmits($2, $3, number($7))
    next
  }
  $1 == "@failed" { failed = 1 }
  $1 == "Recv-Q" || NF < 4 { next }
  {
    kind = substr($5, 1, 7) == "timer:(" ? substr($5, 8, 2) : ""
    rows[$4 "|" kind]++
    if (kind == "ke") times[$4 "|" substr($5, 8)]
    else if (kind == "on") { split($5, part, /[,)]/); retransmits($3, $4, part[3] + 0) }
  }
  END {
    if (failed) exit 3
    for (row in rows) {
      n = rows[row]
      split(row, part, "|")
      kind = part[2]
      place(part[1])
      all += n
      if (loopback) { near += n; continue }
      peers[ip "\t" port] += n
      if (kind == "02" || kind == "ke") kept += n
      else if (kind == "" || kind == "00") { without += n; bare[ip "\t" port] += n }
      else other += n
    }
    for (row in times) { split(row, part, /[|,)]/); place(part[1]); if (!loopback && left(part[3]) > longest) longest = left(part[3]) }
    for (row in armed) { place(row); s = int(number(substr(armed[row], 4)) / 100); if (!loopback && s > longest) longest = s }
    print "sum\t" all + 0 "\t" kept + 0 "\t" without + 0 "\t" other + 0 "\t" near + 0 "\t" longest + 0
    for (i = 0; i < 5; i++) {
      best = ""
      for (k in peers) if (best == "" || peers[k] > peers[best]) best = k
      if (best == "") break
      print "peer\t" best "\t" peers[best] "\t" bare[best] + 0
      delete peers[best]
    }
  }`;

/** One line of ss -tnoi (joined) or /proc/net/tcp to `local peer retransmits segs_in lastrcv process`. */
const DETAIL = String.raw`
  function field(name,   v) { if (!match($0, "[ \t]" name ":[0-9]+")) return -1; v = substr($0, RSTART + length(name) + 2, RLENGTH - length(name) - 2); return v }
  BEGIN { proc = (ENVIRON["SOURCE"] == "proc") }
  proc && $4 == "01" && substr($6, 1, 2) == "01" {
    n = 0
    for (i = 1; i <= length($7); i++) n = n * 16 + index("0123456789ABCDEF", substr($7, i, 1)) - 1
    print $2 "\t" $3 "\t" n "\t-1\t-1\t"
  }
  !proc && match($0, /timer:\(on,[^,)]*,[0-9]+\)/) {
    again = substr($0, RSTART, RLENGTH)
    sub(/^.*,/, "", again)
    who = ""
    if (match($0, /users:\(\("[^"]*"/)) who = substr($0, RSTART + 9, RLENGTH - 10)
    print $3 "\t" $4 "\t" again + 0 "\t" field("segs_in") "\t" field("lastrcv") "\t" who
  }`;

export const REDIS_CLIENTS_PROBE = framed(
  'redis-clients',
  String.raw`
filter=''
for p in $PORTS; do filter="$filter${'$'}{filter:+ or }dport = :$p"; done
# Peer port and state 01: fifty thousand sockets are more than an awk should split.
patterns=$(for p in $PORTS; do printf ':%04X 01 \n' "$p"; done)
tables() { tables_of self; }
tables_of() { grep -hsF "$patterns" "/proc/$1/net/tcp" "/proc/$1/net/tcp6"; }
has_ss() { at=$(command -v ss 2>/dev/null) && [ -x "$at" ]; }
count() { awk '${COUNT}'; }
detail() { awk '${DETAIL}'; }
joined() { awk '/^[ \t]/ { printf " %s", $0; next } { if (NR > 1) print ""; printf "%s", $0 } END { print "" }'; }
# Lines of the sockets that retransmit: the network namespace (0: this one), then what DETAIL prints.
sample() {
  if [ "$SOURCE" = proc ]; then tables | detail
  else ss "$details" state established "( $filter )" 2>/dev/null | joined | detail
  fi | sed 's/^/0	/'
  for pid in $suspicious; do
    tables_of "$pid" | SOURCE=proc detail | while IFS= read -r row; do printf '%s\t%s\n' "$pid" "$row"; done
  done
}
${CLIENT_ROOMS}
gather() {
  export PORTS
  SOURCE=proc
  details=-tnoi
  [ "$(id -u)" != 0 ] || details=-tnoip
  if has_ss && seen=$({ ss -tno state established "( $filter )" 2>/dev/null || echo @failed; } | SOURCE=ss count); then
    SOURCE=ss
  elif [ -r /proc/net/tcp ]; then
    seen=$(tables | SOURCE=proc count)
  else
    return 1
  fi
  export SOURCE
  printf 'uid\t%s\n' "$(id -u)"
  printf 'source\t%s\n' "$SOURCE"
  printf '%s\n' "$seen" | grep -v '^suspect'
  others=$(rooms)
  printf '%s\n' "$others" | grep -v '^suspect'
  suspicious=$(printf '%s\n' "$others" | awk -F '\t' '$1 == "suspect" && !($2 in seen) { seen[$2]; print $2 }')
  case $seen$others in *suspect*) ;; *) return 0 ;; esac
  first=$(sample)
  sleep 2
  second=$(sample)
  {
    printf '%s\n' "$others"
    printf '%s\n' "$seen" | sed -n 's/^suspect	/suspect	0	/p'
    printf '%s\n' "$first" | sed 's/^/first	/'
    printf '%s\n' "$second" | sed 's/^/second	/'
  } | awk -F '\t' '
    $1 == "room" { room[$2] = $3 " (pid " $2 ")" }
    $1 == "suspect" { wanted[$2 "\t" $3 "\t" $4] = 1 }
    $1 == "first" { k = $2 "\t" $3 "\t" $4; again[k] = $5; segs[k] = $6 }
    $1 == "second" {
      k = $2 "\t" $3 "\t" $4
      if (!(k in wanted) || !(k in again)) next
      who = ($2 in room) ? room[$2] : $8
      gsub(/[^ -~]/, "?", who)
      print "stuck\t" $3 "\t" $4 "\t" again[k] "\t" $5 "\t" segs[k] "\t" $6 "\t" $7 "\t" who
    }'
  return 0
}
`,
);
