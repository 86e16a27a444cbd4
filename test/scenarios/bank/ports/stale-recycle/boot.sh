# Both loaders, without a complaint, and the line beside the stale one still holds.
echo 1 > /proc/sys/net/ipv4/ip_forward
said=$(sysctl -p 2>&1 >/dev/null) && [ -z "$said" ] || { echo "$said"; exit 1; }
loader=/usr/lib/systemd/systemd-sysctl
[ ! -x $loader ] || ! $loader --prefix=/net 2>&1 | grep -i recycle || exit 1
[ "$(cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
