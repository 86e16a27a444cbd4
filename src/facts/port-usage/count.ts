/**
 * Counts sockets in one pass of awk (mawk, gawk or busybox): one array element for each group of alike sockets and one
 * for each local port, and no function call a line, so that fifty thousand sockets cost a fifth of a second. Rows of
 * listeners come first in every table of the kernel (`tcp_seq_start`, `inet_diag_dump_icsk`), so a connection's listener
 * is known before it.
 */
const SETTINGS = String.raw`
    range = setting("ip_local_port_range"); keep = setting("ip_local_reserved_ports")
    reuse = setting("tcp_tw_reuse"); pause = setting("tcp_tw_reuse_delay"); ts = setting("tcp_timestamps")
    split(range, bound, /[ \t]+/); low = bound[1] + 0; high = bound[2] + 0
    delay = (pause == "" ? 1000 : pause + 0)
    aged = delay > 60000 ? 0 : int((60000 - delay) / 1000)
    capacity = high - low + 1
    near = int((capacity + 1) / 2)
    n = split(keep, list, ",")
    for (i = 1; i <= n; i++) {
      if (list[i] !~ /^[0-9]+(-[0-9]+)?$/) continue
      m = split(list[i], ends, "-")
      for (p = ends[1] + 0; p <= ends[m] + 0 && p <= high; p++) {
        if (p < low || (name_of(p) in reserved)) continue
        special[name_of(p)]
        reserved[name_of(p)]
        capacity--
        if ((p - low) % 2 == 0) near--
      }
    }
    # Sixteen ports are one number, a bit each: an array element for every port costs mawk three times that, busybox less.
    box = ((getline row < "/proc/self/maps") > 0 && row ~ /busybox/)
    # A power of two for each last digit of a port; busybox awk may be built without ^.
    p = 1
    for (i = 0; i < 16; i++) { c = sprintf("%X", i); bit[c] = p; p += p; if (i % 2) odd[c] }
    lines = listeners = server = outside = unparsed = 0`;

/** An address in the kernel's hex as text; `byte` holds the numbers of two hex digits. */
export const ADDRESS = `
  function v4(hex) { return byte[substr(hex, 7, 2)] "." byte[substr(hex, 5, 2)] "." byte[substr(hex, 3, 2)] "." byte[substr(hex, 1, 2)] }
  function v6(hex,   i, w, out) {
    for (i = 0; i < 4; i++) {
      w = substr(hex, i * 8 + 1, 8)
      out = out (i ? ":" : "") substr(w, 7, 2) substr(w, 5, 2) ":" substr(w, 3, 2) substr(w, 1, 2)
    }
    return tolower(out)
  }
  function address(hex) {
    if (hex in known) return known[hex]
    if (hex !~ /^[0-9A-F]+$/ || (length(hex) != 8 && length(hex) != 32)) return known[hex] = ""
    if (length(hex) == 8) return known[hex] = v4(hex)
    if (substr(hex, 1, 24) == "0000000000000000FFFF0000") return known[hex] = v4(substr(hex, 25))
    if (hex == "00000000000000000000000000000000") return known[hex] = "::"
    if (hex == "00000000000000000000000001000000") return known[hex] = "::1"
    return known[hex] = v6(hex)
  }`;

