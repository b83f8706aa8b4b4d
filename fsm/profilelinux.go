package fsm

import "time"

// linuxProfile is Linux 6.18's, whose kernels the lab records.
var linuxProfile = Profile{
	Stack: Linux, Name: "linux", System: "Linux",

	PAWSSlack:         1,                      // TCP_PAWS_WINDOW
	TakesLateACKs:     true,                   // tcp_disordered_ack_check
	LooseSequence:     true,                   // tcp_sequence
	ZeroWindowRefuses: true,                   // tcp_data_queue: TCP_ZEROWINDOW
	OldACKStops:       true,                   // tcp_ack: old_ack
	ACKBoundByData:    true,                   // tcp_ack: min(max_window, bytes_acked)
	DataPastFINResets: true,                   // tcp_rcv_state_process: TCPABORTONDATA
	ChallengeEvery:    500 * time.Millisecond, // tcp_invalid_ratelimit

	ExactRST:          RSTAtNext | RSTAtSACKEdge | RSTBelowFIN, // tcp_validate_incoming, tcp_reset_check
	InexactRST:        AnswerACK,                               // tcp_send_challenge_ack
	AnswersAfterClose: BareRST,                                 // tcp_v4_send_reset
	ResetsHaveStamps:  true,                                    // tcp_send_active_reset

	TimeWait:          60 * time.Second, // TCP_TIMEWAIT_LEN, include/net/tcp.h; no sysctl changes it
	TimeWaitRST:       RSTEndsTimeWait,  // tcp_timewait_state_process, tcp_rfc1337
	TimeWaitSYN:       SYNNewerEither,   // tcp_timewait_state_process
	TimeWaitSYNAnswer: AnswerACK,        // tcp_timewait_check_oow_rate_limit
	TimeWaitStep:      65535 + 2,        // tcp_timewait_state_process: tw_snd_nxt + 65535 + 2

	// tcp_syn_linear_timeouts 4, tcp_syn_retries 6; before Linux 6.5 the waits double from the
	// first.
	SYNRepeats: sinceFirst(1*time.Second, 1*time.Second, 1*time.Second, 1*time.Second, 1*time.Second, 2*time.Second,
		4*time.Second, 8*time.Second, 16*time.Second, 32*time.Second),
	SYNGivesUp:        131 * time.Second,
	SYNACKRepeats:     5,                // tcp_synack_retries
	QueueFull:         QueueFullDrops,   // tcp_conn_request
	KeepsOfferedShift: true,             // tcp_rcv_synsent_state_process: only a SYN,ACK takes it back
	ISNTick:           64,               // secure_tcp_seq, RFC 6528: 64 ns
	StampTick:         time.Millisecond, // tcp_time_stamp_ms

	LeastRTO: 200 * time.Millisecond, GreatestRTO: 120 * time.Second, // TCP_RTO_MIN, TCP_RTO_MAX
	DataTries: 15, DataEnds: EndsSilently, // tcp_retries2, tcp_write_timeout
	FINTries: 8, FINEnds: EndsSilently, // tcp_orphan_retries

	Host:          LinuxDefaults(),
	KeepAlive:     ProbeStamped,      // tcp_xmit_probe_skb
	KeepAliveEnds: EndsWithRST,       // tcp_keepalive_timer
	WindowProbe:   ProbesBelow,       // tcp_write_wakeup
	ReportsDSACK:  true,              // tcp_dsack_set
	ACKsNewWindow: ACKsDoubledWindow, // __tcp_cleanup_rbuf
}
