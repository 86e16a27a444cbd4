/**
 * A second look at all local IPs together, where some ports look bound to port 0: connect() passes over a port that is
 * bound on any IP (measured on Linux 6.18: four IPs with 49 ports bound each, of 100, left 50 to every destination).
 * Counts the ports of the parity that bind(…, 0) tries first, of destinations that cannot have been driven to them, and all
 * ports of an IP that has none of that parity left; then those that are left to no new connection to a destination, which are
 * these and its own. `BOUND` holds lines: the age of a reusable TIME_WAIT, IPs, and destinations, in
 * the kernel's hex and in words, with whether reuse takes their TIME_WAITs and whether they are large. Hex of one width
 * sorts as its numbers do, which is what makes a row cheap.
 */
export const BOUND = String.raw`
  BEGIN {
    getline range < "/proc/sys/net/ipv4/ip_local_port_range"
    split(range, part, /[ \t]+/)
    low = sprintf("%04X", part[1]); high = sprintf("%04X", part[2])
    for (i = (part[1] + 1) % 2; i < 16; i += 2) second[sprintf("%X", i)]
    getline keep < "/proc/sys/net/ipv4/ip_local_reserved_ports"
    n = split(keep, list, ",")
    for (i = 1; i <= n; i++) {
      m = split(list[i], part, "-")
      for (p = part[1] + 0; p <= part[m] + 0; p++) reserved[sprintf("%04X", p)]
    }
    n = split(ENVIRON["BOUND"], list, "\n")
    for (i = 1; i <= n; i++) {
      m = split(list[i], part, "\t")
      if (part[1] == "aged") aged = part[2]
      else if (part[1] == "full") full[part[2]]
      else if (m == 7) {
        if (part[2]) { rank[part[4]] = ++shown; reuse[shown] = part[2] - 1; name[shown] = part[5] "\t" part[6] "\t" part[7] }
        if (part[3]) large[part[4]]
      }
    }
    mapped = "0000000000000000FFFF0000"
    ports = held = sockets = ips = 0
  }
  $1 == "sl" { next }
  {
    at = length($2) - 4
    port = substr($2, at + 1)
    if ($4 == "0A") { listens[port]; next }
    if (port < low || port > high || $4 == "03" || (port in listens) || (port in reserved)) next
    raw = substr($2, 1, at - 1)
    t = raw $3
    if (at > 9 && substr(t, 1, 24) == mapped && substr(t, 33, 24) == mapped) {
      raw = substr(raw, 25)
      t = raw substr(t, 57)
    }
    if ((t in rank) && !(reuse[rank[t]] && $4 == "06" && $6 < aged)) own[port rank[t]]
    if (!(substr(port, 4) in second) && !(raw in full)) next
    if (t in large) next
    sockets++
    if ((raw port) in seen) next
    seen[raw port]
    held++
    if (!(raw in counted)) { counted[raw]; ips++ }
    if (!(port in bound)) { bound[port]; ports++ }
  }
  END {
    for (k in own) if (!(substr(k, 1, 4) in bound)) left[substr(k, 5)]++
    best = 1
    for (i = 2; i <= shown; i++) if (left[i] > left[best]) best = i
    print "bound\t" ports "\t" held "\t" sockets "\t" ips "\t" name[best] "\t" ports + left[best]
  }`;
