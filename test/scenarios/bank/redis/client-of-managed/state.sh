ss -Htno dst 10.0.8.2 | grep -Eq 'timer:\(keepalive,1[12][0-9]min' && redis-cli -h 10.0.8.2 CONFIG GET timeout | grep -q 'unknown command' 
