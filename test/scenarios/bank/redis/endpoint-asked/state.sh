ss -Htn state established dst 10.0.8.2 | grep -q .
