/**
 * What starts a server by a command line: units and their drop-ins, supervisord, runit, init scripts. As shell
 * patterns.
 */
const STARTERS = [
  ...['/etc', '/run', '/usr/local/lib', '/lib'].flatMap((top) => [
    `${top}/systemd/system/*.service`,
    `${top}/systemd/system/*.service.d/*.conf`,
  ]),
  ...['/etc/supervisord.conf', '/etc/supervisor/*.conf', '/etc/supervisor/conf.d/*', '/etc/supervisord.d/*'],
  ...['/etc/sv/*/run', '/etc/service/*/run', '/etc/init.d/*', '/etc/rc.local', '/etc/rc.d/rc.local'],
].join(' ');

/**
 * sh function `setters`: what sets tcp-keepalive of the server at `$port` with the file `$path` after that file at a
 * start, `setter N WHO VALUE`: a program's argument or CONFIG SET in what starts programs on this host. VALUE is `?`
 * where that does not tell it, or names other servers too; what names others alone, by their files or ports, is left
 * out. The places are looked through once a host.
 */
export const REDIS_SETTERS = String.raw`
looked=''
set_by() {
  CONF=$path PORT=$port awk '
    /^[ \t]*[#;]/ { next }
    {
      n = split($0, word, /[ \t"=\047]+/)
      for (i = 1; i <= n; i++) {
        at = tolower(word[i])
        if (word[i] ~ /^\/.*\.conf$/ && word[i] !~ /%/) { if (word[i] == ENVIRON["CONF"]) mine = 1; else others = 1 }
        if ((at == "--port" || at == "-p") && word[i + 1] ~ /^[0-9]+$/) { if (word[i + 1] == ENVIRON["PORT"]) mine = 1; else others = 1 }
        if (at == "--tcp-keepalive" || (at == "tcp-keepalive" && tolower(word[i - 1]) == "set")) {
          if (found && value != word[i + 1]) mixed = 1
          value = word[i + 1]
          found = 1
        }
      }
    }
    END { if (found && (mine || !others)) print (mixed || (mine && others) || value !~ /^[0-9]+$/) ? "?" : value }' "$1"
}
setters() {
  if [ -z "$looked" ]; then
    looked=1
    starters=$(grep -lsiE -e '--tcp-keepalive|config set tcp-keepalive' ${STARTERS})
  fi
  [ -z "$by_arguments" ] || emit setter 'its command line' "$by_arguments"
  for starter in $starters; do
    value=$(set_by "$starter")
    [ -z "$value" ] || emit setter "$starter" "$value"
  done
}
`;
