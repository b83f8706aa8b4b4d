package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var fastOpen = &Rule{
	Code:     "fast-open",
	Title:    "TCP Fast Open was used",
	Group:    GroupOpening,
	Severity: Info,
	Since:    "0.1",
	Summary:  "a fast open cookie was requested or granted, or data in the SYN was accepted",
	What:     "The client asked for a fast open cookie, or used one to send data with its SYN and save a round trip.",
	Why: "With TCP Fast Open (RFC 7413) a client that holds a cookie of the server may put data into the SYN; a server that " +
		"accepts the cookie hands the data to the application before the handshake is complete (tcp_try_fastopen).",
	Confirm: []string{"ss -ti (fastopen); nstat -az TcpExtTCPFastOpenActive TcpExtTCPFastOpenPassive TcpExtTCPFastOpenCookieReqd"},
	Do:      []string{"Nothing."},
	Misreadings: []string{
		"Data in a SYN is no attack by itself, though intrusion detection may say so.",
	},
	OtherNames: []string{
		"Wireshark: TFO=R, TFO=C; tcp.options.tfo",
		"Zeek: SYN_with_data",
		"Suricata: none",
		"Snort: 129:2 data on SYN packet",
		"kernel: TcpExtTCPFastOpenActive, TcpExtTCPFastOpenPassive",
	},
	RFC:     []string{"RFC 7413 section 3", "RFC 7413 section 4.1.1"},
	Kernel:  []string{"tcp_try_fastopen", "tcp_send_syn_data"},
	Sysctl:  []string{"net.ipv4.tcp_fastopen"},
	Counter: []string{"TcpExtTCPFastOpenActive", "TcpExtTCPFastOpenPassive", "TcpExtTCPFastOpenCookieReqd"},
	needs:   hasFastOpen,
	check:   checkFastOpen,
}

func checkFastOpen(c *Case) {
	client, server := c.Sides[tcp.Initiator].FastOpen, c.Sides[tcp.Responder].FastOpen
	did := fastOpenText(client, server)
	if did == "" || client.DataRefused {
		return
	}
	d := c.fire()
	d.trigger(c.step(c.Sides[tcp.Initiator].FirstSYN.Frame), "SYN with the fast open option")
	d.context(c.step(c.Sides[tcp.Responder].FirstSYNACK.Frame), "SYN,ACK")
	d.Title = fmt.Sprintf("Fast open: %s %s", c.addr(tcp.Initiator), did)
	d.Explanation = fmt.Sprintf("%s %s.", upper(c.side(tcp.Initiator)), did)
	d.note("requested", client.Requested)
	d.note("granted", server.Cookie)
	d.note("syn_data", client.SynData)
	d.note("accepted", client.DataAcked)
}

func fastOpenText(client, server fsm.FastOpenFacts) string {
	switch {
	case client.DataAcked:
		return fmt.Sprintf("sent %s with its SYN, and they were accepted", count(client.SynData, "byte"))
	case client.Requested && server.Cookie:
		return "asked for a fast open cookie and got one"
	case client.Requested:
		return "asked for a fast open cookie and got none"
	case client.SynData > 0:
		return fmt.Sprintf("sent %s with its SYN", count(client.SynData, "byte"))
	case client.Cookie:
		return "sent a fast open cookie without data"
	}
	return ""
}
