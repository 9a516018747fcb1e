// Sums of products of signed bytes with arm64 Advanced SIMD: 16 at a time.

typedef int32x4_t vbytes;
/// VB bytes a step; what every byte of a row is larger by in the sums.
enum { VB = 16, VBYTES_OFFSET = 0 };

SB_INLINE vbytes vbytes_zero(void) { return vdupq_n_s32(0); }
/// sum += row * query. The query's bytes are in -127 ... 127, so that no pair of products exceeds 16 bits.
SB_INLINE vbytes vbytes_dot(const int8_t *row, const int8_t *query, vbytes sum) {
    const int8x16_t x = vld1q_s8(row), q = vld1q_s8(query);
    return vpadalq_s16(sum, vmlal_s8(vmull_s8(vget_low_s8(x), vget_low_s8(q)), vget_high_s8(x), vget_high_s8(q)));
}
/// The totals of four sums.
SB_INLINE void vbytes_sums(int32_t y[4], const vbytes sums[4]) {
    for (int u = 0; u < 4; u++) y[u] = vaddvq_s32(sums[u]);
}
