// Packing: rearranging matrices so that the register tile reads both of its operands as one forward stream.
//
// A weight panel is [k, PANEL]: for each k, the weights of PANEL consecutive outputs. A row tile of X is [k, rows]: for each
// k, the inputs of `rows` consecutive rows. Both are transposes of row-major matrices, done VW x VW at a time in registers.
// For bf16 products k counts pairs of neighbours, one 32-bit word each, and panels and tiles are otherwise the same.

/// Writes the transpose of `rows` (<= VW) rows of `source`, columns [0, k): lane r of out[c * stride ...] is source[r, c].
/// Lanes past `rows` are zero. `store` is how many lanes each store writes (<= VW).
SB_INLINE void pack_transposed_rows(const void *source, sb_dtype type, sb_int ld, sb_int rows, sb_int k, float *out,
                                    sb_int stride) {
    for (sb_int c = 0; c < k; c += VW) {
        vf t[VW];
        sb_int columns = sb_min(VW, k - c);
        for (sb_int r = 0; r < VW; r++) {
            const void *p = vaddress(source, type, r * ld + c);
            t[r] = r >= rows ? vzero() : columns == VW ? vload_typed(p, type) : vload_typed_n(p, type, columns);
        }
        vtranspose(t);
        if (columns == VW) {
            for (sb_int j = 0; j < VW; j++) vstore(out + (c + j) * stride, t[j]);
        } else {
            for (sb_int j = 0; j < columns; j++) vstore(out + (c + j) * stride, t[j]);
        }
    }
}

/// Up to 2 VW neighbouring numbers, of which `count` are there, as pairs.
SB_INLINE vf load_pairs(const void *p, sb_dtype type, sb_int count) {
    const void *q = vaddress(p, type, VW);
    const vf first = count >= VW ? vload_typed(p, type) : vload_typed_n(p, type, count);
    if (count <= VW) return vpair_neighbours(first, vzero());
    return vpair_neighbours(first, count >= 2 * VW ? vload_typed(q, type) : vload_typed_n(q, type, count - VW));
}

/// Copies columns [column, column + lanes) of each of k rows into `out`, one row each `stride`; other lanes up to VW are zero.
SB_INLINE void pack_rows(const void *source, sb_dtype type, sb_int ld, sb_int column, sb_int lanes, sb_int k, float *out,
                         sb_int stride) {
    for (sb_int c = 0; c < k; c++) {
        const void *p = vaddress(source, type, c * ld + column);
        vstore(out + c * stride, lanes >= VW ? vload_typed(p, type) : vload_typed_n(p, type, lanes));
    }
}

/// As pack_transposed_rows, in pairs: lane r of out[c * stride ...] holds columns 2c and 2c + 1 of row r, zero from k on.
SB_INLINE void pack_transposed_pairs(const void *source, sb_dtype type, sb_int ld, sb_int rows, sb_int k, float *out,
                                     sb_int stride) {
    for (sb_int c = 0; c < k; c += 2 * VW) {
        vf t[VW];
        for (sb_int r = 0; r < VW; r++)
            t[r] = r < rows ? load_pairs(vaddress(source, type, r * ld + c), type, k - c) : vzero();
        vtranspose(t);
        const sb_int words = sb_min(VW, sb_divide_up(k - c, 2));
        for (sb_int j = 0; j < words; j++) vstore(out + (c / 2 + j) * stride, t[j]);
    }
}

/// As pack_rows, in pairs: word c of a lane holds rows 2c and 2c + 1 of its column, zero from k on.
SB_INLINE void pack_row_pairs(const void *source, sb_dtype type, sb_int ld, sb_int column, sb_int lanes, sb_int k, float *out,
                              sb_int stride) {
    for (sb_int c = 0; c < k; c += 2) {
        const void *p = vaddress(source, type, c * ld + column), *q = vaddress(p, type, ld);
        const vf even = lanes >= VW ? vload_typed(p, type) : vload_typed_n(p, type, lanes);
        const vf odd = c + 1 == k ? vzero() : lanes >= VW ? vload_typed(q, type) : vload_typed_n(q, type, lanes);
        vstore(out + c / 2 * stride, vpair_lanes(even, odd));
    }
}

