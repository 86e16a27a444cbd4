import { ADDRESSES } from './sockets-awk.js';
import { POLLED, TASKS } from './tasks-awk.js';

/** sh functions `sharers`, `tasks` and `descriptors`: who shares a listener, what its tasks wait in, on what. */
export const TASKS_PROBE = String.raw`# inode pid fd of everyone who shares one of the sockets named in INODES, of the processes given
sharers() {
  # with one directory alone ls prints no heading
  ls $LS "$@" /proc/self/task 2>&1 | awk '
    BEGIN { n = split(ENVIRON["INODES"], row, " "); for (i = 1; i <= n; i++) want[row[i]] = 1 }
    /^\/proc\/[0-9]+\/fd:$/ { split($0, part, "/"); pid = part[3]; next }
    /ermission denied$/ { denied++; next }
    $NF ~ /^socket:\[[0-9]+\]$/ && $(NF - 1) == "->" {
      inode = substr($NF, 9, length($NF) - 9)
      if (inode in want) print inode, pid, $(NF - 2)
    }
    END { print "denied", denied + 0 }'
}
MOST_TASKS=600
task_list() {
  for pid in $PIDS; do echo /proc/$pid/task/[0-9]*; done | tr ' ' '\n' | awk -F / 'NF == 5 && $5 ~ /^[0-9]+$/ { print $3, $5 }'
}
# the memory of process $1 from address $2: $3 units of 8 bytes, as decimal bytes
memory() {
  unit=8; count=$3
  [ $(($2 % 8)) -eq 0 ] || { unit=1; count=$(($3 * 8)); }
  dd "if=/proc/$1/mem" bs=$unit skip=$(($2 / unit)) count=$count 2>/dev/null | od -An -v -tu1 | tr -s ' \n' ' '
}
polled() {
  reads=0
  while read -r kind pid tid state call a b c d rest; do
    printf '%s' "$kind $pid $tid $state $call $a $b $c $d $rest"
    case "$kind $call" in
    'task poll'|'task ppoll')
      reads=$((reads + 1))
      if [ $reads -gt 64 ] || [ "$b" -gt 256 ]; then printf ' ?'
      elif [ "$b" -gt 0 ]; then bytes=$(memory $pid $a $b); printf ' %s' "$(lines "$bytes" | grep . || echo '?')"; fi ;;
    'task select'|'task pselect6')
      reads=$((reads + 1))
      if [ $reads -gt 64 ] || [ "$a" -gt 1024 ]; then printf ' ?'
      elif [ "$a" -gt 0 ]; then
        for set in $b $c $d; do
          [ $set -ne 0 ] || { printf ' |'; continue; }
          bytes=$(memory $pid $set $(((a + 63) / 64)))
          printf ' %s |' "$(lines "$bytes" | grep . || echo '?')"
        done
      fi ;;
    esac
    printf '\n'
  done
}
tasks() {
  task_list | head -n $MOST_TASKS | awk '${ADDRESSES}${TASKS}' | polled | awk '${POLLED}'
}
# what the descriptors of FDS ("pid fd" lines) are: only sockets are of interest
descriptors() {
  set --
  while read -r pid fd; do set -- "$@" "/proc/$pid/fd/$fd"; done <<END_OF_LIST
$FDS
END_OF_LIST
  ls $LS "$@" 2>/dev/null | awk -v s="$S" '
    $(NF - 1) == "->" && $(NF - 2) ~ /^\/proc\/[0-9]+\/fd\/[0-9]+$/ {
      split($(NF - 2), part, "/")
      print "fd\t" s "\t" part[3] "\t" part[5] "\t" ($NF ~ /^socket:\[[0-9]+\]$/ ? substr($NF, 9, length($NF) - 9) : "none")
    }'
}
`;
