// Gradient of attention of one head, after Dao 2022 (FlashAttention, algorithm 4): with S = scale Q K^T, P = exp(S - lse),
// D = rowsum(dO * O):   dV = P^T dO,   dS = P * (dO V^T - D),   dQ = scale dS K,   dK = scale dS^T Q.
//
// Idea: everything the five products read is rotated and packed once for the whole sequence; its length x head size numbers
// are few beside the length x length scores, which exist only as strips of BACKWARD_QUERIES queries x SB_ATTENTION_KEYS keys
// in the second-level cache. For each block of keys, whose dK and dV stay in that cache too, groups of query tiles pass by:
// each tile makes its rows of P and dS with the register tile of the forward pass and adds dS K to its dQ; then the tiles of
// keys take columns of both strips and add P^T dO and dS^T Q. Q is packed times the scale,
// so that dK, a product with that Q, needs none.
// With a radius only panels which meet a tile's band are computed, and tiles of keys read only queries which see them.
//
// With bf16 (`pairs`, see pairs.h) a tile's P and dS are stored in pairs of queries, in strips of half as many rows, for
// the products over queries, and dS once more in pairs of keys for dQ. Tiles hold even numbers of queries, so that no pair
// belongs to two of them.
//
// With dropout, whose mask M holds 0 and 1 / keep, the weights that met V were M * P:   dV = (M * P)^T dO and
// dS = P * (M * (dO V^T) - D); the mask is made again, of query and key.

enum { BACKWARD_QUERIES = 112, BACKWARD_TILES = BACKWARD_QUERIES / TILE_ROWS };

typedef struct {
    float *q_rows, *k_rows, *g_rows; // [length, d_padded] (or half as many rows of pairs): rotated Q (scaled) and K, and dO
    float *q_tiles, *g_tiles;        // Q and dO as row tiles [steps, height]
    float *k_panels, *v_panels;      // K and V as panels [steps, PANEL]
    float *dq, *dk, *dv;             // [length, d_padded], and [SB_ATTENTION_KEYS, d_padded] of the block of keys
    float *weights, *ds;             // P and dS: [BACKWARD_QUERIES, ATTENTION_STRIP]; pairs fill the first half
    float *log_sum, *inner;          // [length]: log of the sum of exponentials, and D
    sb_int d, d_padded, steps;       // head size, rounded up to whole panels, and as numbers or pairs
    tile_cut cut;                    // of pairs of queries
    dropout_mask mask;               // used if weights are dropped
} backward_state;

/// The floats of scratch; `backward_layout` hands out the same parts.
static sb_int attention_backward_floats(sb_int length, sb_int d) {
    const sb_int d_padded = sb_round_up(d, PANEL), keys = sb_round_up(length, PANEL);
    return 4 * length * d_padded + 2 * (length * d + 64) + 2 * keys * d + 2 * SB_ATTENTION_KEYS * d_padded
        + 2 * BACKWARD_QUERIES * ATTENTION_STRIP + 2 * length;
}

SB_INLINE backward_state backward_layout(float *next, sb_int length, sb_int d, bool pairs) {
    backward_state s = {.d = d, .d_padded = sb_round_up(d, PANEL), .steps = pairs ? sb_divide_up(d, 2) : d,
                        .cut = cut_into(sb_divide_up(length, 2), TILE_ROWS / 2)};
    const sb_int keys = sb_round_up(length, PANEL), rows = length * s.d_padded;
    float **parts[] = {&s.q_rows, &s.k_rows, &s.g_rows, &s.dq, &s.k_panels, &s.v_panels, &s.dk, &s.dv, &s.weights, &s.ds,
                       &s.q_tiles, &s.g_tiles, &s.log_sum, &s.inner};
    const sb_int block = SB_ATTENTION_KEYS * s.d_padded, strip = BACKWARD_QUERIES * ATTENTION_STRIP;
    const sb_int panels = keys * d, tiles = length * d + 64;
    const sb_int sizes[] = {rows, rows, rows, rows, panels, panels, block, block, strip, strip, tiles, tiles, length, length};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *parts[i] = next;
        next += sizes[i];
    }
    return s;
}

