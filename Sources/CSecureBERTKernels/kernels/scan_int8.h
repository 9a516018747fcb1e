// Inner products of one query with many rows of bytes, over the operations of vector/bytes_*.h.

SB_INLINE void dot_rows_int8_body(const int8_t *query, const int8_t *rows, sb_int stride, sb_int count, sb_int n, int32_t *y) {
    enum { ROWS = 4, AHEAD = 1024 };
    const sb_int whole = n - n % VB, tail = n - whole;
    _Alignas(64) int8_t query_tail[VB] = {0}, row_tail[VB] = {0};
    memcpy(query_tail, query + whole, (size_t)tail);
    int32_t offset = 0; // what the sums are too large by
    if (VBYTES_OFFSET != 0)
        for (sb_int i = 0; i < n; i++) offset += VBYTES_OFFSET * query[i];
    for (sb_int r = 0; r < count; r += ROWS) {
        // What the last four lack is a row computed again, whose sums are not stored.
        const int8_t *row[ROWS];
        vbytes sums[ROWS];
        SB_UNROLL
        for (int u = 0; u < ROWS; u++) {
            row[u] = rows + sb_min(r + u, count - 1) * stride;
            sums[u] = vbytes_zero();
            // The hardware stops fetching ahead at the end of each page.
            for (sb_int i = 0; i < n; i += 64) __builtin_prefetch(row[u] + i + AHEAD, 0, 2);
        }
        for (sb_int i = 0; i < whole; i += VB) {
            SB_UNROLL
            for (int u = 0; u < ROWS; u++) sums[u] = vbytes_dot(row[u] + i, query + i, sums[u]);
        }
        if (tail > 0) {
            for (int u = 0; u < ROWS; u++) {
                memcpy(row_tail, row[u] + whole, (size_t)tail);
                sums[u] = vbytes_dot(row_tail, query_tail, sums[u]);
            }
        }
        int32_t found[ROWS];
        vbytes_sums(found, sums);
        for (sb_int u = 0; u < sb_min(ROWS, count - r); u++) y[r + u] = found[u] - offset;
    }
}
