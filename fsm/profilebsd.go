package fsm

import "time"

// bsdSYNs are the waits of the BSDs' tcp_syn_backoff.
func bsdSYNs() []time.Duration {
	return sinceFirst(1*time.Second, 2*time.Second, 4*time.Second, 8*time.Second, 16*time.Second, 32*time.Second)
}

// darwinProfile is that of macOS 15.4 (xnu-11417, bsd/netinet), which iOS shares.
var darwinProfile = Profile{
	Stack: Darwin, Name: "darwin", System: "macOS",

	PAWSSilence:    true,                   // tcp_input: without data it is dropped
	ChallengeEvery: 500 * time.Millisecond, // tcp_is_ack_ratelimited: limited; the time is not Linux's in all versions

	ExactRST:          RSTAtLastACK | RSTBelowLastACK, // tcp_input: last_ack_sent, or one less
	InexactRST:        AnswerACK,                      // tcp_input: RFC 5961
	AnswersAfterClose: BareRST,                        // 28 of 28, 13 hosts

	TimeWait:          30 * time.Second,  // tcp_msl 15 s
	TimeWaitRST:       RSTLeavesTimeWait, // tcp_input: TCPS_TIME_WAIT
	TimeWaitSYN:       SYNBeyondWindow,   // tcp_input: SEQ_GT(th->th_seq, tp->rcv_nxt + tp->rcv_wnd)
	TimeWaitSYNAnswer: AnswerACK,

	// tcp_syn_backoff; 17 runs of 8 hosts. It is Linux's since 6.5.
	SYNRepeats: sinceFirst(1*time.Second, 1*time.Second, 1*time.Second, 1*time.Second, 1*time.Second, 2*time.Second,
		4*time.Second, 8*time.Second, 16*time.Second, 32*time.Second),
	SYNGivesUp:    75 * time.Second, // TCPTV_KEEP_INIT
	SYNACKRepeats: 6,                // until TCPTV_KEEP_INIT: 1, 3, 7, 15, 31, 63 s
	QueueFull:     QueueFullDrops,
	StampTick:     time.Millisecond, // tcp_now

	LeastRTO: 230 * time.Millisecond, GreatestRTO: 64 * time.Second, // tcptv_rexmtmin, TCPTV_REXMTMAX
	DataTries: 12, DataEnds: EndsWithRST, // TCP_MAXRXTSHIFT, tcp_drop
	FINTries: 12, FINEnds: EndsWithRST, // as data

	Commands: Commands{Sockets: "netstat -an -p tcp", Processes: "netstat -anv -p tcp", Filter: "grep", Counters: "netstat -s -p tcp",
		Settings: "sysctl net.inet.tcp", Route: "route -n get ADDRESS"},
	Host: Host{
		FinTimeout: 60 * time.Second, // tcp_finwait2 timeout
		Timestamps: 1,
		PortLow:    49152, PortHigh: 65535, // net.inet.ip.portrange.first and last
		KeepaliveTime: 7200 * time.Second, KeepaliveIntvl: 75 * time.Second, KeepaliveProbes: 8, // TCPTV_KEEP_IDLE, _KEEPINTVL, TCPTV_KEEPCNT
		Retries2:   12,
		SynRetries: 10,
	},
	KeepAlive:      ProbeBare,      // 22 of 22, 7 hosts
	KeepAliveEnds:  EndsWithRST,    // tcp_drop
	WindowProbe:    ProbesNextByte, // tcp_setpersist: 5 to 60 s
	RepeatsFINOnce: true,           // tcp_output: in CLOSING the ACK carries the FIN again
}