/// The first query of a tile.
SB_INLINE sb_int backward_row(const backward_state *s, sb_int tile, sb_int length) {
    return sb_min(2 * tile_row(s->cut, tile), length);
}

/// Fetches a row of one head. Those of the next tokens are far apart and the hardware does not see them coming.
SB_INLINE void backward_fetch(const float *row, sb_int d) {
    for (sb_int c = 0; c < d; c += 16) __builtin_prefetch(row + c, 0, 3);
}
SB_INLINE void backward_fetch_to_write(const float *row, sb_int d) {
    for (sb_int c = 0; c < d; c += 16) __builtin_prefetch(row + c, 1, 3);
}
enum { BACKWARD_AHEAD = 12 }; // tokens from fetch to use

/// Rotated rows, padded with zeros to whole panels.
SB_INLINE void backward_rows(const float *source, sb_int stride, float *rows, const backward_state *s, sb_int length,
                             const float *cos, const float *sin, float factor) {
    for (sb_int t = 0; t < length; t++) {
        backward_fetch(source + (t + BACKWARD_AHEAD) * stride, s->d);
        rotate_row(source + t * stride, rows + t * s->d_padded, s->d, cos, sin, t, factor, false);
        for (sb_int c = s->d; c < s->d_padded; c++) rows[t * s->d_padded + c] = 0;
    }
}

/// Makes pairs of rows, in place.
SB_INLINE void backward_pair_rows(float *rows, sb_int length, sb_int n) {
    for (sb_int t = 0; t < length; t += 2)
        for (sb_int c = 0; c < n; c += VW) {
            const float *row = rows + t * n + c;
            vstore(rows + t / 2 * n + c, vpair_lanes(vload(row), t + 1 < length ? vload(row + n) : vzero()));
        }
}

/// Panels [steps, PANEL] of `length` rows, with zeros past the end.
SB_INLINE void backward_panels(bool pairs, const float *rows, sb_int stride, float *panels, sb_int length,
                               const backward_state *s) {
    for (sb_int i = 0; i < sb_round_up(length, PANEL); i += VW) {
        const sb_int lanes = sb_max(0, sb_min(VW, length - i));
        const float *from = rows + (lanes > 0 ? i * stride : 0);
        for (sb_int r = 0; r < lanes; r++) backward_fetch(from + (VW + r) * stride, s->d);
        attention_pack_panel(pairs, from, stride, lanes, s->d, panels + i / PANEL * PANEL * s->steps + i % PANEL);
    }
}

/// Row tiles [steps, height] of queries. Ascending: a tile's surplus lanes are overwritten by the next.
SB_INLINE void backward_tiles(bool pairs, const float *rows, float *tiles, sb_int length, const backward_state *s) {
    for (sb_int t = 0; t < s->cut.tiles; t++) {
        const sb_int first = backward_row(s, t, length), height = backward_row(s, t + 1, length) - first;
        if (pairs)
            pack_tile_pairs(rows + first * s->d_padded, s->d_padded, height, s->d, tiles + first * s->steps);
        else
            pack_tile(rows + first * s->d_padded, s->d_padded, height, s->d, tiles + first * s->steps);
    }
}

