import { ADDRESS } from './hex-address.js';

/**
 * awk functions on tuples by their key, the kernel's hex: local IP, peer and its port, without the local IP of `main`.
 * Only those that are told are put into words: of fifty thousand sockets each may have its own.
 */
export const TUPLES = String.raw`${ADDRESS}
  # The local IP in hex of a key, which leaves that of main out.
  function raw_of(t,   at) {
    at = index(t, ":")
    return (at in main) ? main[at] : substr(t, 1, (at - 1) / 2)
  }
  # A key of tcp6 between two IPv4 addresses, as tcp would have it.
  function plain(t, at,   ip, peer, port) {
    port = substr(t, at)
    if (at in main) { ip = main[at]; peer = substr(t, 1, 32) }
    else { ip = substr(t, 1, 32); peer = substr(t, 33, 32) }
    if (substr(ip, 1, 24) != mapped || substr(peer, 1, 24) != mapped) return t
    ip = substr(ip, 25)
    return (ip == main[9] ? "" : ip) substr(peer, 25) port
  }
  # Adds n sockets to their tuple, and gives its key; nothing where it makes no sense.
  function add(t, n,   at, raw) {
    at = index(t, ":")
    if (at > 17) { t = plain(t, at); at = index(t, ":") }
    if (t !~ /^[0-9A-F]+:[0-9A-F][0-9A-F][0-9A-F][0-9A-F]$/ || !((at in main) || at == 17 || at == 65)) { unparsed += n; return "" }
    clients += n
    raw = (at in main) ? main[at] : substr(t, 1, (at - 1) / 2)
    if (!(t in total)) { tuples++; peers[raw]++ }
    sockets_of[raw] += n
    n = (total[t] += n)
    if (n > most_of[raw]) { most_of[raw] = n; to[raw] = t }
    return t
  }
  # Local IP, peer and its port in words, set as ip, peer and port.
  function read_tuple(t,   at) {
    at = index(t, ":")
    ip = address(raw_of(t))
    peer = address((at in main) ? substr(t, 1, at - 1) : substr(t, (at + 1) / 2, (at - 1) / 2))
    port = byte[substr(t, at + 1, 2)] * 256 + byte[substr(t, at + 3)] ""
    return ip "\t" peer "\t" port
  }
  function host(ip) { return ip ~ /:/ ? "[" ip "]" : ip }
  # Whether the local IP of a tuple or its peer is of the loopback, 127.0.0.0/8 or ::1.
  function loops(t,   at, raw) {
    at = index(t, ":")
    raw = raw_of(t)
    if (length(raw) == 8) return substr(raw, 7) == "7F" || substr(t, at - 2, 2) == "7F"
    return raw == one6 || substr(t, at - 32, 32) == one6
  }
  function before(t, other) {
    if (most[t] != most[other]) return most[t] > most[other]
    if (total[t] != total[other]) return total[t] > total[other]
    return t < other
  }
  # Open connections of a tuple, and how many of them carry TCP timestamps, which ss shows with -o only; older versions of ss print two lines for one.
  function stamps(t,   n, with, row, command, k) {
    k = read_tuple(t)
    command = "ss -Htnoi state established state close-wait \"dst " host(peer) ":" port " and src " host(ip) "\" 2>/dev/null"
    n = with = 0
    while (n <= 300 && (command | getline row) > 0) {
      if (row ~ /^[^ \t]/) n++
      if (index(row " ", " ts ")) with++
    }
    close(command)
    if (!n) return
    print "stamps\t" k "\t" n "\t" with
    if (!with) bare[t]
  }`;
