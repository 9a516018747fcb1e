// One query against many stored vectors, row after row, and the checksum of what is stored.

static void dot_rows_kernel(const float *query, const void *rows, sb_int stride, sb_int count, sb_int n, float *y) {
    // A row at a time, so that its sum never depends on its neighbours; memory is the limit anyway.
    for (sb_int r = 0; r < count; r++) {
        const void *row = (const char *)rows + r * stride;
        y[r] = dot_kernel(query, row, n);
    }
}

static void hamming_rows_kernel(const void *query, const void *rows, sb_int stride, sb_int count, sb_int words, int32_t *y) {
    for (sb_int r = 0; r < count; r++) {
        const char *row = (const char *)rows + r * stride;
        int different = 0;
        for (sb_int i = 0; i < words; i++) {
            uint64_t a, b;
            memcpy(&a, (const char *)query + i * 8, 8);
            memcpy(&b, row + i * 8, 8);
            different += __builtin_popcountll(a ^ b);
        }
        y[r] = different;
    }
}

static uint32_t crc32c_kernel(uint32_t crc, const void *bytes, sb_int count) {
    const char *p = bytes;
    crc = ~crc;
    for (; count >= 8; count -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        crc = vcrc32c_word(crc, word);
    }
    for (; count > 0; count--, p++) crc = vcrc32c_byte(crc, (uint8_t)*p);
    return ~crc;
}
