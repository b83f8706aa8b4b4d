#!/usr/bin/env bash
# Records the captures of this directory from real Linux kernels: three network namespaces, client - router - server,
# joined by veth pairs. Needs root, iproute2, tcpdump, dumpcap, editcap, mergecap, python3, gzip and zstd.
# Usage: record.sh OUTPUT-DIRECTORY
set -euo pipefail
out=$(realpath "$1")
c=rec$$c r=rec$$r s=rec$$s
trap 'for n in $c $r $s; do ip netns del $n 2>/dev/null || true; done' EXIT
for n in $c $r $s; do ip netns add $n; ip -n $n link set lo up; done
ip link add cr netns $c type veth peer name rc netns $r
ip link add rs netns $r type veth peer name sr netns $s
address() { ip -n "$1" link set "$2" up; ip -n "$1" addr add "$3" dev "$2"; ip -n "$1" addr add "$4" dev "$2" nodad; }
address $c cr 10.1.0.1/24 fd01::1/64
address $r rc 10.1.0.254/24 fd01::fe/64
address $r rs 10.2.0.254/24 fd02::fe/64
address $s sr 10.2.0.2/24 fd02::2/64
for n in $c $s; do
  via=$([ $n = $c ] && echo 1 || echo 2)
  ip -n $n route add default via 10.$via.0.254
  ip -n $n -6 route add default via fd0$via::fe
done
ip netns exec $r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

# One tunnel between client and server.
ip -n $c link add vx type vxlan id 42 local 10.1.0.1 remote 10.2.0.2 dstport 4789
ip -n $s link add vx type vxlan id 42 local 10.2.0.2 remote 10.1.0.1 dstport 4789
address $c vx 10.21.0.1/24 fd21::1/64
address $s vx 10.21.0.2/24 fd21::2/64

cat >"$out/talk.py" <<'PY'
import socket, sys
def listen(*a):
    l = socket.create_server(("::", 8080), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
    while True:
        k, _ = l.accept()
        while d := k.recv(65536): k.sendall(d[:200])
        k.close()
def talk(size, *hosts):
    for h in hosts:
        try:
            k = socket.create_connection((h, 8080), 3)
            k.sendall(b"x" * int(size)); k.shutdown(socket.SHUT_WR)
            while k.recv(65536): pass
            k.close()
        except OSError as e: print(h, e, file=sys.stderr)
{"listen": listen, "talk": talk}[sys.argv[1]](*sys.argv[2:])
PY
ip netns exec $s python3 "$out/talk.py" listen & listener=$!
ip netns exec $c python3 "$out/talk.py" listen & listener2=$!
sleep 1
talk() { ip netns exec $c python3 "$out/talk.py" talk "$@"; sleep 0.5; }
# record FILE COMMAND...: the command that captures, in the namespace that is named first; ended by finish.
record() { ip netns exec "$@" 2>/dev/null & recorder=$!; sleep 1; }
finish() { sleep 1; kill -INT $recorder; wait $recorder || true; }

record $c tcpdump -Z root -i lo -U -w "$out/loopback.pcap" tcp; talk 3001 127.0.0.1 ::1; finish
record $r tcpdump -Z root -i rc -U -w "$out/router.pcap"; talk 5001 10.2.0.2 fd02::2; finish
record $r tcpdump -Z root -i any -y LINUX_SLL -U -w "$out/any.pcap"; talk 300 10.2.0.2 fd02::2; finish
record $r tcpdump -Z root -i any -y LINUX_SLL2 -U -w "$out/any2.pcap"; talk 300 10.2.0.2 fd02::2; finish
record $r dumpcap -q -i rc -i rs -w "$out/two-interfaces.pcapng"; talk 300 10.2.0.2; finish
record $r tcpdump -Z root -i rc -U -w "$out/vxlan.pcap"; talk 300 10.21.0.2 fd21::2; finish
# The router has no way to the first two, refuses the third, and is too narrow for the last.
ip -n $r route add unreachable 10.3.0.0/24
ip -n $r -6 route add unreachable fd03::/64
ip -n $r route add prohibit 10.4.0.0/24
ip -n $r link set rs mtu 1280
ip -n $s link set sr mtu 9000
record $r tcpdump -Z root --nano -i rc -U -w "$out/icmp-nano.pcap"; talk 3001 10.3.0.1 fd03::1 10.4.0.1 10.2.0.2 fd02::2; finish

kill $listener $listener2
rm "$out/talk.py"
editcap -F pcap -s 62 "$out/router.pcap" "$out/cut.pcap"
editcap -F pcapng "$out/loopback.pcap" "$out/loopback.pcapng"
mergecap -F pcapng -w "$out/merged.pcapng" "$out/any.pcap" "$out/loopback.pcap"
gzip -nk9 "$out/loopback.pcap"
zstd -q19 "$out/loopback.pcapng"
rm "$out/loopback.pcapng"
