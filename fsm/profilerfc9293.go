package fsm

import "time"

// rfc9293Profile is the letter of RFC 9293 and of those that it refers to. What they leave open is
// Linux's.
var rfc9293Profile = Profile{
	Stack: RFC9293, Name: "rfc9293",

	ExactRST:          RSTAtNext, // RFC 5961 section 3.2
	InexactRST:        AnswerACK, // RFC 5961 section 3.2
	AnswersAfterClose: BareRST,   // RFC 9293 section 3.10.7.1

	TimeWait:          4 * time.Minute, // section 3.4.2: an MSL of 2 minutes
	TimeWaitRST:       RSTEndsTimeWait, // section 3.10.7.4, second
	TimeWaitSYN:       SYNNewerStamp,   // RFC 6191 section 2
	TimeWaitSYNAnswer: AnswerACK,       // RFC 5961 section 4.2

	SYNGivesUp: 3 * time.Minute, // RFC 9293 section 3.8.3: R2 for a SYN

	LeastRTO:    time.Second,      // RFC 6298 section 2.4
	GreatestRTO: 60 * time.Second, // RFC 6298 section 2.5: at least
	Host:        LinuxDefaults(),
	KeepAlive:   ProbeStamped,   // RFC 9293 section 3.8.4: 0 or 1 byte
	WindowProbe: ProbesNextByte, // RFC 9293 section 3.8.6.1
}
