// Dropout of the elements of a tensor.

static void dropout_kernel(const float *x, float *y, sb_int count, float keep, uint64_t key, uint64_t first) {
    enum { BLOCK = 256 };
    if (keep >= 1) {
        if (y != x) memcpy(y, x, (size_t)count * sizeof(float));
        return;
    }
    const dropout_mask mask = dropout_mask_for(keep, key);
    for (sb_int begin = 0; begin < count;) {
        const uint64_t number = first + (uint64_t)begin, left = ((uint64_t)1 << 32) - (number & 0xffffffffu);
        const sb_int block = sb_min((sb_int)(left < BLOCK ? left : BLOCK), count - begin);
        float factors[BLOCK]; // apart from the products: x and y may be the same, which would keep it from being vectors
        dropout_factors(&mask, number >> 32, (uint32_t)number, block, factors);
        for (sb_int c = 0; c < block; c += VW) {
            const sb_int lanes = sb_min(VW, block - c);
            vstore_part(y + begin + c, vmul(vload_part(factors + c, lanes), vload_part(x + begin + c, lanes)), lanes);
        }
        begin += block;
    }
}