SB_INLINE void backward_pack(bool pairs, const sb_attention_backward *a, const backward_state *s) {
    const sb_int n = a->length;
    backward_rows(a->q, a->stride, s->q_rows, s, n, a->cos, a->sin, a->scale);
    backward_rows(a->k, a->stride, s->k_rows, s, n, a->cos, a->sin, 1);
    backward_rows(a->d_out, a->out_stride, s->g_rows, s, n, NULL, NULL, 1);
    backward_panels(pairs, s->k_rows, s->d_padded, s->k_panels, n, s);
    backward_panels(pairs, a->v, a->stride, s->v_panels, n, s);
    backward_tiles(pairs, s->q_rows, s->q_tiles, n, s);
    backward_tiles(pairs, s->g_rows, s->g_tiles, n, s);
    if (pairs) {
        backward_pair_rows(s->q_rows, n, s->d_padded);
        backward_pair_rows(s->k_rows, n, s->d_padded);
        backward_pair_rows(s->g_rows, n, s->d_padded);
    }
    for (sb_int t = 0; t < n; t++) {
        s->log_sum[t] = a->log_sum_exp[t];
        backward_fetch(a->out + (t + BACKWARD_AHEAD) * a->out_stride, s->d);
        s->inner[t] = dot_kernel(a->d_out + t * a->out_stride, a->out + t * a->out_stride, s->d);
    }
    memset(s->dq, 0, (size_t)(n * s->d_padded) * sizeof(float));
}

/// P and dS of one vector, given scores, dO V^T and where the factors of dropout are, if there are any. P includes them.
SB_INLINE vf backward_weights(vf scores, vf base, vf inner, const float *factors, vf *ds) {
    const vf p = vexp_below(vsub(scores, base));
    if (!factors) {
        *ds = vmul(p, vsub(*ds, inner));
        return p;
    }
    const vf factor = vload(factors);
    *ds = vmul(p, vsub(vmul(factor, *ds), inner));
    return vmul(factor, p);
}

/// Turns scores and dO V^T of one query, columns [begin, end), into P and dS.
SB_INLINE void backward_softmax(float *weights, float *ds, sb_int begin, sb_int end, float log_sum, float inner,
                                const float *factors) {
    const vf base = vset(log_sum), d = vset(inner);
    for (sb_int c = begin; c < end; c += VW) {
        vf out = vload(ds + c);
        vstore(weights + c, backward_weights(vload(weights + c), base, d, factors ? factors + c : NULL, &out));
        vstore(ds + c, out);
    }
}

/// The same of two queries (the second may be missing), into pairs of queries, and pairs of keys where the rows of dS were.
/// The factors of the second query are one strip behind those of the first.
SB_INLINE void backward_softmax_pairs(const float *weights, float *ds, sb_int begin, sb_int end, const float *log_sum,
                                      const float *inner, bool both, const float *factors, float *weight_pairs,
                                      float *ds_pairs) {
    const vf base0 = vset(log_sum[0]), inner0 = vset(inner[0]);
    const vf base1 = both ? vset(log_sum[1]) : base0, inner1 = both ? vset(inner[1]) : inner0;
    for (sb_int c = begin; c < end; c += 2 * VW) {
        vf ds0[2], ds1[2] = {vzero(), vzero()};
        SB_UNROLL
        for (int i = 0; i < 2; i++) {
            const sb_int at = c + i * VW;
            ds0[i] = vload(ds + at);
            const vf p0 = backward_weights(vload(weights + at), base0, inner0, factors ? factors + at : NULL, &ds0[i]);
            vf p1 = vzero();
            if (both) {
                const sb_int next = ATTENTION_STRIP + at;
                ds1[i] = vload(ds + next);
                p1 = backward_weights(vload(weights + next), base1, inner1, factors ? factors + next : NULL, &ds1[i]);
            }
            vstore(weight_pairs + at, vpair_lanes(p0, p1));
            vstore(ds_pairs + at, vpair_lanes(ds0[i], ds1[i]));
        }
        vstore(ds + c / 2, vpair_neighbours(ds0[0], ds0[1]));
        if (both) vstore(ds + ATTENTION_STRIP + c / 2, vpair_neighbours(ds1[0], ds1[1]));
    }
}

/// Zeros beside [begin, end): a tile of keys sees queries that are outside of the band of some of its keys, at most one
/// panel away.
SB_INLINE void backward_margins(float *row, sb_int begin, sb_int end) {
    for (sb_int c = sb_max(0, begin - PANEL); c < begin; c += VW) vstore(row + c, vzero());
    for (sb_int c = end; c < sb_min(end + PANEL, SB_ATTENTION_KEYS); c += VW) vstore(row + c, vzero());
}

