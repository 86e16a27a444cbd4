/** awk of the probe: what the tasks that share a listener wait in. */

/** Reads tasks ("pid tid" lines): what each waits in. Everything of /proc/PID/status is escaped by the kernel. */
export const TASKS = String.raw`
  BEGIN {
    n = split(ENVIRON["CALLS"], call, " ")
    for (i = 1; i <= n; i++) { split(call[i], part, "="); name[part[1]] = part[2] }
    n = split(ENVIRON["OWN"], own, "\n")
    for (i = 1; i <= n; i++) {
      split(own[i], part, " ")
      mine[part[2]] = (mine[part[2]] == "" ? "" : mine[part[2]] ",") part[3]
    }
  }
  function among(fd, list,   f, k, m) {
    m = split(list, f, ",")
    for (k = 1; k <= m; k++) if (f[k] == fd) return 1
    return 0
  }
  {
    pid = $1; tid = $2; dir = "/proc/" pid "/task/" tid
    state = ""; parent = 0; switches = 0; who = ""
    file = dir "/status"
    while ((getline line < file) > 0) {
      split(line, f, /[ \t]+/)
      if (f[1] == "Name:") { who = line; sub(/^Name:[ \t]*/, "", who); gsub(/[\t\r]/, " ", who) }
      else if (f[1] == "State:") state = f[2]
      else if (f[1] == "PPid:") parent = f[2]
      else if (f[1] ~ /^(non)?voluntary_ctxt_switches:$/) switches += f[2]
    }
    close(file)
    if (state == "") next
    cpu = 0
    file = dir "/schedstat"
    if ((getline line < file) > 0) { split(line, f, " "); cpu = int(f[1] / 1000000) }
    close(file)
    file = dir "/syscall"
    got = (getline line < file)
    close(file)
    for (i = 1; i <= 6; i++) a[i] = 0
    if (got <= 0) what = "unread"
    else {
      m = split(line, f, " ")
      if (f[1] == "running") what = "running"
      else if (f[1] == "-1") what = "none"
      else {
        what = (f[1] in name) ? name[f[1]] : "nr:" f[1]
        for (i = 1; i <= 6 && i + 1 <= m; i++) a[i] = sprintf("%.0f", hex(substr(f[i + 1], 3)))
      }
    }
    watches = "-"
    if (what ~ /^accept/) watches = among(a[1], mine[pid]) ? a[1] : "-"
    if (what ~ /^epoll/) {
      file = "/proc/" pid "/fdinfo/" a[1]
      watches = "?"
      while ((getline line < file) > 0) {
        split(line, f, /[ \t]+/)
        if (watches == "?") watches = "-"
        if (f[1] == "tfd:" && among(f[2], mine[pid])) watches = (watches == "-" ? "" : watches ",") f[2]
      }
      close(file)
    }
    if (tid == pid) print "proc", pid, parent, who
    print "task", pid, tid, state, what, a[1], a[2], a[3], a[4], sprintf("%.0f", switches), cpu, watches, (mine[pid] == "" ? "-" : mine[pid])
  }`;

/**
 * Adds to a task that polls which descriptors it polls, from the bytes of its own memory: how many, and the only one where
 * it waits to read there (POLLIN or POLLRDNORM in poll's events, the first set of select).
 */
export const POLLED = String.raw`
  BEGIN { OFS = "\t"; s = ENVIRON["S"] }
  function add(fd, to_read,   k) {
    if (to_read) reads[fd] = 1
    if (fd in seen) return
    seen[fd] = 1
    count++
    one = fd
    for (k = 1; k <= many; k++) if (listener[k] == fd) watches = (watches == "-" ? "" : watches ",") fd
  }
  $1 == "proc" {
    pid = $2; parent = $3
    sub(/^proc [0-9]+ [0-9]+ ?/, "")
    print "proc", s, pid, parent, $0
    next
  }
  {
    many = split($13, listener, ",")
    count = 0; one = "-"; watches = $12
    split("", seen); split("", reads)
    if ($5 ~ /^(read|readv|recv|accept)/) { count = 1; one = $6; reads[one] = 1 }
    if ($5 ~ /^p?poll$/ && $5 != "epoll") {
      if (NF != 13 + 8 * $7) { count = $7; watches = "?" }
      else for (i = 14; i + 7 <= NF; i += 8) if ($(i + 3) < 128) add($i + $(i + 1) * 256 + $(i + 2) * 65536, $(i + 4) % 2 || int($(i + 4) / 64) % 2)
    }
    if ($5 ~ /^p?select6?$/) {
      set = 1
      for (i = at = 14; i <= NF; i++) {
        if ($i == "?") { count = $6; watches = "?"; break }
        if ($i == "|") { at = i + 1; set++; continue }
        byte = $i + 0
        for (bit = 0; bit < 8; bit++) { if (byte % 2) add((i - at) * 8 + bit, set == 1); byte = int(byte / 2) }
      }
    }
    if (count != 1 || !(one in reads)) one = "-"
    print "task", s, $2, $3, $4, $5, count, one, watches, $10, $11
  }`;
