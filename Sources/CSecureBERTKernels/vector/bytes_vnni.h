// Sums of products of signed bytes with AVX-512 VNNI, whose first factor is unsigned: 64 at a time.

typedef __m512i vbytes;
/// VB bytes a step; what every byte of a row is larger by in the sums.
enum { VB = 64, VBYTES_OFFSET = 128 };

SB_INLINE vbytes vbytes_zero(void) { return _mm512_setzero_si512(); }
/// sum += (row + 128) * query; flipping the top bit adds 128 to a signed byte and makes it unsigned.
SB_INLINE vbytes vbytes_dot(const int8_t *row, const int8_t *query, vbytes sum) {
    const __m512i x = _mm512_xor_si512(_mm512_loadu_si512(row), _mm512_set1_epi8((char)-128));
    return _mm512_dpbusd_epi32(sum, x, _mm512_loadu_si512(query));
}
/// The totals of four sums.
SB_INLINE void vbytes_sums(int32_t y[4], const vbytes sums[4]) {
    __m256i half[4];
    SB_UNROLL
    for (int u = 0; u < 4; u++)
        half[u] = _mm256_add_epi32(_mm512_castsi512_si256(sums[u]), _mm512_extracti64x4_epi64(sums[u], 1));
    const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(half[0], half[1]), _mm256_hadd_epi32(half[2], half[3]));
    const __m128i totals = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    _mm_storeu_si128((__m128i *)(void *)y, totals);
}
