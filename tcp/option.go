package tcp

// TCP option kinds (https://www.iana.org/assignments/tcp-parameters): those that a segment's
// options are told by.
const (
	OptionEnd          = 0
	OptionNop          = 1
	OptionMSS          = 2
	OptionWScale       = 3
	OptionSACKPerm     = 4
	OptionSACK         = 5
	OptionTimestamps   = 8
	OptionMD5          = 19
	OptionAO           = 29
	OptionMPTCP        = 30
	OptionFastOpen     = 34
	OptionExperimental = 254
)
