# Both are armed: 300 s by the own address, 100 s from the other machine.
ss -Htno state established 'src 10.0.9.1 and sport = :6379' | grep -q 'timer:(keepalive,4min' &&
  ss -Htno state established 'src 10.0.8.1 and sport = :6379' | grep -q 'timer:(keepalive,1min'
