[ "$(ss -Htn state established sport = :7000 | wc -l)" = 4 ]
