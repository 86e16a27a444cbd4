[ -e /run/held ] && [ -e /run/served ] && [ "$(ss -Htan state established sport = :40051 | wc -l)" -eq 150 ]
