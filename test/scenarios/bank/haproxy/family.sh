# What the setups of this family have in common; put before each of them.
# ADDRESS...: servers on port 8080 that answer with their address.
# Asked for with &: exec, since the shell of a function that stayed would hold the output that is waited for.
backends() {
exec perl -MIO::Socket::INET -MIO::Select -e '
  $s = IO::Select->new;
  for (@ARGV) { $l = IO::Socket::INET->new(LocalAddr => $_, LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die; $name{$l} = $_; $s->add($l) }
  while (@r = $s->can_read) { for (@r) { $c = $_->accept or next; sysread $c, $b, 4096; print $c "HTTP/1.0 200 OK\r\n\r\n$name{$_}\n"; close $c } }
' "$@"
}

# COMMAND: what the runtime API answers.
ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }

# ADDRESS...: the HAProxy that was just started has these servers of app and no other, all UP, and requests are answered.
serves() {
for a; do ip addr add $a/32 dev lo; done
backends "$@" < /dev/null > /dev/null 2>&1 &
wanted=$(printf '%s 2 0\n' "$@")
n=0; until [ "$(ask "show servers state app" | awk '/ 10\./ { print $5, $6, $7 }' | sort)" = "$wanted" ]; do n=$((n + 1)); test $n -lt 100 || { ask "show servers state app"; return 1; }; sleep 0.1; done
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || return 1; done > /dev/null
}

# STATE: systemd runs and says that of haproxy.service (there is no bus to ask here); what is enabled is read from the files.
systemd_runs() {
mkdir -p /run/systemd/system
cp /usr/bin/systemctl /run/systemctl.real
cat > /run/systemctl <<END
#!/bin/sh
[ "\$1" != show ] || { echo ActiveState=$1; exit 0; }
exec /run/systemctl.real --root=/ "\$@"
END
chmod 755 /run/systemctl
mount --bind /run/systemctl /usr/bin/systemctl
}

# [OPTION...]: writes a configuration whose backend app has web-1 to web-3, each with these options.
three_servers() {
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<END
global
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:80
  default_backend app
backend app
  balance roundrobin
  server web-1 10.0.9.11:8080 check inter 500ms${*:+ $*}
  server web-2 10.0.9.12:8080 check inter 500ms${*:+ $*}
  server web-3 10.0.9.13:8080 check inter 500ms${*:+ $*}
END
chmod 640 /etc/haproxy/haproxy.cfg
}

# ADDRESS...: a master and a worker of that file, before servers at these addresses.
runs_before() {
for a; do ip addr add $a/32 dev lo; done
backends "$@" < /dev/null > /var/log/backends.log 2>&1 &
haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
}

# Likewise, whose servers answer 400 where no PROXY header comes first; boot.sh finds them in /root/proxied.pl.
three_proxied() {
three_servers send-proxy check-send-proxy
for a in 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14; do ip addr add $a/32 dev lo; done
cat > /root/proxied.pl <<'END'
use IO::Socket::INET; use IO::Select;
$s = IO::Select->new;
for (@ARGV) { $l = IO::Socket::INET->new(LocalAddr => $_, LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die; $name{$l} = $_; $s->add($l) }
while (@r = $s->can_read) { for (@r) { $c = $_->accept or next; sysread $c, $b, 4096;
  print $c $b =~ /^PROXY / ? "HTTP/1.0 200 OK\r\n\r\n$name{$_}\n" : "HTTP/1.0 400 Bad Request\r\n\r\n"; close $c } }
END
perl /root/proxied.pl 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 < /dev/null > /var/log/backends.log 2>&1 &
haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
}

# The package's unit, disabled.
a_disabled_unit() {
mkdir -p /etc/systemd/system/multi-user.target.wants
cat > /etc/systemd/system/haproxy.service <<'END'
[Service]
ExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg
[Install]
WantedBy=multi-user.target
END
}

# Writes a configuration of one file and a directory, whose backend app has web-1 to web-3, and starts four servers.
split_over_files() {
for a in 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14; do ip addr add $a/32 dev lo; done
backends 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 < /dev/null > /var/log/backends.log 2>&1 &
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
END
chmod 640 /etc/haproxy/haproxy.cfg
mkdir -p /etc/haproxy/conf.d
cat > /etc/haproxy/conf.d/10-front.cfg <<'END'
frontend web
  bind 127.0.0.1:80
  default_backend app
END
chmod 640 /etc/haproxy/conf.d/10-front.cfg
mkdir -p /etc/haproxy/conf.d
cat > /etc/haproxy/conf.d/20-app.cfg <<'END'
backend app
  default-server inter 500ms
  server web-1 10.0.9.11:8080 check inter 500ms
  server web-2 10.0.9.12:8080 check inter 500ms
  server web-3 10.0.9.13:8080 check inter 500ms
END
chmod 640 /etc/haproxy/conf.d/20-app.cfg
echo broken > /etc/haproxy/conf.d/20-app.cfg.bak
}
