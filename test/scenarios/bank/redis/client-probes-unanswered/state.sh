for room in '' 'ip netns exec room'; do
  $room ss -Htno state established 'dport = :6379' | grep -Eq 'timer:\(keepalive,[^,]*,([2-9]|[1-9][0-9])\)' || exit 1
done
