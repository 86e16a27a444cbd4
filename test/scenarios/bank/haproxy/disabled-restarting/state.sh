! pgrep -x haproxy > /dev/null && test "$(systemctl is-enabled haproxy)" = disabled && test "$(systemctl show -p ActiveState haproxy.service)" = ActiveState=activating
