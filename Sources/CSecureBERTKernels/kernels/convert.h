// Stored types: embedding rows gathered from a table, and conversion of arrays.

static void gather_kernel(const void *table, sb_dtype type, sb_int ld, const int32_t *ids, sb_int count, sb_int n, float *y,
                          sb_int ldy, bool accumulate) {
    for (sb_int r = 0; r < count; r++) {
        const void *row = vaddress(table, type, (sb_int)ids[r] * ld);
        float *out = y + r * ldy;
        for (sb_int c = 0; c < n; c += VW) {
            const sb_int lanes = sb_min(VW, n - c);
            vf v = lanes == VW ? vload_typed(vaddress(row, type, c), type)
                               : vload_typed_n(vaddress(row, type, c), type, lanes);
            if (accumulate) v = vadd(v, vload_n(out + c, lanes));
            vstore_n(out + c, v, lanes);
        }
    }
}

static void convert_kernel(const void *source, sb_dtype source_type, void *target, sb_dtype target_type, sb_int count) {
    if (source_type == target_type) {
        memmove(target, source, (size_t)(count * (source_type == SB_F32 ? 4 : 2)));
        return;
    }
    for (sb_int i = 0; i < count; i += VW) {
        const sb_int lanes = sb_min(VW, count - i);
        const void *from = vaddress(source, source_type, i);
        vf v = lanes == VW ? vload_typed(from, source_type) : vload_typed_n(from, source_type, lanes);
        vstore_typed_n((char *)target + i * (target_type == SB_F32 ? 4 : 2), target_type, v, lanes);
    }
}