SB_INLINE void pack_panels(const sb_packed *packed, const void *source, sb_dtype type, sb_int ld, bool transposed,
                           sb_int panel_begin, sb_int panel_end) {
    const bool pairs = packed->type == SB_BF16;
    const sb_int k = packed->k, h = packed->n / 2, steps = pairs ? sb_divide_up(k, 2) : k;
    for (sb_int panel = panel_begin; panel < panel_end; panel++) {
        for (sb_int group = 0; group < PANEL_VECTORS; group++) {
            float *out = (float *)packed->data + panel * PANEL * steps + group * VW;
            // The first weight row of these VW lanes, and where the rows it may take end.
            sb_int row = panel * PANEL + group * VW, limit = packed->n;
            if (packed->gated) {
                bool gate = group >= PANEL_VECTORS / 2;
                row = panel * (PANEL / 2) + (group - (gate ? PANEL_VECTORS / 2 : 0)) * VW + (gate ? h : 0);
                limit = gate ? packed->n : h;
            }
            const sb_int lanes = sb_max(0, sb_min(VW, limit - row));
            if (lanes == 0) row = 0;
            if (transposed && pairs)
                pack_row_pairs(source, type, ld, row, lanes, k, out, PANEL);
            else if (transposed)
                pack_rows(source, type, ld, row, lanes, k, out, PANEL);
            else if (pairs)
                pack_transposed_pairs(vaddress(source, type, row * ld), type, ld, lanes, k, out, PANEL);
            else
                pack_transposed_rows(vaddress(source, type, row * ld), type, ld, lanes, k, out, PANEL);
        }
    }
}

static void pack_kernel(const sb_packed *packed, const void *source, sb_dtype type, sb_int ld, bool transposed,
                        sb_int panel_begin, sb_int panel_end) {
    switch (type) { // one copy of the loops per type, without a branch inside
    case SB_F32: pack_panels(packed, source, SB_F32, ld, transposed, panel_begin, panel_end); break;
    case SB_F16: pack_panels(packed, source, SB_F16, ld, transposed, panel_begin, panel_end); break;
    case SB_BF16: pack_panels(packed, source, SB_BF16, ld, transposed, panel_begin, panel_end); break;
    }
}

/// Packs `rows` (<= TILE_ROWS) rows of X, columns [0, k), as [k, rows]. Writes up to VW - 1 floats past the end: tiles are
/// packed in ascending order and the buffer has room, so the next tile overwrites them.
SB_INLINE void pack_tile(const float *x, sb_int ldx, sb_int rows, sb_int k, float *out) {
    enum { GROUPS = (TILE_ROWS + VW - 1) / VW };
    for (sb_int c = 0; c < k; c += VW) {
        vf t[GROUPS][VW];
        sb_int columns = sb_min(VW, k - c);
        for (sb_int g = 0; g * VW < rows; g++) {
            for (sb_int r = 0; r < VW; r++) {
                const float *p = x + (g * VW + r) * ldx + c;
                vprefetch(p + rows * ldx); // the next tile, which is packed after this one has been multiplied
                t[g][r] = g * VW + r >= rows ? vzero() : columns == VW ? vload(p) : vload_n(p, columns);
            }
            vtranspose(t[g]);
        }
        // Ascending order: each store's surplus lanes are overwritten by the next.
        for (sb_int j = 0; j < columns; j++)
            for (sb_int g = 0; g * VW < rows; g++) vstore(out + (c + j) * rows + g * VW, t[g][j]);
    }
}

