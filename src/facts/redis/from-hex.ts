/**
 * awk functions that write an address of /proc/net/tcp and tcp6 as people do: four-byte words in the host's order
 * (little-endian), IPv4 in IPv6 as IPv4, `::1` and `::` short, all else in eight full groups.
 */
export const FROM_HEX = `  function number(hex,   i, v) { v = 0; for (i = 1; i <= length(hex); i++) v = v * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1; return v }
  function v4(hex) { return number(substr(hex, 7, 2)) "." number(substr(hex, 5, 2)) "." number(substr(hex, 3, 2)) "." number(substr(hex, 1, 2)) }
  function fromhex(hex,   i, w, out) {
    if (length(hex) == 8) return v4(hex)
    if (substr(hex, 1, 24) == "0000000000000000FFFF0000") return v4(substr(hex, 25))
    if (hex == "00000000000000000000000001000000") return "::1"
    if (hex ~ /^0+$/) return "::"
    for (i = 0; i < 4; i++) { w = substr(hex, i * 8 + 1, 8); out = out (i ? ":" : "") substr(w, 7, 2) substr(w, 5, 2) ":" substr(w, 3, 2) substr(w, 1, 2) }
    return tolower(out)
  }
`;
