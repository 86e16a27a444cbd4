[ -e /run/held2 ] && [ "$(ss -Htan state established dst 10.9.1.1:443 | wc -l)" -eq 100 ] && [ "$(ss -Htan state established dst 127.0.0.1:6379 | wc -l)" -eq 100 ]
