/** sh function `by_runtime`: adds and removes servers by the runtime API, and waits for what it asked for. */
export const RUNTIME_API = String.raw`# The new servers of a table, UP or at a slow start (1): those with a check must have passed it, or at least not failed it
# within the time. HAProxy takes each server for UP before its first check: those that stay are waited for as well. What
# an administrator held before (in states) stays held, and what is taken back may have been down before.
come_up() {
  [ -z "$TAKING_BACK" ] || return 0
  end=$(($(seconds) + 10))
  while :; do
    state > "$BACKUP/now" || return 1
    waiting=$(TABLE=$1 awk '
      BEGIN {
        n = split(ENVIRON["TABLE"], line, "\n")
        for (i = 1; i <= n; i++) { split(line[i], word, " "); if (word[1] != "") new[word[1]] = " " line[i] " " }
      }
      $1 != ENVIRON["BACKEND"] { next }
      FILENAME ~ /states$/ { if ($5 != "ready") held[$2] = 1; next }
      $9 == "on" && $7 < 2 && $4 == 2 && $5 == "ready" { print "unchecked " $2 }
      !($2 in new) { next }
      { rest = new[$2]; delete new[$2] }
      ($2 in held) || rest ~ / disabled / { next }
      $5 != "ready" || ($4 != 1 && $4 != 2) || ($9 == "on" && $7 == 2) || ($9 != "on" && rest ~ / check /) { print "down " $2 }
      END { for (name in new) print "down " name }' "$BACKUP/states" "$BACKUP/now")
    [ -n "$waiting" ] || return 0
    [ "$(seconds)" -lt "$end" ] || break
    nap
  done
  case $waiting in
    *down\ *) echo "Not UP after 10 s: $(printf '%s\n' "$waiting" | sed -n 's/^down //p' | tr '\n' ' ')"; return 1 ;;
  esac
}
drained() {
  end=$(($(seconds) + 10))
  while :; do
    busy=$(cli 'show stat' | NAMES=" $1 " awk -F , '
      $1 == ENVIRON["BACKEND"] && index(ENVIRON["NAMES"], " " $2 " ") { n++; if ($3 + $5 > 0) print $2 }
      END { if (!n) print "unknown" }')
    [ -n "$busy" ] || return 0
    [ "$(seconds)" -lt "$end" ] || return 1
    nap
  done
}
deleted() {
  end=$(($(seconds) + 8))
  while :; do
    said=$(cli "del server $BACKEND/$1")
    case $said in *'Server deleted.'*) return 0 ;; esac
    [ "$(seconds)" -lt "$end" ] || { echo "del server $1: $said" > "$BACKUP/refused"; return 1; }
    nap
  done
}
# A new server is in MAINT until it is enabled: one message, so that no end of this script leaves it for an operator's.
# Status 1: the runtime API does not do it; 2: it did, and the servers do not come up.
by_runtime() {
  todo=$(difference "$1") || return 1
  case $todo in *moved\ *) return 1 ;; esac
  printf '%s\n' "$todo" | while read -r verb name endpoint rest; do
    [ "$verb" = add ] || continue
    case $endpoint in -) exit 1 ;; esac
    case $rest in *[!A-Za-z0-9_.,:/%\(\)@{}=\ -]*) exit 1 ;; esac
    words="add server $BACKEND/$name $endpoint $rest"
    case " $rest " in *' check '*) words="$words;${'${VIA}'}enable health $BACKEND/$name" ;; esac
    case " $rest " in *' agent-check '*) words="$words;${'${VIA}'}enable agent $BACKEND/$name" ;; esac
    case " $rest " in *' disabled '*) ;; *) words="$words;${'${VIA}'}enable server $BACKEND/$name" ;; esac
    said=$(cli "$words")
    case $said in *'New server registered.'*) ;; *) echo "add server $name: $(printf '%s\n' "$said" | sed -n '/./{p;q;}')" > "$BACKUP/refused"; exit 1 ;; esac
  done >/dev/null || return 1
  come_up "$(printf '%s\n' "$todo" | sed -n 's/^add //p')" || return 2
  going=$(printf '%s\n' "$todo" | sed -n 's/^remove //p' | tr '\n' ' ')
  [ -n "$going" ] || return 0
  for name in $going; do cli "set server $BACKEND/$name state drain" >/dev/null; done
  drained "$going" || return 1
  for name in $going; do
    cli "set server $BACKEND/$name state maint" >/dev/null
    deleted "$name" || return 1
  done
}
`;
