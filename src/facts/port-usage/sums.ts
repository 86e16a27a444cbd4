/** awk that sums up what the rows came to, and prints it: the ten busiest tuples, the ten fullest local IPs, all sums. */
export const SUMS = String.raw`
  # How many ports a number of sixteen stands for, and how many odd ones.
  function tell(m,   left, i) {
    all_in[m] = odd_in[m] = 0
    left = m
    for (i = 0; left > 0; i++) {
      if (left % 2) { all_in[m]++; odd_in[m] += i % 2 }
      left = int(left / 2)
    }
  }
  # Nearly all ports taken, nearly all to one destination and reused; or ports of the second parity, and many shared.
  function doubtful(ip) {
    if (distinct[ip] * 100 >= capacity * 85 && largest[ip] * 10 >= distinct[ip] * 8 && most[widest[ip]] * 100 < capacity * 85) return 1
    return (far[ip] - excused[ip]) * 10 >= capacity && (sockets[ip] - distinct[ip]) * 50 > sockets[ip]
  }
  # Ports that look bound to port 0, by the measure of bindingOf.
  function looks_bound(ip) {
    if ((far[ip] - excused[ip]) * 10 >= capacity) return 1
    return destinations[ip] > 1 && distinct[ip] * 2 > capacity && (sockets[ip] - distinct[ip]) * 50 <= sockets[ip]
  }
  # A port counted for an IPv4 address and for its IPv4-mapped form is one.
  function once(raw, digit) {
    held[raw]--
    if (digit in odd) odd_of[raw]--
  }
  function unmapped(raw) { return substr(raw, 1, 24) == mapped ? substr(raw, 25) : raw }
  function key_of(t) { return (index(t, ":") in main) ? main[index(t, ":")] t : t }
  function asked_of(ip) { return ip == "" ? "-\t-" : ip "\tsrc " host(ip) " and sport >= :" low " and sport <= :" high }
  function fuller(ip, other) {
    if (distinct[ip] != distinct[other]) return distinct[ip] > distinct[other]
    return ip < other
  }
  END {
    lines = NR - heads
    print "range\t" range "\nreserved\t" keep "\nreuse\t" reuse "\ndelay\t" pause "\ntimestamps\t" ts
    clients = tuples = unconnected = locals = ports = 0
    for (r in fresh) if ((t = add(r, fresh[r])) != "") waiting[t] += fresh[r]
    for (r in ripe) if ((t = add(r, ripe[r])) != "") { waiting[t] += ripe[r]; aged_of[t] += ripe[r] }
    if (clients) count["TIME-WAIT"] = clients
    for (r in tally) {
      n = tally[r]
      at = index(r, ":")
      hex = substr(r, at + 5)
      state = code[hex]
      if (state == "") { unparsed += n; continue }
      if (state == "LISTEN") { listeners += n; continue }
      count[state] += n
      if (state == "SYN-RECV") { server += n; continue }
      if (substr(r, at + 1, 4) == "0000") { unconnected += n; continue }
      if ((t = add(substr(r, 1, at + 4), n)) == "") { count[state] -= n; continue }
      if (state == "ESTAB") established[t] += n
      else kept[t " " state] += n
      if (state == "ESTAB" || state == "CLOSE-WAIT") telling[t] += n
    }
    if (listeners) count["LISTEN"] = listeners
    for (s in others) {
      if (code[s] != "") count[code[s]] += others[s]
      else unparsed += others[s]
    }
    for (s in count) print "state\t" s "\t" count[s]
    settle()
    for (r in digits) {
      raw = substr(r, 1, length(r) - 1)
      held[raw] += digits[r]
      if (substr(r, length(r)) in odd) odd_of[raw] += digits[r]
    }
    for (r in mask) {
      m = mask[r]
      if (!(m in all_in)) tell(m)
      raw = substr(r, 1, length(r) - 4)
      held[raw] += all_in[m]
      odd_of[raw] += odd_in[m]
    }
    for (raw in held) if (substr(raw, 1, 24) == mapped && (substr(raw, 25) in held)) twice = 1
    if (twice) {
      for (r in mask) {
        k = substr(r, 25)
        if (substr(r, 1, 24) != mapped || !(k in mask)) continue
        for (c in bit) if (int(mask[r] / bit[c]) % 2 && int(mask[k] / bit[c]) % 2) once(substr(r, 1, 32), c)
      }
      for (r in seen) if (substr(r, 1, 24) == mapped && (substr(r, 25) in seen)) once(substr(r, 1, 32), substr(r, 37))
    }
    # Only open connections tell whether a peer uses timestamps, and only ss shows it: asked of the five largest.
    asked = 0
    for (t in total) {
      if (total[t] * 100 < capacity * 30 || ts < 1 || !telling[t] || !waiting[t]) continue
      if (asked == 5 && total[t] <= total[bare_of[5]]) continue
      if (asked < 5) asked++
      for (i = asked; i > 1 && total[t] > total[bare_of[i - 1]]; i--) bare_of[i] = bare_of[i - 1]
      bare_of[i] = t
    }
    for (i = 1; i <= asked; i++) stamps(bare_of[i])
    shown = 0
    for (t in total) {
      n = total[t]
      if (n * 4 >= capacity) spared[raw_of(t)] += (n < near ? n : near)
      if (shown == 10 && (n < least || (n == least && t > top[10]))) continue
      works = ((t in aged_of) && ts > 0 && (reuse == 1 || (reuse == 2 && loops(t))) && !(t in bare))
      most[t] = n - (works ? aged_of[t] : 0)
      if (shown == 10 && !before(t, top[10])) continue
      if (shown < 10) shown++
      for (i = shown; i > 1 && before(t, top[i - 1]); i--) top[i] = top[i - 1]
      top[i] = t
      least = most[top[shown]]
    }
    for (raw in sockets_of) {
      ip = address(raw)
      sockets[ip] += sockets_of[raw]
      destinations[ip] += peers[raw]
      excused[ip] += spared[raw]
      if (most_of[raw] > largest[ip]) { largest[ip] = most_of[raw]; widest[ip] = to[raw] }
    }
    for (raw in held) {
      ip = address(raw)
      if (!(ip in sockets)) continue
      ports += held[raw]
      distinct[ip] += held[raw]
      far[ip] += (low % 2 ? held[raw] - odd_of[raw] : odd_of[raw])
    }
    rest = clients
    for (i = 1; i <= shown; i++) {
      t = top[i]
      rest -= total[t]
      k = read_tuple(t)
      print "tuple\t" k "\t" total[t] "\t" established[t] + 0 "\t" waiting[t] + 0 "\t" aged_of[t] + 0 "\t" most[t]
      for (s in count) if ((t " " s) in kept) print "kept\t" k "\t" s "\t" kept[t " " s]
    }
    print "sum\t" lines "\t" listeners "\t" unconnected "\t" server "\t" outside "\t" clients "\t" tuples "\t" tuples - shown "\t" rest "\t" unparsed "\t" capacity
    listed = 0
    for (ip in sockets) {
      locals++
      if (listed == 10 && !fuller(ip, best[10])) continue
      if (listed < 10) listed++
      for (i = listed; i > 1 && fuller(ip, best[i - 1]); i--) best[i] = best[i - 1]
      best[i] = ip
    }
    rest = ports
    for (i = 1; i <= listed; i++) {
      ip = best[i]
      rest -= distinct[ip]
      if (chosen == "" && looks_bound(ip)) chosen = ip
      if (doubtful(ip)) doubts = doubts (ip "\t" read_tuple(widest[ip]) "\n")
      print "local\t" ip "\t" distinct[ip] + 0 "\t" far[ip] + 0 "\t" excused[ip] + 0 "\t" sockets[ip] "\t" destinations[ip] "\t" largest[ip]
    }
    print "locals\t" locals "\t" locals - listed "\t" ports "\t" rest "\t" near
    # What ss is to be asked: who owns open sockets to the fullest destination, the flag of those of the fullest address,
    # and which side opened those of the fullest address that looks bound.
    open = count["ESTAB"] + count["SYN-SENT"] + count["CLOSE-WAIT"] + count["FIN-WAIT-2"]
    t = top[1]
    asked = (shown && open && total[t] > waiting[t] && most[t] * 100 >= capacity * 30)
    if (asked) read_tuple(t)
    print "ask\t" (asked ? host(peer) ":" port : "-") "\t" asked_of(open && distinct[best[1]] * 100 >= capacity * 30 ? best[1] : "") "\t" asked_of(open ? chosen : "")
    print "doubts\n" doubts
    # Ports that connect() passes over are looked for where a tenth of them may be such.
    for (ip in sockets) {
      if (far[ip] > excused[ip]) over += far[ip] - excused[ip]
    }
    for (raw in held) if (far[address(raw)] * 100 >= (capacity - near) * 95) filled = filled "full\t" unmapped(raw) "\n"
    if (over * 10 < capacity) exit
    print "bound\naged\t" aged "\n" filled
    for (i = 1; i <= shown; i++) {
      ranked[top[i]]
      print "tuple\t" (most[top[i]] < total[top[i]] ? 2 : 1) "\t" (total[top[i]] * 4 >= capacity) "\t" key_of(top[i]) "\t" read_tuple(top[i])
    }
    for (t in total) if (total[t] * 4 >= capacity && !(t in ranked)) print "tuple\t0\t1\t" key_of(t) "\t" read_tuple(t)
  }`;
