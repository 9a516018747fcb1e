// AVX2 + FMA + F16C vectors: eight floats. The register tile is 6 rows x 16 columns: 12 accumulators, 2 panel vectors.
#include <immintrin.h>
#include <string.h>

typedef __m256 vf;
#define SB_TILE_ROWS 6
enum { VW = 8, TILE_ROWS = SB_TILE_ROWS, PANEL_VECTORS = 2, PANEL = VW * PANEL_VECTORS };

SB_INLINE vf vset(float x) { return _mm256_set1_ps(x); }
SB_INLINE vf vzero(void) { return _mm256_setzero_ps(); }
SB_INLINE vf vload(const float *p) { return _mm256_loadu_ps(p); }
SB_INLINE void vstore(float *p, vf v) { _mm256_storeu_ps(p, v); }
SB_INLINE __m256i v_first(sb_int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
SB_INLINE vf vload_n(const float *p, sb_int n) { return _mm256_maskload_ps(p, v_first(n)); }
SB_INLINE void vstore_n(float *p, vf v, sb_int n) { _mm256_maskstore_ps(p, v_first(n), v); }
SB_INLINE vf viota(void) { return _mm256_setr_ps(0, 1, 2, 3, 4, 5, 6, 7); }
SB_INLINE vf vadd(vf a, vf b) { return _mm256_add_ps(a, b); }
SB_INLINE vf vsub(vf a, vf b) { return _mm256_sub_ps(a, b); }
SB_INLINE vf vmul(vf a, vf b) { return _mm256_mul_ps(a, b); }
SB_INLINE vf vdiv(vf a, vf b) { return _mm256_div_ps(a, b); }
SB_INLINE vf vfma(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
SB_INLINE vf vfnma(vf a, vf b, vf c) { return _mm256_fnmadd_ps(a, b, c); }
SB_INLINE vf vselect_less(vf a, vf b, vf yes, vf no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
SB_INLINE vf vmax(vf a, vf b) { return _mm256_max_ps(a, b); }
SB_INLINE vf vmin(vf a, vf b) { return _mm256_min_ps(a, b); }
SB_INLINE vf vabs(vf a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
SB_INLINE vf vcopysign(vf magnitude, vf sign) {
    vf bit = _mm256_set1_ps(-0.0f);
    return _mm256_or_ps(_mm256_andnot_ps(bit, magnitude), _mm256_and_ps(bit, sign));
}
SB_INLINE vf vsqrt(vf a) { return _mm256_sqrt_ps(a); }
SB_INLINE vf vround(vf a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// a * 2^n for integral n in -300 ... 300, in two steps so that subnormal results are reached.
SB_INLINE vf vscale2(vf a, vf n) {
    __m256i e = _mm256_cvtps_epi32(n), half = _mm256_srai_epi32(e, 1), bias = _mm256_set1_epi32(127);
    __m256i first = _mm256_slli_epi32(_mm256_add_epi32(half, bias), 23);
    __m256i second = _mm256_slli_epi32(_mm256_add_epi32(_mm256_sub_epi32(e, half), bias), 23);
    return _mm256_mul_ps(_mm256_mul_ps(a, _mm256_castsi256_ps(first)), _mm256_castsi256_ps(second));
}
/// Splits x, limited to -152 ... 129, into a fraction in [0, 1), which is returned, and an integer for vscale2.
SB_INLINE vf vsplit(vf x, vf *n) {
    x = vmin(vset(129.0f), vmax(vset(-152.0f), x));
    *n = _mm256_floor_ps(x);
    return vsub(x, *n);
}
SB_INLINE float vsum(vf a) {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
SB_INLINE float vmaximum(vf a) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}
SB_INLINE vf vload_bf16(const uint16_t *p) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
SB_INLINE vf vload_f16(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}
SB_INLINE void vstore_f16(uint16_t *p, vf v) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
SB_INLINE void vstore_bf16(uint16_t *p, vf v) {
    __m256i bits = _mm256_castps_si256(v), top = _mm256_srli_epi32(bits, 16);
    __m256i odd = _mm256_and_si256(top, _mm256_set1_epi32(1));
    __m256i rounded = _mm256_srli_epi32(_mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd), 16);
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    rounded = _mm256_blendv_epi8(rounded, _mm256_or_si256(top, _mm256_set1_epi32(0x40)), nan);
    __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(rounded, rounded), 0x08);
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_castsi256_si128(packed));
}
SB_INLINE void vtranspose(vf t[VW]) {
    vf u[8];
    for (int i = 0; i < 8; i += 2) {
        u[i] = _mm256_unpacklo_ps(t[i], t[i + 1]);
        u[i + 1] = _mm256_unpackhi_ps(t[i], t[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        t[i] = _mm256_shuffle_ps(u[i], u[i + 2], 0x44);
        t[i + 1] = _mm256_shuffle_ps(u[i], u[i + 2], 0xee);
        t[i + 2] = _mm256_shuffle_ps(u[i + 1], u[i + 3], 0x44);
        t[i + 3] = _mm256_shuffle_ps(u[i + 1], u[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        u[i] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
        u[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
    }
    for (int i = 0; i < 8; i++) t[i] = u[i];
}
SB_INLINE void vprefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T1); }
