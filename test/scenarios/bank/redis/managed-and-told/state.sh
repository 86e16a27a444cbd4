ss -Htno dst 10.0.8.2 | grep -Eq 'timer:\(keepalive,1[12][0-9]min' 