/// A tile of queries [first, first + height) of the group from `query` on against the keys [key, key + count): its rows of
/// both strips, and its dQ.
SB_INLINE void backward_query_tile(bool pairs, const sb_attention_backward *a, const backward_state *s, sb_int query,
                                   sb_int first, sb_int height, sb_int key, sb_int count) {
    const sb_int steps = s->steps, bottom = first + height - 1;
    sb_int low = 0, high = count;
    if (a->radius >= 0) {
        low = sb_max(0, first - a->radius - key);
        high = sb_min(count, bottom + a->radius + 1 - key);
        if (low >= high) return;
    }
    // The tile's rows of scores: those of the strips, or with pairs their second halves.
    const sb_int place = (pairs ? BACKWARD_QUERIES / 2 : first - query) * ATTENTION_STRIP;
    float *weights = s->weights + place, *ds = s->ds + place;
    const sb_int begin = low / PANEL * PANEL, end = sb_round_up(high, PANEL);
    const tile_function tile = tile_functions[pairs][height];
    for (sb_int c = begin; c < end; c += PANEL) {
        tile(s->q_tiles + first * steps, s->k_panels + (key + c) * steps, steps, weights + c, ATTENTION_STRIP, NULL);
        tile(s->g_tiles + first * steps, s->v_panels + (key + c) * steps, steps, ds + c, ATTENTION_STRIP, NULL);
    }
    for (sb_int r = 0; r < height; r++) {
        sb_int row_low = low, row_high = high;
        if (a->radius >= 0) {
            row_low = sb_min(high, sb_max(low, first + r - a->radius - key));
            row_high = sb_max(row_low, sb_min(high, first + r + a->radius + 1 - key));
        }
        if (row_low > begin || row_high < end)
            mask_scores(weights + r * ATTENTION_STRIP + begin, end - begin, row_low - begin, row_high - begin);
    }
    for (sb_int r = 0; r < height; r += pairs ? 2 : 1) {
        const float *log_sum = s->log_sum + first + r, *inner = s->inner + first + r;
        float *row = weights + r * ATTENTION_STRIP, *ds_row = ds + r * ATTENTION_STRIP;
        float factors[2 * ATTENTION_STRIP];
        for (sb_int i = 0; a->dropout > 0 && i < (pairs ? 2 : 1); i++)
            dropout_factors(&s->mask, (uint64_t)(first + r + i), (uint32_t)(key + begin), end - begin,
                            factors + i * ATTENTION_STRIP + begin);
        if (pairs) {
            const sb_int pair = (first - query + r) / 2 * ATTENTION_STRIP;
            const bool both = r + 1 < height;
            if (a->dropout > 0)
                backward_softmax_pairs(row, ds_row, begin, end, log_sum, inner, both, factors, s->weights + pair, s->ds + pair);
            else
                backward_softmax_pairs(row, ds_row, begin, end, log_sum, inner, both, NULL, s->weights + pair, s->ds + pair);
            row = s->weights + pair;
            if (a->radius >= 0) backward_margins(s->ds + pair, begin, end);
        } else {
            if (a->dropout > 0)
                backward_softmax(row, ds_row, begin, end, *log_sum, *inner, factors);
            else
                backward_softmax(row, ds_row, begin, end, *log_sum, *inner, NULL);
            if (a->radius >= 0) backward_margins(ds_row, begin, end);
        }
        if (a->radius >= 0) backward_margins(row, begin, end);
    }
    // A pair may reach one key to either side of [low, high), where dS is zero.
    const sb_int unit = pairs ? 2 : 1, from = low / unit, to = sb_divide_up(high, unit);
    for (sb_int c = 0; c < s->d_padded; c += PANEL)
        row_functions[pairs][height](ds + from, s->k_rows + (key / unit + from) * s->d_padded + c, s->d_padded, to - from,
                                     s->dq + first * s->d_padded + c, s->d_padded);
}

