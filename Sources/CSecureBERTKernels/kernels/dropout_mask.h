// Which elements dropout keeps: a function of a key and an element's number, so that nobody stores a mask.

/// Mixes 64 bits: the multiply-xorshift finalizer of splitmix64 (Steele, Lea and Flood 2014).
SB_INLINE uint64_t mix64(uint64_t z) {
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

typedef struct {
    uint64_t key;
    uint32_t threshold; // an element is dropped if its hash is this or more
    float kept;         // the factor of what is kept
} dropout_mask;

/// The mask that keeps the part `keep` of the elements, below 1.
SB_INLINE dropout_mask dropout_mask_for(float keep, uint64_t key) {
    return (dropout_mask){.key = mix64(key + 0x9e3779b97f4a7c15u), .threshold = (uint32_t)(keep * 4294967296.0),
                          .kept = 1 / keep};
}

/// The factors, `kept` or 0, of the elements from `column` on of one row: those whose numbers have `row` as upper half and
/// the column as lower half, which may not pass 2^32.
///
/// The hash of an element is 32-bit arithmetic of its column and of two words mixed from the key and the row. Integers only:
/// the same mask on every instruction set. The constants are those of murmur3's finalizer (Appleby, public domain) and the
/// golden ratio.
static void dropout_factors(const dropout_mask *mask, uint64_t row, uint32_t column, sb_int count, float *factors) {
    const uint64_t words = mix64(mask->key + row * 0x9e3779b97f4a7c15u);
    const uint32_t word0 = (uint32_t)words, word1 = (uint32_t)(words >> 32), threshold = mask->threshold;
    const float kept = mask->kept;
    for (uint32_t i = 0; i < (uint32_t)count; i++) { // the compiler makes vectors of this loop
        uint32_t h = (column + i) ^ word0;
        h = (h ^ h >> 16) * 0x85ebca6bu;
        h = (h ^ h >> 13) * 0xc2b2ae35u;
        h = (h ^ h >> 16) + word1;
        h = (h ^ h >> 15) * 0x9e3779b1u;
        h ^= h >> 16;
        factors[i] = h < threshold ? kept : 0.0f;
    }
}
