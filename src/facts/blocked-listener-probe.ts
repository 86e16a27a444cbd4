/**
 * Looks at every TCP listener of the host, in the network namespaces of its containers too. Only where an accept queue is
 * not empty does it look closer: who shares the listener, what each of their tasks waits in, on which socket, and what that
 * socket has received. Only where a request waits in such a queue does it wait 5 s and look again. Works with dash, bash
 * and busybox sh, with mawk, gawk and busybox awk, with `ss` of any age or /proc/net/tcp alone. Changes nothing.
 */

/** Addresses of /proc/net/tcp and of ss, made one spelling. */
export const ADDRESSES = `
  function hex(text,   i, n) {
    n = 0
    for (i = 1; i <= length(text); i++) n = n * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
    return n
  }
  function v4(text) {
    return hex(substr(text, 7, 2)) "." hex(substr(text, 5, 2)) "." hex(substr(text, 3, 2)) "." hex(substr(text, 1, 2))
  }
  function group(text) {
    sub(/^0+/, "", text)
    return text == "" ? "0" : tolower(text)
  }
  function fromhex(text,   i, w, out) {
    if (length(text) == 8) return v4(text)
    if (substr(text, 1, 24) == "0000000000000000FFFF0000") return v4(substr(text, 25))
    if (text == "00000000000000000000000000000000") return "::"
    if (text == "00000000000000000000000001000000") return "::1"
    for (i = 0; i < 4; i++) {
      w = substr(text, i * 8 + 1, 8)
      out = out (i ? ":" : "") group(substr(w, 7, 2) substr(w, 5, 2)) ":" group(substr(w, 3, 2) substr(w, 1, 2))
    }
    return out
  }
  function plain(text) {
    gsub(/[][]/, "", text)
    sub(/%.*/, "", text)
    if (text ~ /^::ffff:[0-9.]+$/) text = substr(text, 8)
    return text == "*" ? "::" : text
  }
  function port_of(text,   part, n) {
    n = split(text, part, ":")
    return part[n]
  }
  function before_port(text) {
    return substr(text, 1, length(text) - length(port_of(text)) - 1)
  }`;

/** Listeners of all namespaces: ns inode address port queue uid. They come first in /proc/net/tcp, so the rest is not read. */
export const LISTENERS = String.raw`
  BEGIN {
    n = split(ENVIRON["NETS"], net, "\n")
    for (i = 1; i <= n; i++) {
      split(net[i], part, " ")
      for (six = 0; six < 2; six++) {
        file = "/proc/" part[2] "/net/tcp" (six ? "6" : "")
        while ((got = (getline < file)) > 0) {
          if ($1 == "sl") { headed[part[1]] = 1; continue }
          if ($4 != "0A") break
          print part[1], $10, fromhex(before_port($2)), hex(port_of($2)), hex(port_of($5)), $8
        }
        close(file)
      }
      if (!(part[1] in headed)) print "unread", part[1]
    }
  }`;

