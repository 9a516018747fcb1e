// Products of bf16 numbers, summed in f32. Operands are pairs of neighbours along k, each one 32-bit word (the first in the
// low half), so that a pair takes the place of an f32 in every layout: a vector of words holds VW pairs. AVX-512 BF16 has an
// instruction for the product of pairs (vector/avx512.h); elsewhere they are widened, which is right but slower than f32.

#if !defined(SB_NATIVE_PAIRS)
typedef uint32_t vwords __attribute__((vector_size(VW * 4)));

/// Rounds to bf16, nearest even; the lower half of each lane is then zero, except that NaN keeps some bits.
SB_INLINE vwords vrounded(vf v) {
    const vwords bits = (vwords)v, quiet = (vwords)(v != v);
    return ((bits + 0x7fffu + (bits >> 16 & 1u)) & ~quiet) | ((bits | 0x400000u) & quiet);
}
/// Word i pairs even[i] with odd[i].
SB_INLINE vf vpair_lanes(vf even, vf odd) { return (vf)(vrounded(even) >> 16 | (vrounded(odd) & 0xffff0000u)); }
/// Word i pairs elements 2i and 2i + 1 of `first` followed by `second`.
SB_INLINE vf vpair_neighbours(vf first, vf second) {
    uint16_t halves[2 * VW];
    vf words;
    vstore_bf16(halves, first);
    vstore_bf16(halves + VW, second);
    memcpy(&words, halves, sizeof words);
    return words;
}
/// sum + the product of the words' first numbers + the product of their second ones.
SB_INLINE vf vdot_pairs(vf x, vf w, vf sum) {
    const vf low = vfma((vf)((vwords)x << 16), (vf)((vwords)w << 16), sum);
    return vfma((vf)((vwords)x & 0xffff0000u), (vf)((vwords)w & 0xffff0000u), low);
}
#endif
