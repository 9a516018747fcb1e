// Dropout whose mask is a function of a key and an element's number, so that nobody stores it.

/// Mixes 64 bits: the multiply-xorshift finalizer of splitmix64 (Steele, Lea and Flood 2014).
SB_INLINE uint64_t mix64(uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/// The hash of an element is 32-bit arithmetic of the low half of its number and of two words mixed from the key and the
/// high half. Integers only: the same mask on every instruction set. An element is dropped if its hash is `threshold` or
/// more. The constants are those of murmur3's finalizer (Appleby, public domain) and the golden ratio.
static void dropout_kernel(const float *x, float *y, sb_int count, float keep, uint64_t key, uint64_t first) {
    enum { BLOCK = 256 };
    const float kept = 1 / keep;
    const bool everything = keep >= 1;
    const uint32_t threshold = everything ? 0 : (uint32_t)(keep * 4294967296.0);
    for (sb_int begin = 0; begin < count;) {
        const uint64_t number = first + (uint64_t)begin, left = ((uint64_t)1 << 32) - (number & 0xffffffffu);
        const sb_int n = (sb_int)(left < BLOCK ? left : BLOCK), block = sb_min(n, count - begin);
        const uint64_t words = mix64(mix64(key + 0x9e3779b97f4a7c15u) + (number >> 32) * 0x9e3779b97f4a7c15u);
        const uint32_t low = (uint32_t)number, word0 = (uint32_t)words, word1 = (uint32_t)(words >> 32);
        float factors[BLOCK]; // the compiler makes vectors of this loop; x and y may be the same and would keep it from that
        for (uint32_t i = 0; i < BLOCK; i++) {
            uint32_t h = (low + i) ^ word0;
            h = (h ^ h >> 16) * 0x85ebca6bu;
            h = (h ^ h >> 13) * 0xc2b2ae35u;
            h = (h ^ h >> 16) + word1;
            h = (h ^ h >> 15) * 0x9e3779b1u;
            h ^= h >> 16;
            factors[i] = h < threshold ? kept : 0.0f;
        }
        for (sb_int c = 0; c < block; c += VW) {
            const sb_int lanes = sb_min(VW, block - c);
            const vf factor = everything ? vset(kept) : vload(factors + c);
            vstore_part(y + begin + c, vmul(factor, vload_part(x + begin + c, lanes)), lanes);
        }
        begin += block;
    }
}