/** Reads tasks ("pid tid" lines): what each waits in. Everything of /proc/PID/status is escaped by the kernel. */
const TASKS = String.raw`
  BEGIN {
    n = split(ENVIRON["CALLS"], call, " ")
    for (i = 1; i <= n; i++) { split(call[i], part, "="); name[part[1]] = part[2] }
    n = split(ENVIRON["OWN"], own, "\n")
    for (i = 1; i <= n; i++) {
      split(own[i], part, " ")
      mine[part[2]] = (mine[part[2]] == "" ? "" : mine[part[2]] ",") part[3]
    }
  }
  function among(fd, list,   f, k, m) {
    m = split(list, f, ",")
    for (k = 1; k <= m; k++) if (f[k] == fd) return 1
    return 0
  }
  {
    pid = $1; tid = $2; dir = "/proc/" pid "/task/" tid
    state = ""; parent = 0; switches = 0; who = ""
    file = dir "/status"
    while ((getline line < file) > 0) {
      split(line, f, /[ \t]+/)
      if (f[1] == "Name:") { who = line; sub(/^Name:[ \t]*/, "", who); gsub(/[\t\r]/, " ", who) }
      else if (f[1] == "State:") state = f[2]
      else if (f[1] == "PPid:") parent = f[2]
      else if (f[1] ~ /^(non)?voluntary_ctxt_switches:$/) switches += f[2]
    }
    close(file)
    if (state == "") next
    cpu = 0
    file = dir "/schedstat"
    if ((getline line < file) > 0) { split(line, f, " "); cpu = int(f[1] / 1000000) }
    close(file)
    file = dir "/syscall"
    got = (getline line < file)
    close(file)
    for (i = 1; i <= 6; i++) a[i] = 0
    if (got <= 0) what = "unread"
    else {
      m = split(line, f, " ")
      if (f[1] == "running") what = "running"
      else if (f[1] == "-1") what = "none"
      else {
        what = (f[1] in name) ? name[f[1]] : "nr:" f[1]
        for (i = 1; i <= 6 && i + 1 <= m; i++) a[i] = sprintf("%.0f", hex(substr(f[i + 1], 3)))
      }
    }
    watches = "-"
    if (what ~ /^accept/) watches = among(a[1], mine[pid]) ? a[1] : "-"
    if (what ~ /^epoll/) {
      file = "/proc/" pid "/fdinfo/" a[1]
      watches = "?"
      while ((getline line < file) > 0) {
        split(line, f, /[ \t]+/)
        if (watches == "?") watches = "-"
        if (f[1] == "tfd:" && among(f[2], mine[pid])) watches = (watches == "-" ? "" : watches ",") f[2]
      }
      close(file)
    }
    if (tid == pid) print "proc", pid, parent, who
    print "task", pid, tid, state, what, a[1], a[2], a[3], a[4], sprintf("%.0f", switches), cpu, watches, (mine[pid] == "" ? "-" : mine[pid])
  }`;

/** Adds to a task that polls which descriptors it polls, from the bytes of its own memory. */
const POLLED = String.raw`
  BEGIN { OFS = "\t"; s = ENVIRON["S"] }
  function add(fd,   k) {
    if (fd in seen) return
    seen[fd] = 1
    count++
    one = fd
    for (k = 1; k <= many; k++) if (listener[k] == fd) watches = (watches == "-" ? "" : watches ",") fd
  }
  $1 == "proc" {
    pid = $2; parent = $3
    sub(/^proc [0-9]+ [0-9]+ ?/, "")
    print "proc", s, pid, parent, $0
    next
  }
  {
    many = split($13, listener, ",")
    count = 0; one = "-"; watches = $12
    split("", seen)
    if ($5 ~ /^(read|readv|recv|accept)/) { count = 1; one = $6 }
    if ($5 ~ /^p?poll$/ && $5 != "epoll") {
      if (NF != 13 + 8 * $7) { count = $7; watches = "?" }
      else for (i = 14; i + 7 <= NF; i += 8) if ($(i + 3) < 128) add($i + $(i + 1) * 256 + $(i + 2) * 65536)
    }
    if ($5 ~ /^p?select6?$/) {
      if (NF >= 14 && $14 == "?") { count = $6; watches = "?" }
      else for (i = at = 14; i <= NF; i++) {
        if ($i == "|") { at = i + 1; continue }
        byte = $i + 0
        for (bit = 0; bit < 8; bit++) { if (byte % 2) add((i - at) * 8 + bit); byte = int(byte / 2) }
      }
    }
    if (count != 1) one = "-"
    print "task", s, $2, $3, $4, $5, count, one, watches, $10, $11
  }`;

/**
 * Connections on the ports with a queue: in the first look those that wait unaccepted ("@wait" lines), in the second what
 * became of these; and the sockets that tasks wait on.
 */
