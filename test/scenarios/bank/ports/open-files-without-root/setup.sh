sh -c 'ulimit -n 200; exec perl -e "for (1 .. 192) { open(my \$f, q(<), q(/dev/null)) or die; push @kept, \$f } open(my \$m, q(>), q(/run/held)); sleep 600"' >/dev/null 2>&1 &
