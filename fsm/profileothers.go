package fsm

import "time"

// solarisProfile is that of illumos (tcp_tunables.c), and as far as that is the same of Solaris 11.
var solarisProfile = Profile{
	Stack: Solaris, Name: "solaris", System: "Solaris",

	ExactRST:          RSTAtNext, // RFC 5961 section 3.2
	InexactRST:        AnswerACK, // RFC 5961 section 3.2: no source tells
	AnswersAfterClose: BareRST,

	TimeWait:          60 * time.Second, // tcp_time_wait_interval
	TimeWaitRST:       RSTTimeWaitUnknown,
	TimeWaitSYN:       SYNNewerEither, // no source tells
	TimeWaitSYNAnswer: AnswerACK,

	SYNGivesUp: 180 * time.Second, // tcp_ip_abort_cinterval
	QueueFull:  QueueFullDrops,    // listen(3SOCKET)

	LeastRTO: 400 * time.Millisecond, GreatestRTO: 60 * time.Second, // tcp_rexmit_interval_min and _max
	DataEnds: EndsSilently, // tcp_ip_abort_interval: 5 minutes in all

	Commands: Commands{Sockets: "netstat -an -P tcp", Filter: "grep", Counters: "netstat -s -P tcp", Settings: "ipadm show-prop -p tcp",
		Route: "route -n get ADDRESS"},
	Host: Host{
		FinTimeout: 60 * time.Second, // tcp_fin_wait_2_flush_interval; 675 s up to Solaris 10
		Timestamps: 1,
		PortLow:    32768, PortHigh: 65535, // tcp_smallest_anon_port
		KeepaliveTime: 7200 * time.Second, // tcp_keepalive_interval; given up after 8 minutes
	},
	WindowProbe: ProbesNextByte, // 6 runs, doubling from the retransmission timeout
}

// embeddedProfile is that of lwIP (master of June 2026), the most common stack of small devices.
var embeddedProfile = Profile{
	Stack: Embedded, Name: "embedded", System: "lwIP",

	ExactRST:          RSTAtNext, // tcp_process: RFC 5961
	InexactRST:        AnswerACK, // tcp_process: RFC 5961
	AnswersAfterClose: RSTACK,    // tcp_input: tcp_rst with ACK

	TimeWait:          120 * time.Second, // 2 * TCP_MSL
	TimeWaitRST:       RSTLeavesTimeWait, // tcp_timewait_input
	TimeWaitSYN:       SYNNever,          // tcp_timewait_input
	TimeWaitSYNAnswer: AnswerRST,         // tcp_timewait_input: RST,ACK if it is in the window

	SYNRepeats: sinceFirst(3*time.Second, 3*time.Second, 3*time.Second, 3*time.Second, 3*time.Second, 3*time.Second), // TCP_SYNMAXRTX
	SYNGivesUp: 21 * time.Second,
	QueueFull:  QueueFullDrops,

	LeastRTO:  500 * time.Millisecond,     // TCP_SLOW_INTERVAL; 3 s at first
	DataTries: 12, DataEnds: EndsSilently, // TCP_MAXRTX
	FINTries: 12, FINEnds: EndsSilently,

	Host: Host{
		FinTimeout: 20 * time.Second,       // TCP_FIN_WAIT_TIMEOUT
		PortLow:    49152, PortHigh: 65535, // TCP_LOCAL_PORT_RANGE_START and _END
		KeepaliveTime: 7200 * time.Second, KeepaliveIntvl: 75 * time.Second, KeepaliveProbes: 9, // TCP_KEEPIDLE_DEFAULT and so on
		Retries2:   12,
		SynRetries: 6,
	},
	KeepAlive:     ProbeBare,   // tcp_keepalive
	KeepAliveEnds: EndsWithRST, // tcp_slowtmr: tcp_rst
	WindowProbe:   ProbesNextByte,
}

// gVisorProfile is that of gVisor (pkg/tcpip/transport/tcp, August 2026). Until it resets or probes
// it looks like Linux.
var gVisorProfile = Profile{
	Stack: GVisor, Name: "gvisor", System: "gVisor",

	ExactRST:          RSTAtNext, // handleReset
	InexactRST:        AnswerACK, // handleReset
	AnswersAfterClose: BareRST,
	ResetsHaveStamps:  true, // makeOptions; window 0

	TimeWait:          60 * time.Second,  // DefaultTCPTimeWaitTimeout
	TimeWaitRST:       RSTLeavesTimeWait, // handleTimeWaitSegments
	TimeWaitSYN:       SYNNewerSeq,       // handleTimeWaitSegments
	TimeWaitSYNAnswer: AnswerSilence,     // handleTimeWaitSegments

	SYNRepeats: sinceFirst(1*time.Second, 2*time.Second, 4*time.Second, 8*time.Second, 16*time.Second, 32*time.Second), // DefaultSynRetries
	SYNGivesUp: 127 * time.Second,
	QueueFull:  QueueFullDrops,

	LeastRTO: 200 * time.Millisecond, GreatestRTO: 120 * time.Second, // MinRTO, MaxRTO
	DataTries: 15, DataEnds: EndsSilently, // MaxRetries

	Host: Host{
		FinTimeout: 60 * time.Second, // DefaultTCPLingerTimeout
		Timestamps: 1,
		PortLow:    16000, PortHigh: 65535, // ports.firstEphemeral
		KeepaliveTime: 7200 * time.Second, KeepaliveIntvl: 75 * time.Second, KeepaliveProbes: 9,
		Retries2:   15,
		SynRetries: 6,
	},
	KeepAlive:     ProbeStamped,
	KeepAliveEnds: EndsSilently,
	WindowProbe:   ProbesJunk,
}