/// As pack_tile for pairs: columns [0, k) as [k/2 rounded up, rows], zero from k on.
SB_INLINE void pack_tile_pairs(const float *x, sb_int ldx, sb_int rows, sb_int k, float *out) {
    enum { GROUPS = (TILE_ROWS + VW - 1) / VW };
    for (sb_int c = 0; c < k; c += 2 * VW) {
        vf t[GROUPS][VW];
        for (sb_int g = 0; g * VW < rows; g++) {
            for (sb_int r = 0; r < VW; r++) {
                const float *p = x + (g * VW + r) * ldx + c;
                vprefetch(p + rows * ldx); // the next tile, which is packed after this one has been multiplied
                vprefetch(p + rows * ldx + VW);
                t[g][r] = g * VW + r < rows ? load_pairs(p, SB_F32, k - c) : vzero();
            }
            vtranspose(t[g]);
        }
        // Ascending order: each store's surplus lanes are overwritten by the next.
        const sb_int words = sb_min(VW, sb_divide_up(k - c, 2));
        for (sb_int j = 0; j < words; j++)
            for (sb_int g = 0; g * VW < rows; g++) vstore(out + (c / 2 + j) * rows + g * VW, t[g][j]);
    }
}

/// Rows cut into the fewest tiles, of nearly equal height.
typedef struct {
    sb_int tiles, height, taller; // the first `taller` tiles have one row more
} tile_cut;

SB_INLINE tile_cut cut_into(sb_int rows, sb_int most) {
    const sb_int tiles = sb_divide_up(rows, most);
    return (tile_cut){tiles, rows / tiles, rows % tiles};
}
SB_INLINE tile_cut cut_rows(sb_int rows) { return cut_into(rows, TILE_ROWS); }
/// The first row of a tile.
SB_INLINE sb_int tile_row(tile_cut cut, sb_int tile) { return cut.height * tile + sb_min(tile, cut.taller); }

enum { PACK_TOGETHER = 8 }; // steps of a transposed X packed for each tile in turn

/// Steps [begin, end) of `rows` columns of a transposed X [k, ...] into their tile. `readable` columns are there to be read.
SB_INLINE void pack_transposed_steps(bool pairs, const float *x, sb_int ldx, sb_int rows, sb_int readable, sb_int k,
                                     sb_int begin, sb_int end, float *tile) {
    const sb_int last = (pairs ? sb_divide_up(k, 2) : k) - 1;
    for (sb_int c = begin; c < end; c++)
        for (sb_int r = 0; r < rows; r += VW) {
            const float *p = x + (pairs ? 2 * c : c) * ldx + r, *ahead = p + (pairs ? 2 : 1) * PACK_TOGETHER * ldx;
            const sb_int lanes = sb_min(VW, readable - r);
            vprefetch(ahead); // short runs far apart: the hardware does not see them coming
            if (pairs) vprefetch(ahead + ldx);
            vf v = vload_part(p, lanes);
            if (pairs) v = vpair_lanes(v, 2 * c + 1 < k ? vload_part(p + ldx, lanes) : vzero());
            // Surplus lanes are overwritten by the next store, except the last ones, behind which another tile lies.
            vstore_part(tile + c * rows + r, v, c < last ? VW : sb_min(VW, rows - r));
        }
}

/// Packs columns of a transposed X [k, ...] into the tiles [tile_begin, tile_end) of a cut; x is at the first tile's first
/// row. All tiles take a few k at a time, so that whole runs of X are read.
SB_INLINE void pack_transposed_tiles(bool pairs, const float *x, sb_int ldx, tile_cut cut, sb_int tile_begin, sb_int tile_end,
                                     sb_int k, float *out) {
    const sb_int steps = pairs ? sb_divide_up(k, 2) : k;
    const sb_int first = tile_row(cut, tile_begin), rows = tile_row(cut, tile_end) - first;
    for (sb_int begin = 0; begin < steps; begin += PACK_TOGETHER) {
        const sb_int end = sb_min(steps, begin + PACK_TOGETHER);
        for (sb_int t = tile_begin; t < tile_end; t++) {
            const sb_int row = tile_row(cut, t) - first, height = tile_row(cut, t + 1) - first - row;
            pack_transposed_steps(pairs, x + row, ldx, height, rows - row, k, begin, end, out + row * steps);
        }
    }
}
