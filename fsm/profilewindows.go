package fsm

import "time"

// windowsProfile is that of Windows, from Microsoft's documents and from what captures show of 906
// hosts. Where versions differ, Vista and later count.
var windowsProfile = Profile{
	Stack: Windows, Name: "windows", System: "Windows",

	ExactRST:          RSTAtNext, // RFC 5961 section 3.2
	InexactRST:        AnswerACK, // RFC 5961 section 3.2: no source tells
	AbortsBare:        true,      // Windows 2000
	AnswersAfterClose: RSTACK,    // 21 of 23, 18 hosts: SEQ SND.NXT, ACK behind the data, window 0, no options

	TimeWait:          120 * time.Second,  // TcpTimedWaitDelay: 30 to 300 s, 120 s from Windows 2003 on, 240 s before
	TimeWaitRST:       RSTTimeWaitUnknown, // Windows 2000 ends it (KB261218)
	TimeWaitSYN:       SYNNewerEither,     // no source tells
	TimeWaitSYNAnswer: AnswerACK,

	// 436 runs of 13 hosts up to 8.1; Windows 10 and later either this (72) or 1, 2, 4, 8 s (4).
	SYNRepeats:      sinceFirst(3*time.Second, 6*time.Second),
	SYNGivesUp:      21 * time.Second, // KB170359
	SYNACKRepeats:   2,                // 44 runs, two captures: after 3 and 6 s
	RefusedSYNAgain: 2,                // 28 of 48 hosts; KB175523
	RefusedSYNWait:  500 * time.Millisecond,
	QueueFull:       QueueFullRefuses, // documentation of listen: the client gets ECONNREFUSED

	LeastRTO:  300 * time.Millisecond,   // 8 of 11 first waits; documentation of TCP/IP
	DataTries: 5, DataEnds: EndsWithRST, // TcpMaxDataRetransmissions (KB170359); 3 of 3 runs seen to the end
	FINTries: 5, FINEnds: EndsWithRST, // one run: 1.3 2.7 5.4 10.8 21.6 and a RST,ACK 43.2 s later

	Commands: Commands{Sockets: "netstat -an -p tcp", Processes: "netstat -ano -p tcp", Filter: "findstr", Counters: "netstat -s -p tcp",
		Settings: "Get-NetTCPSetting", Route: "Find-NetRoute -RemoteIPAddress ADDRESS"},
	Host: Host{
		FinTimeout: 120 * time.Second,      // KB923200: then a RST to any packet
		Timestamps: 0,                      // off for connections that it opens
		PortLow:    49152, PortHigh: 65535, // KB929851
		KeepaliveTime:   7200 * time.Second, // KeepAliveTime
		KeepaliveIntvl:  time.Second,        // KeepAliveInterval
		KeepaliveProbes: 10,                 // Vista and later; 5 before
		Retries2:        5,                  // as DataTries
		SynRetries:      2,                  // TcpMaxConnectRetransmissions
	},
	KeepAlive:     ProbeByte,      // 423 of 423, 18 hosts
	KeepAliveEnds: EndsWithRST,    // as for data
	WindowProbe:   ProbesNextByte, // 7 of 7
}
