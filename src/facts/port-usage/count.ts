import { SUMS } from './sums.js';
import { TUPLES } from './tuples.js';

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
      m = split(list[i], part, "-")
      for (p = part[1] + 0; p <= part[m] + 0 && p <= high; p++) {
        if (p < low || (name_of(p) in reserved)) continue
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

/** Rows of the first local IP of a table are counted without joining texts, which is most of the cost in busybox awk. */
const ROWS = `
  substr($2, 1, wide) in mine {
    if (!box) mark()
    else if (!seen[$2]++) digits[substr($2, last)]++
    if ($4 != "06") tally[$3 $4]++
    else if ($6 < aged) ripe[$3]++
    else fresh[$3]++
    next
  }
  {
    start = substr($2, 1, wide)
    if (start in owner) raw = owner[start]
    else {
      if ($1 == "sl") { heads++; settle(); w = 99; next }
      p = substr($2, index($2, ":") + 1)
      if (w == 99) {
        if ($4 == "0A") {
          listeners++
          delete whole[substr(p, 1, 2)]
          if ($2 ~ /^0+:/) anywhere[p]
          else here[$2]
          next
        }
        w = index($2, ":"); wide = w + 2; last = w + 4
        start = substr($2, 1, wide)
      }
      if ((p in anywhere) || ($2 in here)) { server++; others[$4]++; next }
      number = byte[substr(p, 1, 2)] * 256 + byte[substr(p, 3)]
      if (number < low || number > high || (p in reserved)) { outside++; others[$4]++; next }
      raw = substr($2, 1, w - 1)
      if (!(w in main)) main[w] = raw
      if (substr(p, 1, 2) in whole) {
        if (raw == main[w]) mine[start]
        else owner[start] = raw
      }
    }
    if (!box) mark()
    else if (!seen[$2]++) digits[raw substr($2, last)]++
    k = (raw == main[w] ? "" : raw) $3
    if ($4 != "06") tally[k $4]++
    else if ($6 < aged) ripe[k]++
    else fresh[k]++
  }
  # Sixteen ports are one number.
  function mark(   k, one, m) {
    k = substr($2, 1, w + 3); one = bit[substr($2, last)]
    if (int((m = mask[k]) / one) % 2 == 0) mask[k] = m + one
  }
  # The last digits of the ports of main, which a table leaves without their IP.
  function settle(   c) {
    for (c in bit) if (c in digits) { digits[main[w] c] += digits[c]; delete digits[c] }
  }`;

/**
 * Counts sockets in one pass of awk (mawk, gawk or busybox) over /proc/net/tcp6 and /proc/net/tcp: one array element for
 * each group of alike sockets and one for each local port, so that fifty thousand sockets cost a fifth of a second; every
 * operation a row counts. Rows of listeners come first in every table of the kernel (`tcp_seq_start`,
 * `inet_diag_dump_icsk`), so a connection's listener is known before it.
 */
export const COUNT = `
  function name_of(p) { return sprintf("%04X", p) }
  function setting(name,   line) {
    if ((getline line < ("/proc/sys/net/ipv4/" name)) < 1) line = ""
    return line
  }
${TUPLES}
  BEGIN {
    for (i = 0; i < 256; i++) byte[sprintf("%02X", i)] = i
    n = split("ESTAB SYN-SENT SYN-RECV FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT UNCONN CLOSE-WAIT LAST-ACK LISTEN CLOSING SYN-RECV", names, " ")
    for (i = 1; i <= n; i++) code[sprintf("%02X", i)] = names[i]
    mapped = "0000000000000000FFFF0000"; one6 = "00000000000000000000000001000000"
    ${SETTINGS}
    w = wide = 99
    # The hundredths of a second left are printed in hex of fixed width: as text they sort by number.
    aged = sprintf("03:%08X", aged * 100)
    for (i = int((low + 255) / 256) * 256; i + 255 <= high; i += 256) whole[substr(name_of(i), 1, 2)]
    for (p in reserved) delete whole[substr(p, 1, 2)]
  }
  ${ROWS}
  ${SUMS}`;
