[ -e /run/held ] && [ "$(ip netns exec shop ss -Htan state established '( sport >= :40000 and sport <= :40199 )' | wc -l)" -eq 95 ]
