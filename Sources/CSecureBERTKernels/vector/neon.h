// arm64 Advanced SIMD vectors: four floats. The register tile is 6 rows x 16 columns: 24 accumulators, 4 panel vectors.
#include <arm_neon.h>
#include <string.h>

typedef float32x4_t vf;
#define SB_TILE_ROWS 6
enum { VW = 4, TILE_ROWS = SB_TILE_ROWS, PANEL_VECTORS = 4, PANEL = VW * PANEL_VECTORS };

SB_INLINE vf vset(float x) { return vdupq_n_f32(x); }
SB_INLINE vf vzero(void) { return vdupq_n_f32(0); }
SB_INLINE vf vload(const float *p) { return vld1q_f32(p); }
SB_INLINE void vstore(float *p, vf v) { vst1q_f32(p, v); }
SB_INLINE vf vload_n(const float *p, sb_int n) {
    float lanes[4] = {0, 0, 0, 0};
    memcpy(lanes, p, (size_t)n * sizeof(float));
    return vld1q_f32(lanes);
}
SB_INLINE void vstore_n(float *p, vf v, sb_int n) {
    float lanes[4];
    vst1q_f32(lanes, v);
    memcpy(p, lanes, (size_t)n * sizeof(float));
}
SB_INLINE vf viota(void) { return (vf){0, 1, 2, 3}; }
SB_INLINE vf vadd(vf a, vf b) { return vaddq_f32(a, b); }
SB_INLINE vf vsub(vf a, vf b) { return vsubq_f32(a, b); }
SB_INLINE vf vmul(vf a, vf b) { return vmulq_f32(a, b); }
SB_INLINE vf vdiv(vf a, vf b) { return vdivq_f32(a, b); }
SB_INLINE vf vfma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
SB_INLINE vf vfnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
SB_INLINE vf vselect_less(vf a, vf b, vf yes, vf no) { return vbslq_f32(vcltq_f32(a, b), yes, no); }
SB_INLINE vf vmax(vf a, vf b) { return vmaxq_f32(a, b); }
SB_INLINE vf vmin(vf a, vf b) { return vminq_f32(a, b); }
SB_INLINE vf vabs(vf a) { return vabsq_f32(a); }
SB_INLINE vf vcopysign(vf magnitude, vf sign) { return vbslq_f32(vdupq_n_u32(0x80000000u), sign, magnitude); }
SB_INLINE vf vsqrt(vf a) { return vsqrtq_f32(a); }
SB_INLINE vf vround(vf a) { return vrndnq_f32(a); }
/// a * 2^n for integral n in -300 ... 300, in two steps so that subnormal results are reached.
SB_INLINE vf vscale2(vf a, vf n) {
    int32x4_t e = vcvtq_s32_f32(n), half = vshrq_n_s32(e, 1), bias = vdupq_n_s32(127);
    int32x4_t first = vshlq_n_s32(vaddq_s32(half, bias), 23);
    int32x4_t second = vshlq_n_s32(vaddq_s32(vsubq_s32(e, half), bias), 23);
    return vmulq_f32(vmulq_f32(a, vreinterpretq_f32_s32(first)), vreinterpretq_f32_s32(second));
}
/// Splits x, limited to -152 ... 129, into a fraction in [0, 1), which is returned, and an integer for vscale2.
SB_INLINE vf vsplit(vf x, vf *n) {
    x = vmin(vset(129.0f), vmax(vset(-152.0f), x));
    *n = vrndmq_f32(x);
    return vsub(x, *n);
}
SB_INLINE float vsum(vf a) { return vaddvq_f32(a); }
SB_INLINE float vmaximum(vf a) { return vmaxvq_f32(a); }
SB_INLINE vf vload_bf16(const uint16_t *p) { return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16)); }
SB_INLINE vf vload_f16(const uint16_t *p) { return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p))); }
SB_INLINE void vstore_f16(uint16_t *p, vf v) { vst1_u16(p, vreinterpret_u16_f16(vcvt_f16_f32(v))); }
SB_INLINE void vstore_bf16(uint16_t *p, vf v) {
    uint32x4_t bits = vreinterpretq_u32_f32(v), top = vshrq_n_u32(bits, 16);
    uint32x4_t odd = vandq_u32(top, vdupq_n_u32(1));
    uint32x4_t rounded = vshrq_n_u32(vaddq_u32(vaddq_u32(bits, vdupq_n_u32(0x7fff)), odd), 16);
    uint32x4_t quiet = vorrq_u32(top, vdupq_n_u32(0x40));
    vst1_u16(p, vmovn_u32(vbslq_u32(vceqq_f32(v, v), rounded, quiet)));
}
SB_INLINE void vtranspose(vf t[VW]) {
    float32x4x2_t a = vtrnq_f32(t[0], t[1]), b = vtrnq_f32(t[2], t[3]);
    t[0] = vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0]));
    t[1] = vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1]));
    t[2] = vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0]));
    t[3] = vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1]));
}
SB_INLINE void vprefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
