! pgrep -x haproxy > /dev/null && test "$(systemctl is-enabled haproxy)" = disabled && ! test -d /run/systemd/system
