! pgrep -x haproxy > /dev/null && test "$(systemctl is-enabled haproxy)" = enabled