const CONNECTIONS = String.raw`
  BEGIN {
    s = ENVIRON["S"]
    n = split(ENVIRON["HOT"], row, "\n")
    for (i = 1; i <= n; i++) {
      split(row[i], h, " ")
      key = h[1] " " h[3] " " h[4]
      if (!(key in hot)) keys[++hots] = key
      hot[key] = 1
      ports[h[1] " " h[4]] = 1
    }
    n = split(ENVIRON["WANTED"], row, " ")
    for (i = 1; i <= n; i++) wanted[row[i]] = 1
    for (i = 1; i <= 11; i++) code[sprintf("%02X", i)] = i
  }
  function queue_of(ip, port) {
    if ((ns " " ip " " port) in hot) return ns " " ip " " port
    if (ip !~ /:/ && (ns " 0.0.0.0 " port) in hot) return ns " 0.0.0.0 " port
    return (ns " :: " port) in hot ? ns " :: " port : ""
  }
  $1 == "@wait" { before[$2 " " $3 " " $4]++; was[$2 " " $3 " " $4 SUBSEP $5 " " $6] = $7; if ($7 > 0) asked[$2 " " $3 " " $4]++; next }
  $1 == "@table" { ns = $2; proc = ($3 == "proc"); looked = 1; next }
  $1 == "sl" || $1 == "State" || NF < 5 || /^[ \t]+[a-z]/ { next }
  {
    if (proc) {
      if (!($4 in code)) next
      state = code[$4]; inode = $10
      if (!(inode in wanted) && !((ns " " hex(port_of($2))) in ports)) next
      local = fromhex(before_port($2)); lport = hex(port_of($2))
      peer = fromhex(before_port($3)); pport = hex(port_of($3))
      waits = hex(port_of($5))
      state = state == 1 ? "E" : state == 8 ? "C" : state ~ /^(4|5|6|9|11)$/ ? "D" : "-"
    } else {
      inode = match($0, / ino:[0-9]+/) ? substr($0, RSTART + 5, RLENGTH - 5) : "0"
      local = plain(before_port($4)); lport = port_of($4)
      peer = plain(before_port($5)); pport = port_of($5)
      waits = $2
      state = $1 == "ESTAB" ? "E" : $1 == "CLOSE-WAIT" ? "C" : $1 ~ /^(FIN-WAIT-1|FIN-WAIT-2|TIME-WAIT|LAST-ACK|CLOSING)$/ ? "D" : "-"
      if (!(inode in wanted) && !((ns " " lport) in ports)) next
    }
    if (state == "-") next
    if (inode != "0" && (inode in wanted) && !(inode in told)) {
      told[inode] = 1
      print "conn\t" s "\t" ns "\t" inode "\t" (state == "E" ? "ESTAB" : "closing") "\t" waits "\t" local "\t" lport "\t" peer "\t" pport
    }
    key = queue_of(local, lport)
    if (key == "") next
    # the end of the stream counts as one byte of Recv-Q
    request = waits - (state == "C" ? 1 : 0)
    id = key SUBSEP peer " " pport
    if (inode == "0" && state != "D") {
      now[key]++
      if (request > 0) { unread[key]++; if (!(key in example) || id in was) { example[key] = peer "\t" pport "\t" request } }
      if ((id in was) && was[id] > 0) { if (!(id in again)) still[key]++; again[id] = 1 }
      if (s == "a") print "@wait", key, peer, pport, (request > 0 ? request : 0)
    } else if (id in was) accepted[key]++
  }
  END {
    if (s != "a") for (i = 1; i <= hots; i++) {
      key = keys[i]
      split(key, h, " ")
      print "queue\t" h[1] "\t" h[2] "\t" h[3] "\t" before[key] + 0 "\t" asked[key] + 0 "\t" now[key] + 0 "\t" unread[key] + 0 "\t" still[key] + 0 "\t" accepted[key] + 0 "\t" (key in example ? example[key] : "-\t0\t0")
    }
  }`;

