package findings

// onOneHost reports whether both ends are one host, so that nothing passes a network: they have the
// same address, or both are of the loopback network (RFC 1122 section 3.2.1.3, RFC 4291 section
// 2.5.3).
func (c *Case) onOneHost() bool {
	src, dst := c.Tuple.Src.Netip(), c.Tuple.Dst.Netip()
	return src == dst || src.IsLoopback() && dst.IsLoopback()
}
