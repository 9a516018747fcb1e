// AVX-512 vectors: sixteen floats. The register tile is 14 rows x 32 columns: 28 accumulators, 2 panel vectors, broadcasts.
#include <immintrin.h>
#include <string.h>

typedef __m512 vf;
#define SB_TILE_ROWS 14
enum { VW = 16, TILE_ROWS = SB_TILE_ROWS, PANEL_VECTORS = 2, PANEL = VW * PANEL_VECTORS };

SB_INLINE vf vset(float x) { return _mm512_set1_ps(x); }
SB_INLINE vf vzero(void) { return _mm512_setzero_ps(); }
SB_INLINE vf vload(const float *p) { return _mm512_loadu_ps(p); }
SB_INLINE void vstore(float *p, vf v) { _mm512_storeu_ps(p, v); }
SB_INLINE __mmask16 v_first(sb_int n) { return (__mmask16)((1u << n) - 1u); }
SB_INLINE vf vload_n(const float *p, sb_int n) { return _mm512_maskz_loadu_ps(v_first(n), p); }
SB_INLINE void vstore_n(float *p, vf v, sb_int n) { _mm512_mask_storeu_ps(p, v_first(n), v); }
SB_INLINE vf viota(void) { return _mm512_set_ps(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0); }
SB_INLINE vf vadd(vf a, vf b) { return _mm512_add_ps(a, b); }
SB_INLINE vf vsub(vf a, vf b) { return _mm512_sub_ps(a, b); }
SB_INLINE vf vmul(vf a, vf b) { return _mm512_mul_ps(a, b); }
SB_INLINE vf vdiv(vf a, vf b) { return _mm512_div_ps(a, b); }
SB_INLINE vf vfma(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
SB_INLINE vf vfnma(vf a, vf b, vf c) { return _mm512_fnmadd_ps(a, b, c); }
SB_INLINE vf vselect_less(vf a, vf b, vf yes, vf no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}
SB_INLINE vf vmax(vf a, vf b) { return _mm512_max_ps(a, b); }
SB_INLINE vf vmin(vf a, vf b) { return _mm512_min_ps(a, b); }
SB_INLINE vf vabs(vf a) { return _mm512_abs_ps(a); }
SB_INLINE vf vcopysign(vf magnitude, vf sign) {
    vf bit = _mm512_set1_ps(-0.0f);
    return _mm512_or_ps(_mm512_andnot_ps(bit, magnitude), _mm512_and_ps(bit, sign));
}
SB_INLINE vf vsqrt(vf a) { return _mm512_sqrt_ps(a); }
SB_INLINE vf vround(vf a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
/// a * 2^floor(n), any n.
SB_INLINE vf vscale2(vf a, vf n) { return _mm512_scalef_ps(a, n); }
/// Splits x into a fraction in [0, 1), which is returned, and a number for vscale2, which takes its floor.
SB_INLINE vf vsplit(vf x, vf *n) {
    *n = x;
    return _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}
SB_INLINE float vsum(vf a) { return _mm512_reduce_add_ps(a); }
SB_INLINE float vmaximum(vf a) { return _mm512_reduce_max_ps(a); }
SB_INLINE vf vload_bf16(const uint16_t *p) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
SB_INLINE vf vload_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
SB_INLINE void vstore_f16(uint16_t *p, vf v) {
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
SB_INLINE void vstore_bf16(uint16_t *p, vf v) {
    __m512i bits = _mm512_castps_si512(v), top = _mm512_srli_epi32(bits, 16);
    __m512i odd = _mm512_and_si512(top, _mm512_set1_epi32(1));
    __m512i rounded = _mm512_srli_epi32(_mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd), 16);
    __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded = _mm512_mask_or_epi32(rounded, nan, top, _mm512_set1_epi32(0x40));
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtepi32_epi16(rounded));
}
#if defined(SB_NATIVE_PAIRS) // as the functions of these names in kernels/pairs.h
SB_INLINE vf vpair_neighbours(vf first, vf second) { return (vf)_mm512_cvtne2ps_pbh(second, first); }
SB_INLINE vf vpair_lanes(vf even, vf odd) {
    const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, //
                                           23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return _mm512_castsi512_ps(_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(odd, even)));
}
SB_INLINE vf vdot_pairs(vf x, vf w, vf sum) { return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)w); }
#endif
SB_INLINE void vtranspose(vf t[VW]) {
    // Two rounds inside 128-bit lanes make 4 x 4 blocks, two rounds of lane shuffles place them.
    vf u[16];
    for (int i = 0; i < 16; i += 2) {
        u[i] = _mm512_unpacklo_ps(t[i], t[i + 1]);
        u[i + 1] = _mm512_unpackhi_ps(t[i], t[i + 1]);
    }
    for (int i = 0; i < 16; i += 4) {
        t[i] = _mm512_shuffle_ps(u[i], u[i + 2], 0x44);
        t[i + 1] = _mm512_shuffle_ps(u[i], u[i + 2], 0xee);
        t[i + 2] = _mm512_shuffle_ps(u[i + 1], u[i + 3], 0x44);
        t[i + 3] = _mm512_shuffle_ps(u[i + 1], u[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        u[i] = _mm512_shuffle_f32x4(t[i], t[i + 4], 0x88);
        u[i + 4] = _mm512_shuffle_f32x4(t[i], t[i + 4], 0xdd);
        u[i + 8] = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0x88);
        u[i + 12] = _mm512_shuffle_f32x4(t[i + 8], t[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(u[i], u[i + 8], 0x88);
        t[i + 8] = _mm512_shuffle_f32x4(u[i], u[i + 8], 0xdd);
        t[i + 4] = _mm512_shuffle_f32x4(u[i + 4], u[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(u[i + 4], u[i + 12], 0xdd);
    }
}
SB_INLINE void vprefetch(const void *p) { _mm_prefetch((const char *)p, _MM_HINT_T1); }