/** What the sockets are that were in no table of connections: to something behind this host, or no TCP at all. */
const ELSEWHERE = String.raw`
  BEGIN {
    s = ENVIRON["S"]
    n = split(ENVIRON["WANTED"], row, " ")
    for (i = 1; i <= n; i++) wanted[row[i]] = 1
    left = n
    nets = split(ENVIRON["NETS"], net, "\n")
    kinds = split("tcp tcp6 unix udp udp6", kind, " ")
    for (i = 1; i <= nets && left > 0; i++) for (k = 1; k <= kinds && left > 0; k++) {
      split(net[i], part, " ")
      file = "/proc/" part[2] "/net/" kind[k]
      while (left > 0 && (getline < file) > 0) {
        inode = (kind[k] == "unix" ? $7 : $10)
        if (!(inode in wanted)) continue
        delete wanted[inode]
        left--
        if (k > 2) print "other\t" s "\t" inode "\t" (k == 3 ? "unix" : "udp")
        else print "conn\t" s "\t" part[1] "\t" inode "\t" ($4 == "01" ? "ESTAB" : "closing") "\t" hex(port_of($5)) "\t" fromhex(before_port($2)) "\t" hex(port_of($2)) "\t" fromhex(before_port($3)) "\t" hex(port_of($3))
      }
      close(file)
    }
  }`;

/** Bytes received of the sockets of interest, from ss -i. No counter of bytes means none, but only where segs_in is told. */
const RECEIVED = String.raw`
  function tell() {
    if (inode in wanted) {
      bytes = match(info, / bytes_received:[0-9]+/) ? substr(info, RSTART + 16, RLENGTH - 16) : (info ~ / segs_in:/ ? 0 : "-")
      if (bytes != "-" && !(inode in told)) print "bytes\t" s "\t" inode "\t" bytes
      told[inode] = 1
    }
    inode = info = ""
  }
  BEGIN { s = ENVIRON["S"]; n = split(ENVIRON["WANTED"], row, " "); for (i = 1; i <= n; i++) wanted[row[i]] = 1 }
  /^[^ \t]/ { tell(); if (match($0, / ino:[0-9]+/)) inode = substr($0, RSTART + 5, RLENGTH - 5) }
  { info = info " " $0 }
  END { tell() }`;

