split_over_files
cat > /etc/haproxy/conf.d/30-extra.cfg <<'END'
listen extra
  bind 127.0.0.1:81
  server z 10.0.9.11:8080
END
haproxy -W -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d/ < /dev/null > /var/log/haproxy.log 2>&1 &
n=0; until ask "show servers state" | grep -q web-1; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
# Times are told in whole seconds.
sleep 2.2
rm /etc/haproxy/conf.d/30-extra.cfg