// freeBSDProfile is that of FreeBSD 13 (sys/netinet).
var freeBSDProfile = Profile{
	Stack: FreeBSD, Name: "freebsd", System: "FreeBSD",

	PAWSSilence: true, // tcp_do_segment: without data it is dropped

	ExactRST:          RSTAtLastACK, // tcp_do_segment: last_ack_sent
	InexactRST:        AnswerACK,    // tcp_do_segment: tcp_insecure_rst 0; a challenge each time
	AnswersAfterClose: BareRST,      // tcp_dropwithreset

	TimeWait:          60 * time.Second,  // net.inet.tcp.msl 30 s
	TimeWaitRST:       RSTLeavesTimeWait, // tcp_twcheck
	TimeWaitSYN:       SYNNewerSeq,       // tcp_twcheck: SEQ_GT(th->th_seq, tw->rcv_nxt)
	TimeWaitSYNAnswer: AnswerSilence,     // tcp_twcheck: without an ACK flag it is dropped

	SYNRepeats:    bsdSYNs(),
	SYNGivesUp:    75 * time.Second,     // TCPTV_KEEP_INIT
	SYNACKRepeats: 3,                    // SYNCACHE_MAXREXMTS: gone after 15 s
	QueueFull:     QueueFullResetsLater, // net.inet.tcp.syncache.rst_on_sock_fail 1
	StampTick:     time.Millisecond,     // tcp_ts_getticks; 36 of 37 flows

	LeastRTO: 230 * time.Millisecond, GreatestRTO: 64 * time.Second, // tcp_rexmit_min and slop, TCPTV_REXMTMAX
	DataTries: 12, DataEnds: EndsWithRST, // TCP_MAXRXTSHIFT, tcp_drop
	FINTries: 12, FINEnds: EndsWithRST, // as data

	Commands: Commands{Sockets: "netstat -an -p tcp", Processes: "sockstat -P tcp -s", Filter: "grep", Counters: "netstat -s -p tcp",
		Settings: "sysctl net.inet.tcp", Route: "route -n get ADDRESS"},
	Host: Host{
		FinTimeout: 600 * time.Second, // tcp_maxidle: 8 probes 75 s apart, prolonged while segments come
		Timestamps: 1,
		PortLow:    10000, PortHigh: 65535, // net.inet.ip.portrange.first and last
		KeepaliveTime: 7200 * time.Second, KeepaliveIntvl: 75 * time.Second, KeepaliveProbes: 8, // TCPTV_KEEP_IDLE, _KEEPINTVL, TCPTV_KEEPCNT
		Retries2:   12,
		SynRetries: 6,
	},
	KeepAlive:      ProbeStamped, // tcp_respond
	KeepAliveEnds:  EndsWithRST,
	WindowProbe:    ProbesNextByte, // tcp_setpersist: 5 to 60 s
	RepeatsFINOnce: true,           // tcp_output: in CLOSING the ACK carries the FIN again
}

// openBSDProfile is that of OpenBSD 7 (sys/netinet, 2022).
var openBSDProfile = Profile{
	Stack: OpenBSD, Name: "openbsd", System: "OpenBSD",

	PAWSSilence: true, // tcp_input: without data it is dropped

	ExactRST:          RSTAtNext | RSTAtLastACK | RSTAboveNext, // tcp_input
	InexactRST:        AnswerSilence,                           // tcp_input: others are dropped
	AnswersAfterClose: BareRST,                                 // dropwithreset

	TimeWait:          60 * time.Second, // TCPTV_MSL 30 s
	TimeWaitRST:       RSTEndsTimeWait,  // tcp_input: TCPS_TIME_WAIT
	TimeWaitSYN:       SYNNewerEither,   // tcp_input: TSTMP_GT or SEQ_GT
	TimeWaitSYNAnswer: AnswerACK,

	SYNRepeats: bsdSYNs(),
	SYNGivesUp: 75 * time.Second, // TCPTV_KEEP_INIT
	QueueFull:  QueueFullDrops,

	LeastRTO: time.Second, GreatestRTO: 64 * time.Second, // TCPTV_MIN, TCPTV_REXMTMAX
	DataTries: 12, DataEnds: EndsWithRST, // TCP_MAXRXTSHIFT, tcp_drop
	FINTries: 12, FINEnds: EndsWithRST,

	Commands: Commands{Sockets: "netstat -an -p tcp", Processes: "fstat -n", Filter: "", Counters: "netstat -s -p tcp",
		Settings: "sysctl net.inet.tcp", Route: "route -n get ADDRESS"},
	Host: Host{
		FinTimeout: 600 * time.Second, // tcp_maxidle
		Timestamps: 1,
		PortLow:    1024, PortHigh: 49151, // net.inet.ip.portfirst and portlast
		KeepaliveTime: 7200 * time.Second, KeepaliveIntvl: 75 * time.Second, KeepaliveProbes: 8,
		Retries2:   12,
		SynRetries: 6,
	},
	KeepAlive:      ProbeStamped,
	KeepAliveEnds:  EndsWithRST,
	WindowProbe:    ProbesNextByte,
	RepeatsFINOnce: true, // tcp_output: in CLOSING the ACK carries the FIN again
}
