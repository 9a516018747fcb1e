// CRC-32C by tables, eight bytes at a step: the portable way. The tables are in scan.c.

SB_INLINE uint32_t vcrc32c_byte(uint32_t crc, uint8_t byte) { return sb_crc32c_tables()[0][(crc ^ byte) & 255] ^ crc >> 8; }
/// The word's first byte is its lowest, as every machine this package runs on loads it.
SB_INLINE uint32_t vcrc32c_word(uint32_t crc, uint64_t word) {
    const uint32_t (*t)[256] = sb_crc32c_tables();
    word ^= crc;
    return t[7][word & 255] ^ t[6][word >> 8 & 255] ^ t[5][word >> 16 & 255] ^ t[4][word >> 24 & 255] //
           ^ t[3][word >> 32 & 255] ^ t[2][word >> 40 & 255] ^ t[1][word >> 48 & 255] ^ t[0][word >> 56];
}
