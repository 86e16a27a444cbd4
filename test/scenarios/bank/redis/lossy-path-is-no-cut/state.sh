ss -Htnoi dst 10.0.8.2 | tr '\n' ' ' | grep -q 'retrans:' 
