import { framed } from '../framing.js';

/**
 * Reads one file for the fact `file`: `FILE`, and `CONTENT` (nothing, `hash` or `text`). What is not there and what the
 * caller may not see are told apart by the words of `ls`, for a missing right on any directory above hides it, too.
 */
export const FILE_PROBE = framed(
  'file',
  String.raw`
digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum
  else busybox sha256sum
  fi < "$FILE" 2>/dev/null | cut -c 1-64
}
type_of() {
  if [ -f "$FILE" ]; then echo file
  elif [ -d "$FILE" ]; then echo directory
  elif [ -b "$FILE" ] || [ -c "$FILE" ]; then echo device
  elif [ -p "$FILE" ]; then echo pipe
  elif [ -S "$FILE" ]; then echo socket
  else echo other
  fi
}
gather() {
  printf 'path\t%s\n' "$FILE"
  printf 'root\t%s\n' "$(id -u)"
  if [ -L "$FILE" ]; then printf 'link\t%s\n' "$(printf '%s' "$(readlink "$FILE")" | tr -c '\040-\176' '?')"; fi
  if [ ! -e "$FILE" ]; then
    said=$(ls -dL "$FILE" 2>&1 >/dev/null)
    case $said in
      *'ermission denied'*) echo hidden ;;
      *'o such file'*|*'ot a directory'*) echo absent; [ -d "${'$'}{FILE%/*}/" ] || echo placeless ;;
      *) echo hidden ;;
    esac
    return 0
  fi
  printf 'type\t%s\n' "$(type_of)"
  printf 'stat\t%s\n' "$(stat -L -c '%a	%u	%g	%s	%U	%G' "$FILE" 2>/dev/null)"
  [ -n "$CONTENT" ] && [ -f "$FILE" ] || return 0
  if [ ! -r "$FILE" ]; then echo unreadable; return 0; fi
  if [ "$CONTENT" = hash ]; then printf 'sha256\t%s\n' "$(digest)"; return 0; fi
  printf 'bytes\t%s\n' "$(head -c 65537 "$FILE" | wc -c | tr -dc 0-9)"
  printf 'nul\t%s\n' "$(head -c 65537 "$FILE" | tr -dc '\000' | wc -c | tr -dc 0-9)"
  head -c 65537 "$FILE" | sed 's/^/text	/'
  if [ -z "$(tail -c 1 "$FILE" | tr -d '\n\000')" ]; then echo ended; else printf '\nopen\n'; fi
}
`,
);
