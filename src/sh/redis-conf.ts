/**
 * POSIX sh that reads a Redis configuration file as the server does: `conf_value DIRECTIVE FILE`, the last one counts,
 * its name in any case, its value without quotes and their escapes (sdssplitargs of redis 7.0.15: `\x41`, `\n` ...
 * between double ones, `\'` between single ones). A value with a line end or another control character, which no
 * argument and no variable of sh carries whole, is none.
 */
export const REDIS_CONF = String.raw`
conf_value() {
  [ -n "$2" ] && [ -f "$2" ] && [ -r "$2" ] || return 0
  DIRECTIVE=$1 LC_ALL=C awk '
    function hex(digit) { return index("0123456789abcdef", tolower(digit)) - 1 }
    function escaped(text, at) {
      if (substr(text, at) ~ /^x[0-9A-Fa-f][0-9A-Fa-f]/) {
        skip = 3
        return sprintf("%c", 16 * hex(substr(text, at + 1, 1)) + hex(substr(text, at + 2, 1)))
      }
      skip = 1
      return substr(text, at, 1) ~ /[nrba]/ ? "\n" : substr(text, at, 1) == "t" ? "\t" : substr(text, at, 1)
    }
    function unquoted(text,   out, quote, i, c) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (quote == "\"" && c == "\\") {
          if (substr(text, i + 1) ~ /^x00/) return ""
          out = out escaped(text, i + 1)
          i += skip
        }
        else if (quote == "\047" && substr(text, i, 2) == "\\\047") { out = out "\047"; i++ }
        else if (quote == "" && (c == "\"" || c == "\047")) quote = c
        else if (c == quote) quote = ""
        else out = out c
      }
      return out ~ /[\001-\010\012-\037\177]/ ? "" : out
    }
    {
      sub(/\r$/, "")
      sub(/^[ \t]+/, "")
      name = $0
      sub(/[ \t].*/, "", name)
      gsub(/["\047]/, "", name)
      if (tolower(name) != ENVIRON["DIRECTIVE"]) next
      value = $0
      sub(/^[^ \t]+/, "", value)
      gsub(/^[ \t]+|[ \t]+$/, "", value)
      found = unquoted(value)
    }
    END { if (found != "") print found }' "$2"
}
`;
