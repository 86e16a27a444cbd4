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
