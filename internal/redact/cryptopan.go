package redact

import (
	"crypto/aes"
	"crypto/cipher"
)

// KeySize is the length of a key: 16 bytes for AES, and 16 for the padding.
const KeySize = 32

// cryptoPAn is the prefix-preserving anonymization of J. Xu, J. Fan, M. Ammar, S. Moon,
// "Prefix-Preserving IP Address Anonymization", ICNP 2002: bit n of the result is bit n of the
// address, inverted or not as a secret function of the bits before it says. Two addresses with a
// common prefix keep one of the same length, and no two become the same.
type cryptoPAn struct {
	block cipher.Block
	pad   [aes.BlockSize]byte
}

func newCryptoPAn(key [KeySize]byte) *cryptoPAn {
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic(err) // of no other cause than the key's length
	}
	c := &cryptoPAn{block: block}
	block.Encrypt(c.pad[:], key[16:])
	return c
}

// anonymize replaces an address of 4 or 16 bytes. The secret function is the first bit of what AES
// makes of the bits before, followed by the padding's.
func (c *cryptoPAn) anonymize(addr []byte) {
	var flips [aes.BlockSize]byte
	in := c.pad
	var out [aes.BlockSize]byte
	for n := range len(addr) * 8 {
		c.block.Encrypt(out[:], in[:])
		i, bit := n/8, byte(0x80)>>(n%8)
		if out[0]&0x80 != 0 {
			flips[i] |= bit
		}
		in[i] = in[i]&^bit | addr[i]&bit
	}
	for i := range addr {
		addr[i] ^= flips[i]
	}
}

// hash gives 16 bits that only the key tells from others, for telling two numbers apart. It is
// never 0.
func (c *cryptoPAn) hash(v uint16) uint16 {
	in := c.pad
	in[0] ^= byte(v >> 8)
	in[1] ^= byte(v)
	in[15] ^= 0xff // not an address's padding
	var out [aes.BlockSize]byte
	c.block.Encrypt(out[:], in[:])
	return max(1, uint16(out[0])<<8|uint16(out[1]))
}
