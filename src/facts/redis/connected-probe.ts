/**
 * sh function `connected`: is there a connection from here to `$host:$port`? Asked of ss, and of /proc/net/tcp and
 * tcp6, which have four-byte words in the host's order (little-endian), and IPv4 in IPv6 too.
 */
export const REDIS_CONNECTED = `
connected() {
  addresses=$host
  case $host in *:*) ;; *[!0-9.]*) addresses=$(getent ahosts "$host" 2>/dev/null | cut -d ' ' -f 1 | sort -u | head -n 8) ;; esac
  for address in $addresses; do
    case $address in *:*) shown="[$address]" ;; *) shown=$address ;; esac
    ss -Htn state established dst "$shown" dport = ":$port" 2>/dev/null | grep -q . && return 0
    ADDRESS=$address PORT=$port awk '
      function turned(hex) { return substr(hex, 7, 2) substr(hex, 5, 2) substr(hex, 3, 2) substr(hex, 1, 2) }
      function hex4(text,   part) { split(text, part, "."); return turned(sprintf("%02X%02X%02X%02X", part[1], part[2], part[3], part[4])) }
      function hex6(text,   half, left, right, n, m, i, group, out) {
        split(text, half, "::")
        n = split(half[1], left, ":")
        m = split(half[2], right, ":")
        for (i = 1; i <= 8; i++) {
          group = i <= n ? left[i] : i > 8 - m ? right[i - 8 + m] : ""
          out = out substr("0000" group, length(group) + 1)
        }
        for (i = 0; i < 4; i++) group = (i ? group : "") turned(substr(out, i * 8 + 1, 8))
        return toupper(group)
      }
      BEGIN {
        to = ENVIRON["ADDRESS"]
        end = sprintf(":%04X", ENVIRON["PORT"])
        peer = to ~ /:/ ? hex6(to) : hex4(to)
      }
      $4 == "01" && ($3 == peer end || $3 == "0000000000000000FFFF0000" peer end) { found = 1; exit }
      END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null && return 0
  done
  return 1
}
`;
