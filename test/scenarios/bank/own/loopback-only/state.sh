[ "$(ss -Htn state close-wait sport = :7000 | wc -l)" = 4 ]
