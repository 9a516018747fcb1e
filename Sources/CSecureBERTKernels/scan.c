// Scanning stored vectors: dispatch, and the tables of the portable checksum. The arithmetic is in kernels/.
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>

#include "internal.h"

static uint32_t tables[8][256];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static void fill(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
        tables[0][byte] = crc;
    }
    for (int t = 1; t < 8; t++)
        for (int byte = 0; byte < 256; byte++) tables[t][byte] = tables[0][tables[t - 1][byte] & 255] ^ tables[t - 1][byte] >> 8;
}

const uint32_t (*sb_crc32c_tables(void))[256] {
    pthread_once(&filled, fill);
    return (const uint32_t (*)[256])tables;
}

void sb_dot_rows(const float *query, const void *rows, sb_int stride, sb_int count, sb_int n, float *y) {
    sb_active()->dot_rows(query, rows, stride, count, n, y);
}

void sb_dot_rows_int8(const int8_t *query, const int8_t *rows, sb_int stride, sb_int count, sb_int n, int32_t *y) {
#if defined(__x86_64__)
    // VNNI is of its own: some processors with AVX-512 lack it, some have it and lack bf16.
    if (sb_active()->isa == SB_ISA_AVX512 && (sb_cpu_features() & SB_FEATURE_AVX512_VNNI)) {
        sb_dot_rows_int8_vnni(query, rows, stride, count, n, y);
        return;
    }
#endif
    sb_active()->dot_rows_int8(query, rows, stride, count, n, y);
}

void sb_hamming_rows(const void *query, const void *rows, sb_int stride, sb_int count, sb_int words, int32_t *y) {
    sb_active()->hamming_rows(query, rows, stride, count, words, y);
}

uint32_t sb_crc32c(uint32_t crc, const void *bytes, sb_int count) { return sb_active()->crc32c(crc, bytes, count); }
