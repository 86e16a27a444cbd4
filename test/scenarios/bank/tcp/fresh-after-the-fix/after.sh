n=0; until [ -e /run/again ] || [ $((n += 1)) -gt 50 ]; do sleep 0.1; done
[ -e /run/again ] || exit 1
[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && grep -q '^net.ipv4.tcp_tw_reuse = 1$' /etc/sysctl.d/99-zz-runbolt.conf || exit 1
# The audit that follows is not the proof: it may find them old.
sleep 1.2