export const BLOCKED_LISTENER_PROBE = String.raw`
LC_ALL=C; export LC_ALL
machine=$(uname -m)
case "$machine" in
x86_64) CALLS=$CALLS_x86_64 ;;
aarch64|arm64) CALLS=$CALLS_aarch64 ;;
*) CALLS='' ;;
esac
export CALLS
# How this ss is asked for lines without a header, one a socket; empty where there is none that answers.
SS=''
for options in HO H ''; do
  ss "-tan$options" state listening >/dev/null 2>&1 && { SS="-tn$options"; break; }
done
LS=-ln
ls -lnq / >/dev/null 2>&1 && LS=-lnq
lines() { [ -z "$1" ] || printf '%s\n' "$1"; }

# ns and a process in it: 0 is this one
find_nets() {
  own=$(ls -i /proc/self/net/sockstat 2>/dev/null | { read -r inode path; printf '%s' "$inode"; })
  echo "0 self"
  ls -i /proc/[0-9]*/net/sockstat 2>&1 | awk -v self="$own" '
    /(ermission denied|not permitted)$/ { unread++; next }
    $1 ~ /^[0-9]+$/ && $1 != self && !($1 in seen) { seen[$1] = 1; split($2, part, "/"); if (++n <= 200) print n, part[3]; else unread++ }
    END { print "unread", unread + 0 }'
}
listeners() {
  awk '${ADDRESSES}${LISTENERS}'
}
# inode pid fd of everyone who shares one of the sockets named in INODES, of the processes given
sharers() {
  # with one directory alone ls prints no heading
  ls $LS "$@" /proc/self/task 2>&1 | awk '
    BEGIN { n = split(ENVIRON["INODES"], row, " "); for (i = 1; i <= n; i++) want[row[i]] = 1 }
    /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
    /ermission denied$/ { denied++; next }
    $NF ~ /^socket:\[[0-9]+\]$/ && $(NF - 1) == "->" {
      inode = substr($NF, 9, length($NF) - 9)
      if (inode in want) print inode, pid, $(NF - 2)
    }
    END { print "denied", denied + 0 }'
}
MOST_TASKS=600
task_list() {
  for pid in $PIDS; do echo /proc/$pid/task/[0-9]*; done | tr ' ' '\n' | awk -F / 'NF == 5 && $5 ~ /^[0-9]+$/ { print $3, $5 }'
}
# the memory of process $1 from address $2: $3 units of 8 bytes, as decimal bytes
memory() {
  unit=8; count=$3
  [ $(($2 % 8)) -eq 0 ] || { unit=1; count=$(($3 * 8)); }
  dd "if=/proc/$1/mem" bs=$unit skip=$(($2 / unit)) count=$count 2>/dev/null | od -An -v -tu1 | tr -s ' \n' ' '
}
polled() {
  reads=0
  while read -r kind pid tid state call a b c d rest; do
    printf '%s' "$kind $pid $tid $state $call $a $b $c $d $rest"
    case "$kind $call" in
    'task poll'|'task ppoll')
      reads=$((reads + 1))
      if [ $reads -gt 64 ] || [ "$b" -gt 256 ]; then printf ' ?'
      elif [ "$b" -gt 0 ]; then bytes=$(memory $pid $a $b); printf ' %s' "$(lines "$bytes" | grep . || echo '?')"; fi ;;
    'task select'|'task pselect6')
      reads=$((reads + 1))
      if [ $reads -gt 64 ] || [ "$a" -gt 1024 ]; then printf ' ?'
      elif [ "$a" -gt 0 ]; then
        for set in $b $c $d; do
          [ $set -ne 0 ] || continue
          bytes=$(memory $pid $set $(((a + 63) / 64)))
          printf ' %s |' "$(lines "$bytes" | grep . || echo '?')"
        done
      fi ;;
    esac
    printf '\n'
  done
}
tasks() {
  task_list | head -n $MOST_TASKS | awk '${ADDRESSES}${TASKS}' | polled | awk '${POLLED}'
}
# what the descriptors of FDS ("pid fd" lines) are: only sockets are of interest
descriptors() {
  set --
  while read -r pid fd; do set -- "$@" "/proc/$pid/fd/$fd"; done <<END_OF_LIST
$FDS
END_OF_LIST
  ls $LS "$@" 2>/dev/null | awk -v s="$S" '
    $(NF - 1) == "->" && $(NF - 2) ~ /^\/proc\/[0-9]+\/fd\/[0-9]+$/ {
      split($(NF - 2), part, "/")
      print "fd\t" s "\t" part[3] "\t" part[5] "\t" ($NF ~ /^socket:\[[0-9]+\]$/ ? substr($NF, 9, length($NF) - 9) : "none")
    }'
}
# ns and pid: how to ask ss there
ask_ss() {
  ns=$1 pid=$2; shift 2
  if [ "$ns" = 0 ]; then ss "$@" 2>/dev/null; else nsenter -t "$pid" -n ss "$@" 2>/dev/null; fi
}
tables() {
  lines "$HOT_NETS" | while read -r ns pid; do
    ports=$(lines "$HOT" | awk -v ns="$ns" '$1 == ns && !($4 in seen) { seen[$4] = 1; printf "%s%s", (n++ ? " or " : ""), "sport = :" $4 }')
    table=''
    if [ -n "$SS" ] && table=$(ask_ss "$ns" "$pid" "$SS"e state connected "( $ports )"); then
      printf '@table %s ss\n' "$ns"
      lines "$table"
    else
      printf '@table %s proc\n' "$ns"
      set -- $(lines "$HOT" | awk -v ns="$ns" '$1 == ns && !($4 in seen) { seen[$4] = 1; printf "-e :%04X ", $4 }')
      for inode in $WANTED; do set -- "$@" -e "$inode"; done
      cat "/proc/$pid/net/tcp" "/proc/$pid/net/tcp6" 2>/dev/null | grep -F "$@"
    fi
  done
}
received() {
  [ -n "$SS" ] || return 0
  lines "$HOT_NETS" | while read -r ns pid; do
    pairs=$(lines "$CONNECTED" | awk -F '\t' -v ns="$ns" '$3 == ns { if (++n > 20) exit; printf "%s%s", (n > 1 ? " or " : ""), "( sport = :" $8 " and dport = :" $10 " )" } ')
    [ -z "$pairs" ] || ask_ss "$ns" "$pid" "$SS"ei state established "( $pairs )" | awk '${RECEIVED}'
  done
}
# One look at the listeners of HOT: prints its lines; leaves what waits unaccepted in WAITING.
look() {
  export S
  TASKS=$(tasks)
  lines "$TASKS"
  FDS=$(lines "$TASKS" | awk -F '\t' '$1 == "task" && $8 != "-" && $6 !~ /^accept/ && !(($3, $8) in seen) { seen[$3, $8] = 1; print $3, $8 }')
  FD_LINES=''
  [ -z "$FDS" ] || FD_LINES=$(descriptors)
  lines "$FD_LINES"
  WANTED=$(lines "$FD_LINES" | awk -F '\t' '$5 != "none" && !($5 in seen) { seen[$5] = 1; printf "%s ", $5 }')
  export WANTED
  FOUND=$({ lines "$WAITING"; tables; } | awk '${ADDRESSES}${CONNECTIONS}')
  CONNECTED=$(lines "$FOUND" | grep '^conn')
  lines "$FOUND" | grep -v '^@wait'
  WAITING=$(lines "$FOUND" | grep '^@wait')
  [ -z "$CONNECTED" ] || received
  WANTED=$(lines "$CONNECTED" | awk -F '\t' 'BEGIN { n = split(ENVIRON["WANTED"], row, " "); for (i = 1; i <= n; i++) want[row[i]] = 1 } { delete want[$4] } END { for (inode in want) printf "%s ", inode }')
  [ -z "$WANTED" ] || awk '${ADDRESSES}${ELSEWHERE}'
}
share() {
  OWN=$(lines "$OWN" | awk '$1 != "denied" && !(($2, $3) in seen) { seen[$2, $3] = 1; print }')
  export OWN
  PIDS=$(lines "$OWN" | awk '!($2 in seen) { seen[$2] = 1; printf "%s ", $2 }')
}
kinds() {
  n=0
  for pid in $PIDS; do
    n=$((n + 1)); [ $n -le 16 ] || break
    words=$(head -c 2000 "/proc/$pid/cmdline" 2>/dev/null | tr '\000\n\t' '   ')
    case " $words " in
    *gunicorn*) kind=gunicorn ;;
    *uwsgi*) kind=uwsgi ;;
    *unicorn*) kind=unicorn ;;
    *' manage.py runserver '*) kind=django ;;
    *http.server*|*SimpleHTTPServer*) kind=http.server ;;
    *php*' -S '*) kind=php ;;
    *apache2*|*httpd*) kind=apache ;;
    *starman*) kind=starman ;;
    *perl*) kind=perl ;;
    *python*) kind=python ;;
    *ruby*) kind=ruby ;;
    *) kind=other ;;
    esac
    printf 'kind\t%s\t%s\n' "$pid" "$kind"
  done
}
moment() { read -r up idle </proc/uptime && printf '%s' "$up"; }

gather() {
  printf 'uid\t%s\n' "$(id -u)"
  printf 'machine\t%s\t%s\n' "$machine" "$(uname -r)"
  printf 'source\t%s\n' "$([ -n "$SS" ] && echo ss || echo proc)"
  [ -r /proc/net/tcp ] || return 0
  NETS=$(find_nets)
  hidden=$(lines "$NETS" | awk '$1 == "unread" { print $2 }')
  NETS=$(lines "$NETS" | grep -v unread); export NETS
  ALL=$(listeners)
  unread=$(lines "$ALL" | grep -c '^unread')
  ALL=$(lines "$ALL" | grep -v '^unread')
  printf 'hidden\t%s\n' "$((hidden + unread))"
  lines "$ALL" | awk '
    { rank = ($5 > 0 ? 0 : 1); row[rank, ++n[rank]] = $0 }
    END {
      for (rank = 0; rank < 2; rank++) for (i = 1; i <= n[rank]; i++) {
        if (rank && shown >= 100 || shown >= 300) { more[rank]++; continue }
        shown++
        split(row[rank, i], f, " ")
        print "listen\ta\t" f[1] "\t" f[2] "\t" f[3] "\t" f[4] "\t" f[5] "\t" f[6]
      }
      print "more\t" more[0] + 0 "\t" more[1] + 0
    }'
  HOT=$(lines "$ALL" | awk '$5 > 0' | head -n 300); export HOT
  [ -n "$HOT" ] || return 0
  HOT_NETS=$({ lines "$NETS"; echo @hot; lines "$HOT"; } | awk '
    $1 == "@hot" { hot = 1; next }
    !hot { pid[$1] = $2; next }
    !($1 in seen) { seen[$1] = 1; print $1, pid[$1] }')
  lines "$HOT_NETS" | while read -r ns pid; do
    [ "$ns" = 0 ] || printf 'net\t%s\t%s\t%s\n' "$ns" "$pid" "$(tr -c '[:alnum:]._\n-' '?' < "/proc/$pid/comm" 2>/dev/null)"
  done
  INODES=$(lines "$HOT" | awk '{ printf "%s ", $2 }'); export INODES
  OWN=$(sharers /proc/[0-9]*/fd)
  printf 'denied\t%s\n' "$(lines "$OWN" | awk '$1 == "denied" { print $2 }')"
  KNOWN=$(echo /proc/[0-9]*/fd)
  share
  kinds
  started=$(moment)
  S=a
  WAITING=''
  look
  S=b; export S
  # Is there anybody whose request waits? If not, nothing is blocked, and nobody has to wait for us.
  if ! lines "$WAITING" | awk '$7 > 0 { found = 1 } END { exit !found }'; then
    lines "$WAITING" | awk '${ADDRESSES}${CONNECTIONS}'
    return 0
  fi
  sleep 5
  ALL=$(listeners | grep -v '^unread')
  { lines "$HOT"; echo @now; lines "$ALL"; } | awk '
    $1 == "@now" { now = 1; next }
    !now { hot[$2] = 1; next }
    $2 in hot { print "listen\tb\t" $1 "\t" $2 "\t" $3 "\t" $4 "\t" $5 "\t" $6 }'
  fresh=$({ lines "$KNOWN" | tr ' ' '\n'; echo @now; echo /proc/[0-9]*/fd | tr ' ' '\n'; } | awk '
    $1 == "@now" { now = 1; next }
    !now { known[$1] = 1; next }
    !($1 in known)' | tr '\n' ' ')
  OWN=$(lines "$OWN"; [ -z "$fresh" ] || sharers $fresh)
  share
  lines "$OWN" | awk '{ print "own\t" $1 "\t" $2 "\t" $3 }' | head -n 1000
  look
  printf 'unseen\t%s\n' "$(task_list | awk -v most="$MOST_TASKS" 'END { print (NR > most ? NR - most : 0) }')"
  printf 'waited\t%s\t%s\n' "$started" "$(moment)"
}
gather | tr -d '\000' | awk 'BEGIN { print "runbolt-listeners\t1" } { print } END { print "end\t" NR }'
`;
