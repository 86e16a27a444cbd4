/** awk of the probe: listeners, connections, and what became of them. */

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

/**
 * Connections on the ports with a queue: in the first look those that wait unaccepted ("@wait" lines) and those held
 * ("@held", where at most 64 are), in the second what became of those that waited, and how many more are held; and the
 * sockets that tasks wait on.
 */
export const CONNECTIONS = String.raw`
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
    n = split(ENVIRON["COLD"], row, "\n")
    for (i = 1; i <= n; i++) cold[row[i]] = 1
    n = split(ENVIRON["WANTED"], row, " ")
    for (i = 1; i <= n; i++) wanted[row[i]] = 1
    for (i = 1; i <= 11; i++) code[sprintf("%02X", i)] = i
  }
  # The queue that a connection came through, empty where its listener, the nearest one there, has none.
  function queue_of(ip, port,   key) {
    key = ns " " ip " " port
    if (!(key in hot) && !(key in cold) && ip !~ /:/) key = ns " 0.0.0.0 " port
    if (!(key in hot) && !(key in cold)) key = ns " :: " port
    return key in hot ? key : ""
  }
  $1 == "@wait" { before[$2 " " $3 " " $4]++; was[$2 " " $3 " " $4 SUBSEP $5 " " $6] = $7; if ($7 > 0) asked[$2 " " $3 " " $4]++; next }
  $1 == "@held" { if (NF == 6) held[$2 " " $3 " " $4 SUBSEP $5 " " $6] = 1; else many[$2 " " $3 " " $4] = 1; next }
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
    else if (inode != "0" && s != "a") { if (!(id in held) && !(key in many)) taken[key]++ }
    else if (inode != "0" && ++holds[key] <= 65) print "@held", key (holds[key] > 64 ? "" : " " peer " " pport)
  }
  END {
    if (s != "a") for (i = 1; i <= hots; i++) {
      key = keys[i]
      split(key, h, " ")
      print "queue\t" h[1] "\t" h[2] "\t" h[3] "\t" before[key] + 0 "\t" asked[key] + 0 "\t" now[key] + 0 "\t" unread[key] + 0 "\t" still[key] + 0 "\t" accepted[key] + 0 "\t" (key in example ? example[key] : "-\t0\t0")
      if (taken[key] > 0) print "taken\t" h[1] "\t" h[2] "\t" h[3] "\t" taken[key]
    }
  }`;

/** What the sockets are that were in no table of connections: to something behind this host, or no TCP at all. */
export const ELSEWHERE = String.raw`
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

/** The backlog of listeners with a queue, out of ss -l. One that reads /proc instead of asking the kernel says 0: not known. */
export const BACKLOGS = String.raw`
  BEGIN { n = split(ENVIRON["INODES"], row, " "); for (i = 1; i <= n; i++) hot[row[i]] = 1 }
  $1 == "LISTEN" && $3 > 0 && match($0, / ino:[0-9]+/) {
    inode = substr($0, RSTART + 5, RLENGTH - 5)
    if (inode in hot) print "backlog\t" inode "\t" $3
  }`;

/** Bytes received of the sockets of interest, from ss -i. No counter of bytes means none, but only where segs_in is told. */
export const RECEIVED = String.raw`
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
