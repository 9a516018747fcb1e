// Rotary position embedding: each head's halves (a, b) become (a cos - b sin, b cos + a sin). Products are rounded before they
// are added, as the reference does: scores of some hundreds make much of a last bit (layer_norm.h).

SB_INLINE vf rotated_low(vf a, vf b, vf cos, vf sin) { return vsub(vmul(a, cos), vmul(b, sin)); }
SB_INLINE vf rotated_high(vf a, vf b, vf cos, vf sin) { return vadd(vmul(b, cos), vmul(a, sin)); }

/// Whole tokens, in place.
static void rotary_kernel(float *x, sb_int stride, sb_int tokens, sb_int heads, sb_int head_size, const float *cos,
                          const float *sin, const int32_t *positions, sb_int first_position, bool inverse) {
    const sb_int half = head_size / 2;
    for (sb_int t = 0; t < tokens; t++) {
        const sb_int position = positions ? positions[t] : first_position + t;
        const float *c = cos + position * half, *s = sin + position * half;
        for (sb_int i = 0; i < half; i += VW) {
            const sb_int n = sb_min(VW, half - i);
            const vf vc = vload_n(c + i, n);
            vf vs = vload_n(s + i, n);
            if (inverse) vs = vsub(vzero(), vs);
            for (sb_int head = 0; head < heads; head++) {
                float *p = x + t * stride + head * head_size + i;
                vf a = vload_n(p, n), b = vload_n(p + half, n);
                vstore_n(p, rotated_low(a, b, vc, vs), n);
                vstore_n(p + half, rotated_high(a, b, vc, vs), n);
            }
        }
    }
}
