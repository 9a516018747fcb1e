// Portable vectors: four floats in the compiler's generic vector type, which any target lowers to what it has.
#include <math.h>
#include <string.h>

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef uint32_t vu __attribute__((vector_size(16)));
#define SB_TILE_ROWS 4
enum { VW = 4, TILE_ROWS = SB_TILE_ROWS, PANEL_VECTORS = 2, PANEL = VW * PANEL_VECTORS };

SB_INLINE vf vset(float x) { return (vf){x, x, x, x}; }
SB_INLINE vf vzero(void) { return vset(0); }
SB_INLINE vf vload(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}
SB_INLINE void vstore(float *p, vf v) { memcpy(p, &v, sizeof v); }
SB_INLINE vf vload_n(const float *p, sb_int n) {
    vf v = vzero();
    for (sb_int i = 0; i < n; i++) v[i] = p[i];
    return v;
}
SB_INLINE void vstore_n(float *p, vf v, sb_int n) {
    for (sb_int i = 0; i < n; i++) p[i] = v[i];
}
SB_INLINE vf viota(void) { return (vf){0, 1, 2, 3}; }
SB_INLINE vf vadd(vf a, vf b) { return a + b; }
SB_INLINE vf vsub(vf a, vf b) { return a - b; }
SB_INLINE vf vmul(vf a, vf b) { return a * b; }
SB_INLINE vf vdiv(vf a, vf b) { return a / b; }
SB_INLINE vf vfma(vf a, vf b, vf c) { return a * b + c; }
SB_INLINE vf vfnma(vf a, vf b, vf c) { return c - a * b; }
SB_INLINE vf vbits_select(vi mask, vf yes, vf no) { return (vf)(((vi)yes & mask) | ((vi)no & ~mask)); }
/// a < b ? yes : no, lane by lane.
SB_INLINE vf vselect_less(vf a, vf b, vf yes, vf no) { return vbits_select((vi)(a < b), yes, no); }
/// The second operand wins against NaN, as on x86: a NaN there comes through.
SB_INLINE vf vmax(vf a, vf b) { return vbits_select((vi)(a > b), a, b); }
SB_INLINE vf vmin(vf a, vf b) { return vbits_select((vi)(a < b), a, b); }
SB_INLINE vf vabs(vf a) { return (vf)((vi)a & 0x7fffffff); }
SB_INLINE vf vcopysign(vf magnitude, vf sign) {
    return (vf)(((vi)magnitude & 0x7fffffff) | ((vi)sign & (int32_t)0x80000000));
}
SB_INLINE vf vsqrt(vf a) { return (vf){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])}; }
/// Nearest integer for |a| < 2^22 (adding 1.5 * 2^23 leaves no fraction bits).
SB_INLINE vf vround(vf a) {
    vf magic = vset(12582912.0f);
    return (a + magic) - magic;
}
/// a * 2^n for integral n in -300 ... 300, in two steps so that subnormal results are reached.
SB_INLINE vf vscale2(vf a, vf n) {
    // Adding 1.5 * 2^23 leaves n in the low bits, without a conversion that NaN would make undefined.
    vu e = (vu)(n + 12582912.0f) - 0x4b400000u, first = (e >> 1) | (e & 0x80000000u);
    return (a * (vf)((first + 127) << 23)) * (vf)((e - first + 127) << 23);
}
/// Splits x, limited to -152 ... 129, into a fraction in [0, 1), which is returned, and an integer for vscale2.
SB_INLINE vf vsplit(vf x, vf *n) {
    x = vmin(vset(129.0f), vmax(vset(-152.0f), x));
    *n = vround(x);
    *n = vselect_less(x, *n, *n - 1.0f, *n);
    return x - *n;
}
SB_INLINE float vsum(vf a) { return (a[0] + a[2]) + (a[1] + a[3]); }
SB_INLINE float vmaximum(vf a) {
    float x = a[0] > a[1] ? a[0] : a[1], y = a[2] > a[3] ? a[2] : a[3];
    return x > y ? x : y;
}
SB_INLINE vf vload_bf16(const uint16_t *p) {
    return (vf)(vi){(int32_t)((uint32_t)p[0] << 16), (int32_t)((uint32_t)p[1] << 16), (int32_t)((uint32_t)p[2] << 16),
                    (int32_t)((uint32_t)p[3] << 16)};
}
SB_INLINE float v_half_to_float(uint16_t h) {
    // Shift the exponent and mantissa into place and multiply by 2^112 to fix the bias; subnormals come out right, and
    // infinities and NaN get the top exponent back.
    uint32_t bits = (uint32_t)(h & 0x7fff) << 13;
    float f;
    memcpy(&f, &bits, 4);
    f *= 0x1p112f;
    memcpy(&bits, &f, 4);
    if ((h & 0x7c00) == 0x7c00) bits |= 0x7f800000u;
    bits |= (uint32_t)(h & 0x8000) << 16;
    memcpy(&f, &bits, 4);
    return f;
}
SB_INLINE vf vload_f16(const uint16_t *p) {
    return (vf){v_half_to_float(p[0]), v_half_to_float(p[1]), v_half_to_float(p[2]), v_half_to_float(p[3])};
}
SB_INLINE uint16_t v_float_to_half(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00); // rounds to 65536 or more
    if (magnitude < 0x38800000) {
        // Subnormal: adding 0.5 lines the last mantissa bit up with 2^-24 and rounds to nearest even.
        float shifted;
        memcpy(&shifted, &magnitude, 4);
        shifted += 0.5f;
        memcpy(&magnitude, &shifted, 4);
        return (uint16_t)(sign | (magnitude - 0x3f000000));
    }
    magnitude += 0xfff + (magnitude >> 13 & 1); // nearest even
    return (uint16_t)(sign | (magnitude - 0x38000000) >> 13);
}
SB_INLINE void vstore_f16(uint16_t *p, vf v) {
    for (int i = 0; i < VW; i++) p[i] = v_float_to_half(v[i]);
}
SB_INLINE void vstore_bf16(uint16_t *p, vf v) {
    for (int i = 0; i < VW; i++) {
        float f = v[i];
        uint32_t bits;
        memcpy(&bits, &f, 4);
        p[i] = (uint16_t)(f != f ? (bits >> 16) | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
}
SB_INLINE void vtranspose(vf t[VW]) {
    vf a = t[0], b = t[1], c = t[2], d = t[3];
    t[0] = (vf){a[0], b[0], c[0], d[0]};
    t[1] = (vf){a[1], b[1], c[1], d[1]};
    t[2] = (vf){a[2], b[2], c[2], d[2]};
    t[3] = (vf){a[3], b[3], c[3], d[3]};
}
SB_INLINE void vprefetch(const void *p) { __builtin_prefetch(p, 0, 2); }
