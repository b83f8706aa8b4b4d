package findings

import (
	"fmt"

	"github.com/lastack/lastack/fsm"
	"github.com/lastack/lastack/tcp"
)

var fastOpenRejected = &Rule{
	Code:     "fast-open-rejected",
	Title:    "The data in a SYN was not accepted",
	Group:    GroupOpening,
	Severity: Notice,
	Since:    "0.1",
	Summary:  "the SYN,ACK does not acknowledge the data in the SYN, which had to be sent again",
	What: "The client sent data with its SYN. The server's answer acknowledged the SYN alone, so the data had to be sent " +
		"again after the handshake: fast open saved nothing.",
	Why: "A server takes SYN data only with a cookie that it gave itself and while its fast open queue has room " +
		"(RFC 7413 section 4.1.2; tcp_fastopen_queue_check, tcp_fastopen_cookie_gen_check); else it answers as to a plain " +
		"SYN. A cookie that was made with another key, by another server behind the same address, is the usual reason.",
	Confirm: []string{
		"on the server: nstat -az TcpExtTCPFastOpenPassiveFail TcpExtTCPFastOpenListenOverflow",
		"on the client: nstat -az TcpExtTCPFastOpenActiveFail; ip tcp_metrics show",
		"on the server: sysctl net.ipv4.tcp_fastopen (bit 2 enables the server)",
	},
	Do: []string{
		"Behind a load balancer give all servers the same net.ipv4.tcp_fastopen_key.",
		"Check the application's TCP_FASTOPEN queue length.",
	},
	Misreadings: []string{"No data was lost: the client sends it again in the ordinary way."},
	OtherNames: []string{
		"Wireshark: TCP Retransmission of the first data",
		"Zeek: SYN_with_data",
		"Suricata: stream.3whs_synack_tfo_data_ignored",
		"Snort: 129:2 data on SYN packet",
		"kernel: TcpExtTCPFastOpenActiveFail, TcpExtTCPFastOpenPassiveFail",
	},
	RFC:     []string{"RFC 7413 section 4.1.2", "RFC 7413 section 4.2.2"},
	Kernel:  []string{"tcp_try_fastopen", "tcp_rcv_fastopen_synack"},
	Sysctl:  []string{"net.ipv4.tcp_fastopen", "net.ipv4.tcp_fastopen_key"},
	Counter: []string{"TcpExtTCPFastOpenActiveFail", "TcpExtTCPFastOpenPassiveFail", "TcpExtTCPFastOpenListenOverflow"},
	Absorbs: []string{"fast-open"},
	needs:   hasFastOpen,
	check:   checkFastOpenRejected,
}

func checkFastOpenRejected(c *Case) {
	client := c.Sides[tcp.Initiator].FastOpen
	if !client.DataRefused || client.SynData == 0 {
		return
	}
	syn := c.first(func(s *fsm.Step) bool { return s.Notes.Has(fsm.SynData) })
	answer := c.first(func(s *fsm.Step) bool { return s.Notes.Has(fsm.SynDataRefused) })
	again := c.answersRepetition(syn, answer)
	if again && answer.Options&tcp.OptTimestamps != 0 {
		return
	}
	d := c.fire()
	d.Blame = BlameResponder
	d.trigger(syn, "SYN with data")
	d.trigger(answer, "SYN,ACK of the SYN alone")
	if again {
		d.unsure(Possible, "a path that loses SYNs with data: the answer is to the repetition, which has none")
	}
	d.Title = fmt.Sprintf("%s did not accept the data in the SYN", c.addr(tcp.Responder))
	d.Explanation = fmt.Sprintf("%s sent %s with its SYN to %s. The answer acknowledged the SYN alone, so they had to be sent "+
		"again after the handshake.", upper(c.side(tcp.Initiator)), count(client.SynData, "byte"), c.addr(tcp.Responder))
	d.note("syn_data", client.SynData)
}

// answersRepetition reports whether a SYN,ACK answers a later SYN than the one with data: it echoes
// that one's timestamp, or came after it.
func (c *Case) answersRepetition(syn, answer *fsm.Step) bool {
	if syn == nil || answer == nil {
		return false
	}
	if answer.Options&syn.Options&tcp.OptTimestamps != 0 {
		return answer.TSecr != syn.TSval
	}
	return c.first(func(s *fsm.Step) bool {
		return isTCP(s, syn.From, tcp.SYN, tcp.ACK) && s.Len == 0 && syn.Frame < s.Frame && s.Frame < answer.Frame
	}) != nil
}
