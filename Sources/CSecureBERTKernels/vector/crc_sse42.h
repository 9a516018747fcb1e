// CRC-32C by the instruction that every processor with AVX2 has.

SB_INLINE uint32_t vcrc32c_word(uint32_t crc, uint64_t word) { return (uint32_t)_mm_crc32_u64(crc, word); }
SB_INLINE uint32_t vcrc32c_byte(uint32_t crc, uint8_t byte) { return _mm_crc32_u8(crc, byte); }