/// Adds the queries [query, query + rows), whose strips are ready, to dK and dV of the keys [key, key + count).
SB_INLINE void backward_keys(bool pairs, const sb_attention_backward *a, const backward_state *s, sb_int query, sb_int rows,
                             sb_int key, sb_int count) {
    const sb_int unit = pairs ? 2 : 1, n = s->d_padded;
    const tile_cut cut = cut_rows(count);
    for (sb_int t = 0; t < cut.tiles; t++) {
        const sb_int first = tile_row(cut, t), height = tile_row(cut, t + 1) - first;
        sb_int from = 0, to = rows;
        if (a->radius >= 0) {
            from = sb_max(0, key + first - a->radius - query);
            to = sb_min(rows, key + first + height + a->radius - query);
            if (from >= to) continue;
        }
        from /= unit;
        to = sb_divide_up(to, unit);
        const sb_int strip = from * ATTENTION_STRIP + first, row = (query / unit + from) * n, out = first * n;
        const strip_function function = column_functions[pairs][height];
        for (sb_int c = 0; c < n; c += PANEL) {
            function(s->weights + strip, s->g_rows + row + c, n, to - from, s->dv + out + c, n);
            function(s->ds + strip, s->q_rows + row + c, n, to - from, s->dk + out + c, n);
        }
    }
}

SB_INLINE void attention_gradient(bool pairs, const sb_attention_backward *a, void *scratch) {
    backward_state s = backward_layout(scratch, a->length, a->head_size, pairs);
    if (a->dropout > 0) s.mask = dropout_mask_for(1 - a->dropout, a->dropout_key);
    backward_pack(pairs, a, &s);
    for (sb_int key = 0; key < a->length; key += SB_ATTENTION_KEYS) {
        const sb_int count = sb_min(SB_ATTENTION_KEYS, a->length - key);
        memset(s.dk, 0, (size_t)(count * s.d_padded) * sizeof(float));
        memset(s.dv, 0, (size_t)(count * s.d_padded) * sizeof(float));
        for (sb_int tile = 0; tile < s.cut.tiles; tile += BACKWARD_TILES) {
            const sb_int tile_end = sb_min(tile + BACKWARD_TILES, s.cut.tiles);
            const sb_int query = backward_row(&s, tile, a->length), query_end = backward_row(&s, tile_end, a->length);
            if (a->radius >= 0 && (query >= key + count + a->radius || query_end <= key - a->radius)) continue;
            for (sb_int t = tile; t < tile_end; t++) {
                const sb_int first = backward_row(&s, t, a->length), height = backward_row(&s, t + 1, a->length) - first;
                backward_query_tile(pairs, a, &s, query, first, height, key, count);
            }
            backward_keys(pairs, a, &s, query, query_end - query, key, count);
        }
        for (sb_int t = 0; t < count; t++) {
            const sb_int row = t * s.d_padded, token = (key + t) * a->d_stride, ahead = token + BACKWARD_AHEAD * a->d_stride;
            backward_fetch_to_write(a->d_k + ahead, s.d);
            backward_fetch_to_write(a->d_v + ahead, s.d);
            rotate_row(s.dk + row, a->d_k + token, s.d, a->cos, a->sin, key + t, 1, true);
            rotate_row(s.dv + row, a->d_v + token, s.d, NULL, NULL, 0, 1, false);
        }
    }
    for (sb_int t = 0; t < a->length; t++) {
        backward_fetch_to_write(a->d_q + (t + BACKWARD_AHEAD) * a->d_stride, s.d);
        rotate_row(s.dq + t * s.d_padded, a->d_q + t * a->d_stride, s.d, a->cos, a->sin, t, a->scale, true);
    }
}

static void attention_backward_kernel(const sb_attention_backward *a, void *scratch) {
    if (a->length <= 0) return;
    if (a->bf16)
        attention_gradient(true, a, scratch);
    else
        attention_gradient(false, a, scratch);
}
