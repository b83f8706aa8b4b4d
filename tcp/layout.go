package tcp

import "strings"

// Layout is the order in which a SYN or SYN,ACK has its options, with the padding: stacks write
// them in an order of their own. The zero Layout is one that no stack is known by.
type Layout uint8

// LayoutOrder is an order of options on the way to a Layout: four bits an option, the first one
// lowest.
type LayoutOrder uint64

// maxOrder is how many options a LayoutOrder has room for. Longer ones differ from all that are
// known.
const maxOrder = 16

// end stands for the end of the options, which has kind 0.
const end = 14

// Add gives the order with one more option, the at'th from 0.
func (o LayoutOrder) Add(at int, kind byte) LayoutOrder {
	if kind == OptionEnd {
		kind = end
	}
	if at >= maxOrder {
		return o
	}
	return o | LayoutOrder(kind)<<(4*at)
}

// letters are what options are called in an order: p0f's, one letter each.
var letters = map[byte]byte{OptionNop: 'N', OptionMSS: 'M', OptionWScale: 'W', OptionSACKPerm: 'S', OptionTimestamps: 'T', end: 'E'}

// The layouts that stacks are known by.
const (
	LayoutLinux         Layout = iota + 1 // Linux
	LayoutLinuxNoStamps                   // Linux without timestamps
	LayoutLinuxNoSACK                     // Linux without SACK
	LayoutLinuxNoScale                    // Linux without window scaling
	LayoutLinuxBlanked                    // Linux, the timestamps blanked by a middlebox
	LayoutSACK                            // Linux and Windows without timestamps and window scaling
	LayoutScale                           // Linux and Windows with window scaling alone
	LayoutMSS                             // small stacks; all others where nothing else is agreed on
	LayoutWindows                         // Windows
	LayoutWindowsStamps                   // Windows with timestamps; FreeBSD
	LayoutWindowsXP                       // Windows XP and 2003 with timestamps
	LayoutDarwin                          // macOS and iOS
	LayoutDarwinBlanked                   // macOS, the timestamps blanked
	LayoutBSDBare                         // macOS after many tries; FreeBSD
	LayoutFreeBSD                         // FreeBSD without timestamps
	LayoutOpenBSD                         // OpenBSD
	LayoutSolaris8                        // Solaris 8
	LayoutSolarisNNT                      // what begins so: Solaris
	LayoutSolarisSTM                      // what begins so: Solaris
)

// NumLayouts is more than any Layout.
const NumLayouts = LayoutSolarisSTM + 1

// layouts are their options.
var layouts = [NumLayouts]string{
	LayoutLinux:         "MSTNW",
	LayoutLinuxNoStamps: "MNNSNW",
	LayoutLinuxNoSACK:   "MNNTNW",
	LayoutLinuxNoScale:  "MST",
	LayoutLinuxBlanked:  "MSNNNNNNNNNNNW",
	LayoutSACK:          "MNNS",
	LayoutScale:         "MNW",
	LayoutMSS:           "M",
	LayoutWindows:       "MNWNNS",
	LayoutWindowsStamps: "MNWST",
	LayoutWindowsXP:     "MNWNNTNNS",
	LayoutDarwin:        "MNWNNTSE",
	LayoutDarwinBlanked: "MNWNNNNNNNNNNNNS",
	LayoutBSDBare:       "MSE",
	LayoutFreeBSD:       "MNWSE",
	LayoutOpenBSD:       "MNNSNWNNT",
	LayoutSolaris8:      "NWNNTNNSM",
	LayoutSolarisNNT:    "NNT",
	LayoutSolarisSTM:    "STM",
}

// beginnings are the layouts that are told by how they begin.
var beginnings = [...]Layout{LayoutSolarisNNT, LayoutSolarisSTM}

// orders has the layout of each order.
var orders = func() map[LayoutOrder]Layout {
	m := make(map[LayoutOrder]Layout)
	for l := LayoutLinux; l < NumLayouts; l++ {
		m[l.order()] = l
	}
	return m
}()

// order gives the options of a layout.
func (l Layout) order() (o LayoutOrder) {
	for i, letter := range []byte(layouts[l]) {
		for kind, is := range letters {
			if is == letter {
				o |= LayoutOrder(kind) << (4 * i)
			}
		}
	}
	return o
}

// LayoutOf gives the layout of an order, 0 if none is known by it.
func LayoutOf(o LayoutOrder) Layout {
	if l, ok := orders[o]; ok {
		return l
	}
	const three = 1<<12 - 1
	for _, l := range beginnings {
		if o&three == l.order()&three {
			return l
		}
	}
	return 0
}

// String gives the options by their letters: "M,S,T,N,W".
func (l Layout) String() string {
	s := strings.Join(strings.Split(layouts[l], ""), ",")
	for _, b := range beginnings {
		if l == b {
			return s + ",…"
		}
	}
	return s
}