/** Reads /proc/net/tcp6 and /proc/net/tcp; for busybox awk every operation a line counts. */
export const COUNT = String.raw`
  function name_of(p) { return sprintf("%04X", p) }
  ${ADDRESS}
  function group(r,   at, w) {
    at = index(r, ":"); w = (at - 1) / 2
    ip = address(substr(r, 1, w)); peer = address(substr(r, w + 1, w))
    peer_port = substr(r, at + 1, 4); state = code[substr(r, at + 5)]
    if (ip == "" || peer == "" || state == "" || peer_port !~ /^[0-9A-F]+$/) return 0
    peer_port = byte[substr(peer_port, 1, 2)] * 256 + byte[substr(peer_port, 3)] ""
    return 1
  }
  BEGIN {
    for (i = 0; i < 256; i++) byte[sprintf("%02X", i)] = i
    n = split("ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING SYN-RECV", names, " ")
    for (i = 1; i <= n; i++) code[sprintf("%02X", i)] = names[i]
    ${SETTINGS}
    w = 99
    # The hundredths of a second left are printed in hex of fixed width: as text they sort by number.
    aged = sprintf("03:%08X", aged * 100)
    for (i = int((low + 255) / 256) * 256; i + 255 <= high; i += 256) whole[substr(name_of(i), 1, 2)]
    for (p in reserved) delete whole[substr(p, 1, 2)]
  }
  {
    start = substr($2, 1, w + 2)
    if (start in owner) raw = owner[start]
    else {
      if ($1 == "sl") { heads++; w = 99; next }
      p = substr($2, index($2, ":") + 1)
      if (w == 99) {
        if ($4 == "0A") {
          listeners++
          delete whole[substr(p, 1, 2)]
          if ($2 ~ /^0+:/) anywhere[p]
          else here[$2]
          next
        }
        w = index($2, ":")
      }
      if ((p in anywhere) || ($2 in here)) { server++; others[$4]++; next }
      number = byte[substr(p, 1, 2)] * 256 + byte[substr(p, 3)]
      if (number < low || number > high || (p in reserved)) { outside++; others[$4]++; next }
      raw = substr($2, 1, w - 1)
      if (substr(p, 1, 2) in whole) owner[start] = raw
    }
    if (box) { if (!($2 in seen)) { seen[$2]; held[raw]++ } }
    else {
      k = substr($2, 1, w + 3); one = bit[substr($2, w + 4)]
      if (int((m = mask[k]) / one) % 2 == 0) mask[k] = m + one
    }
    k = raw $3
    if ($4 != "06") tally[k $4]++
    else if ($6 < aged) ripe[k]++
    else fresh[k]++
  }
  function setting(name,   line) {
    if ((getline line < ("/proc/sys/net/ipv4/" name)) < 1) line = ""
    return line
  }
  function host(ip) { return ip ~ /:/ ? "[" ip "]" : ip }
  # How many ports a number of sixteen stands for, and how many odd ones.
  function tell(m,   left, i) {
    all_in[m] = odd_in[m] = 0
    left = m
    for (i = 0; left > 0; i++) {
      if (left % 2) { all_in[m]++; odd_in[m] += i % 2 }
      left = int(left / 2)
    }
  }
  # Open connections of a tuple, and how many of them carry TCP timestamps, which ss shows with -o only; older versions of ss print two lines for one.
  function stamps(k,   n, with, row, command) {
    split(k, part, "\t")
    command = "ss -Htnoi state established state close-wait \"dst " host(part[2]) ":" part[3] " and src " host(part[1]) "\" 2>/dev/null"
    n = with = 0
    while (n <= 300 && (command | getline row) > 0) {
      if (row ~ /^[^ \t]/) n++
      if (index(row " ", " ts ")) with++
    }
    close(command)
    if (!n) return
    print "stamps\t" k "\t" n "\t" with
    if (!with) bare[k]
  }
  function loopback(ip) { return ip ~ /^127\./ || ip == "::1" }
  function before(k, other) {
    if (most[k] != most[other]) return most[k] > most[other]
    if (total[k] != total[other]) return total[k] > total[other]
    return k < other
  }
  # Nearly all ports taken, nearly all to one destination and reused; or ports of the second parity, and many shared.
  function doubtful(ip) {
    if (distinct[ip] * 100 >= capacity * 85 && largest[ip] * 10 >= distinct[ip] * 8 && most[widest[ip]] * 100 < capacity * 85) return 1
    return (far[ip] - excused[ip]) * 10 >= capacity && (sockets[ip] - distinct[ip]) * 50 > sockets[ip]
  }
  function fuller(ip, other) {
    if (distinct[ip] != distinct[other]) return distinct[ip] > distinct[other]
    return ip < other
  }
  END {
    lines = NR - heads
    print "range\t" range "\nreserved\t" keep "\nreuse\t" reuse "\ndelay\t" pause "\ntimestamps\t" ts
    clients = tuples = unconnected = locals = ports = 0
    for (r in fresh) tally[r "06"] = fresh[r]
    for (r in ripe) { tally[r "06"] += ripe[r]; aged_in[r "06"] = ripe[r] }
    for (r in tally) {
      n = tally[r]
      if (!group(r)) { unparsed += n; continue }
      if (state == "LISTEN") { listeners += n; continue }
      count[state] += n
      if (state == "SYN-RECV") { server += n; continue }
      if (peer_port == "0" || peer_port == "*") { unconnected += n; continue }
      clients += n
      k = ip "\t" peer "\t" peer_port
      if (!(k in total)) tuples++
      total[k] += n
      sockets[ip] += n
      if (state == "ESTAB") established[k] += n
      if (state == "ESTAB" || state == "CLOSE-WAIT") telling[k] += n
      else if (state == "TIME-WAIT") { waiting[k] += n; aged_of[k] += aged_in[r] }
    }
    if (listeners) count["LISTEN"] = listeners
    for (s in others) {
      if (code[s] != "") count[code[s]] += others[s]
      else unparsed += others[s]
    }
    for (s in count) print "state\t" s "\t" count[s]
    for (raw in held) ips++
    if (ips == 1) {
      last = length(raw) + 5
      for (r in seen) if (substr(r, last) in odd) odd_of[raw]++
    } else for (r in seen) if (substr(r, length(r)) in odd) odd_of[substr(r, 1, length(r) - 5)]++
    for (r in mask) {
      m = mask[r]
      if (!(m in all_in)) tell(m)
      raw = substr(r, 1, length(r) - 4)
      held[raw] += all_in[m]
      odd_of[raw] += odd_in[m]
    }
    for (raw in held) {
      ip = address(raw)
      if (!(ip in sockets)) continue
      ports += held[raw]
      distinct[ip] += held[raw]
      far[ip] += (low % 2 ? held[raw] - odd_of[raw] : odd_of[raw])
    }
    # Only open connections tell whether a peer uses timestamps, and only ss shows it: asked of the five largest.
    asked = 0
    for (k in total) {
      if (ts < 1 || !telling[k] || !waiting[k] || total[k] * 100 < capacity * 30) continue
      if (asked == 5 && total[k] <= total[bare_of[5]]) continue
      if (asked < 5) asked++
      for (i = asked; i > 1 && total[k] > total[bare_of[i - 1]]; i--) bare_of[i] = bare_of[i - 1]
      bare_of[i] = k
    }
    for (i = 1; i <= asked; i++) stamps(bare_of[i])
    shown = 0
    for (k in total) {
      split(k, part, "\t")
      ip = part[1]
      destinations[ip]++
      if (total[k] > largest[ip]) { largest[ip] = total[k]; widest[ip] = k }
      if (total[k] * 4 >= capacity) excused[ip] += (total[k] < near ? total[k] : near)
      works = (ts > 0 && !(k in bare) && (reuse == 1 || (reuse == 2 && (loopback(ip) || loopback(part[2])))))
      most[k] = total[k] - (works ? aged_of[k] : 0)
      if (shown == 10 && !before(k, top[10])) continue
      if (shown < 10) shown++
      for (i = shown; i > 1 && before(k, top[i - 1]); i--) top[i] = top[i - 1]
      top[i] = k
    }
    rest = clients
    for (i = 1; i <= shown; i++) {
      k = top[i]
      rest -= total[k]
      print "tuple\t" k "\t" total[k] "\t" established[k] + 0 "\t" waiting[k] + 0 "\t" aged_of[k] + 0 "\t" most[k]
    }
    print "sum\t" lines "\t" listeners "\t" unconnected "\t" server "\t" outside "\t" clients "\t" tuples "\t" tuples - shown "\t" rest "\t" unparsed "\t" capacity
    listed = 0
    for (ip in sockets) {
      locals++
      if (listed == 10 && !fuller(ip, best[10])) continue
      if (listed < 10) listed++
      for (i = listed; i > 1 && fuller(ip, best[i - 1]); i--) best[i] = best[i - 1]
      best[i] = ip
    }
    rest = ports
    for (i = 1; i <= listed; i++) {
      ip = best[i]
      rest -= distinct[ip]
      if (doubtful(ip)) doubts = doubts ip "\t" widest[ip] "\n"
      print "local\t" ip "\t" distinct[ip] + 0 "\t" far[ip] + 0 "\t" excused[ip] + 0 "\t" sockets[ip] "\t" destinations[ip] "\t" largest[ip]
    }
    print "locals\t" locals "\t" locals - listed "\t" ports "\t" rest "\t" near
    # What ss is to be asked: who owns open sockets to the fullest destination, and the flag of those of the fullest address.
    open = count["ESTAB"] + count["SYN-SENT"] + count["CLOSE-WAIT"]
    k = top[1]
    split(k, part, "\t")
    asked = (shown && open && total[k] > waiting[k] && most[k] * 100 >= capacity * 30)
    print "ask\t" (asked ? host(part[2]) ":" part[3] : "-") "\t" (listed && open && distinct[best[1]] * 100 >= capacity * 30 ? best[1] "\tsrc " host(best[1]) " and sport >= :" low " and sport <= :" high : "-\t-")
    print "doubts\n" doubts
  }`;
