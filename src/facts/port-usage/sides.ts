/**
 * Which side opened the connections of a local IP that looks bound: lines of ss, listeners first. The SYN of the side that
 * connects counts in its bytes_acked, that of the side that accepts does not (measured on Linux 6.18). Only ports of the
 * parity that bind(…, 0) tries first and that nobody listens on any more are looked at, of at most 300 connections.
 * Where ss lacks bytes_sent, or data is on its way, a connection tells nothing.
 */
export const SIDES = String.raw`
  BEGIN { getline range < "/proc/sys/net/ipv4/ip_local_port_range"; low = range + 0 }
  { port = $4; sub(/^.*:/, "", port) }
  $1 == "LISTEN" { listens[port]; next }
  (port in listens) || (port - low) % 2 == 0 { next }
  ++n > 300 { exit }
  $1 == "SYN-SENT" { opened++; next }
  {
    acked = sent = segments = unsure = 0
    for (i = 6; i <= NF; i++) {
      split($i, part, ":")
      if (part[1] == "bytes_acked") acked = part[2]
      else if (part[1] == "bytes_sent") sent += part[2]
      else if (part[1] == "bytes_retrans") sent -= part[2]
      else if (part[1] == "segs_in") segments = 1
      else if (part[1] == "data_segs_out") unsure += 1
      else if (part[1] == "unacked") unsure += 2
    }
    if (!segments || unsure >= 2 || (unsure == 1 && $0 !~ / bytes_sent:/)) next
    if (acked == sent + 1) opened++
    else if (acked == sent) accepted++
  }
  END { print "sides\t" ip "\t" opened + 0 "\t" accepted + 0 }`;
