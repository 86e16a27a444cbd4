sleep 3; ss -Htn state established dst 10.0.8.2 | grep -q . && [ ! -e /run/answered ]
