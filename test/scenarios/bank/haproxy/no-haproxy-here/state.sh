! pgrep -x haproxy > /dev/null
