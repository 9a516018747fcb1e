// Sums of products of signed bytes with AVX2: 32 at a time. Also used with AVX-512, where VNNI is missing.

typedef __m256i vbytes;
/// VB bytes a step; what every byte of a row is larger by in the sums.
enum { VB = 32, VBYTES_OFFSET = 0 };

SB_INLINE vbytes vbytes_zero(void) { return _mm256_setzero_si256(); }
/// sum += row * query. The query's bytes are in -127 ... 127, so that no pair of products exceeds 16 bits.
SB_INLINE vbytes vbytes_dot(const int8_t *row, const int8_t *query, vbytes sum) {
    const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)row);
    const __m256i q = _mm256_loadu_si256((const __m256i *)(const void *)query);
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(q, x));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}
/// The totals of four sums.
SB_INLINE void vbytes_sums(int32_t y[4], const vbytes sums[4]) {
    const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    const __m128i totals = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
    _mm_storeu_si128((__m128i *)(void *)y, totals);
}
