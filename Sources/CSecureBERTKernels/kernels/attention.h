// Attention of one head: softmax(scale Q K^T) V without ever holding the scores of a whole row.
//
// Idea: a block of up to SB_ATTENTION_QUERIES queries is packed once (rotated and scaled, as row tiles), then the keys pass
// by in blocks of SB_ATTENTION_KEYS, each packed (rotated) into the panels the register tile of the matrix product reads,
// with its values. For each tile of queries:  S = Q K^T into a strip in the first-level cache; the online softmax turns S
// into P = 2^(S - m) with a running maximum m and sum l per query, rescaling the output when m grows; O += P V.
// The scale includes log2 e, so that the exponential is a plain 2^x. With a radius only the key panels which meet the
// band of the tile are computed, and S is masked where a panel sticks out of a query's band.
//
// Scratch (f32): Q block, O block, K block, V block, S strip, and m and l per query; independent of the length.

enum { STRIP = SB_ATTENTION_KEYS + 16 }; // row distance in S; the 16 keep rows off the same cache sets

typedef struct {
    float *q, *o, *k, *v, *scores, *maximum, *sum;
    sb_int d, d_padded; // head size, and rounded up to whole panels
} attention_state;

SB_INLINE attention_state attention_layout(float *scratch, sb_int d) {
    attention_state s = {.d = d, .d_padded = sb_round_up(d, PANEL)};
    s.q = scratch;
    s.o = s.q + SB_ATTENTION_QUERIES * d + 64;
    s.k = s.o + SB_ATTENTION_QUERIES * s.d_padded;
    s.v = s.k + SB_ATTENTION_KEYS * d;
    s.scores = s.v + SB_ATTENTION_KEYS * s.d_padded;
    s.maximum = s.scores + TILE_ROWS * STRIP;
    s.sum = s.maximum + SB_ATTENTION_QUERIES;
    return s;
}

/// target[0 ..< d] = factor * rotary(source) for one token at `position`.
SB_INLINE void rotate_row(const float *source, float *target, sb_int d, const float *cos, const float *sin, sb_int position,
                          float factor) {
    const vf f = vset(factor);
    if (!cos) {
        sb_int i = 0;
        for (; i + VW <= d; i += VW) vstore(target + i, vmul(f, vload(source + i)));
        if (i < d) vstore_n(target + i, vmul(f, vload_n(source + i, d - i)), d - i);
        return;
    }
    const sb_int half = d / 2;
    cos += position * half;
    sin += position * half;
    for (sb_int i = 0; i < half; i += VW) {
        sb_int n = sb_min(VW, half - i);
        vf a = vload_n(source + i, n), b = vload_n(source + half + i, n);
        vf c = vmul(f, vload_n(cos + i, n)), s = vmul(f, vload_n(sin + i, n));
        vstore_n(target + i, vfnma(b, s, vmul(a, c)), n);
        vstore_n(target + half + i, vfma(a, s, vmul(b, c)), n);
    }
}

static void attention_pack_queries(const sb_attention *a, const attention_state *s, sb_int query, tile_cut cut) {
    float rows[TILE_ROWS * 256];
    const float factor = a->scale * 1.44269504f;
    for (sb_int t = 0; t < cut.tiles; t++) {
        sb_int first = tile_row(cut, t), height = tile_row(cut, t + 1) - first;
        for (sb_int r = 0; r < height; r++) {
            sb_int position = query + first + r;
            rotate_row(a->q + position * a->q_stride, rows + r * s->d, s->d, a->cos, a->sin, position, factor);
        }
        pack_tile(rows, s->d, false, height, s->d, s->q + first * s->d);
    }
}

/// Packs keys [key, key + count) into panels [d, PANEL] and their values into panels [count, PANEL] per PANEL columns.
static void attention_pack_keys(const sb_attention *a, const attention_state *s, sb_int key, sb_int count) {
    float rows[VW * 256];
    for (sb_int i = 0; i < count; i += VW) {
        sb_int lanes = sb_min(VW, count - i);
        for (sb_int r = 0; r < lanes; r++) {
            sb_int position = key + i + r;
            rotate_row(a->k + position * a->k_stride, rows + r * s->d, s->d, a->cos, a->sin, position, 1);
        }
        float *out = s->k + i / PANEL * PANEL * s->d + i % PANEL;
        pack_transposed_rows(rows, SB_F32, s->d, lanes, s->d, out, PANEL);
    }
    // The last panel's lanes past `count` in whole vectors: any finite number will do, they are masked.
    for (sb_int i = sb_round_up(count, VW); i % PANEL != 0; i += VW)
        for (sb_int c = 0; c < s->d; c++) vstore(s->k + i / PANEL * PANEL * s->d + c * PANEL + i % PANEL, vzero());
    for (sb_int c = 0; c < s->d; c += VW) {
        sb_int lanes = sb_min(VW, s->d - c);
        float *out = s->v + c / PANEL * PANEL * count + c % PANEL;
        const float *source = a->v + key * a->v_stride + c;
        for (sb_int r = 0; r < count; r++)
            vstore(out + r * PANEL, lanes == VW ? vload(source + r * a->v_stride) : vload_n(source + r * a->v_stride, lanes));
    }
    for (sb_int c = sb_round_up(s->d, VW); c < s->d_padded; c += VW)
        for (sb_int r = 0; r < count; r++) vstore(s->v + c / PANEL * PANEL * count + c % PANEL + r * PANEL, vzero());
}

/// Masks the scores of one row outside [low, high) with minus infinity; columns count from `begin`, up to `end`.
SB_INLINE void mask_scores(float *scores, sb_int begin, sb_int end, sb_int low, sb_int high) {
    const vf outside = vset(-INFINITY);
    for (sb_int c = begin; c < end; c += VW) {
        if (c >= low && c + VW <= high) continue;
        vf column = vadd(viota(), vset((float)c)), v = vload(scores + c);
        v = vselect_less(column, vset((float)low), outside, v);
        v = vselect_less(column, vset((float)high), v, outside);
        vstore(scores + c, v);
    }
}

/// Turns the scores [begin, end) of one query into 2^(score - maximum) and updates its maximum, sum and output row.
SB_INLINE void online_softmax(float *scores, sb_int begin, sb_int end, float *maximum, float *sum, float *output,
                              sb_int columns) {
    vf m0 = vload(scores + begin), m1 = m0;
    sb_int c = begin + VW;
    for (; c + 2 * VW <= end; c += 2 * VW) {
        m0 = vmax(m0, vload(scores + c));
        m1 = vmax(m1, vload(scores + c + VW));
    }
    for (; c < end; c += VW) m0 = vmax(m0, vload(scores + c));
    const float block = vmaximum(vmax(m0, m1)), old = *maximum;
    const float now = block > old ? block : old;
    const vf base = vset(now == -INFINITY ? 0 : now); // all masked so far: avoid infinity - infinity
    vf s0 = vzero(), s1 = vzero();
    for (c = begin; c + 2 * VW <= end; c += 2 * VW) {
        vf p0 = vexp2(vsub(vload(scores + c), base)), p1 = vexp2(vsub(vload(scores + c + VW), base));
        vstore(scores + c, p0);
        vstore(scores + c + VW, p1);
        s0 = vadd(s0, p0);
        s1 = vadd(s1, p1);
    }
    for (; c < end; c += VW) {
        vf p = vexp2(vsub(vload(scores + c), base));
        vstore(scores + c, p);
        s0 = vadd(s0, p);
    }
    if (now > old) {
        vf shrink = vexp2(vsub(vset(old), base));
        for (c = 0; c < columns; c += VW) vstore(output + c, vmul(shrink, vload(output + c)));
        float lanes[VW];
        vstore(lanes, shrink);
        *sum *= lanes[0];
        *maximum = now;
    }
    *sum += vsum(vadd(s0, s1));
}

/// One tile of queries [first, first + height) (positions query + ...) against the packed keys [key, key + count).
static void attention_tile(const sb_attention *a, const attention_state *s, sb_int query, sb_int first, sb_int height,
                           sb_int key, sb_int count) {
    const sb_int d = s->d, top = query + first, bottom = top + height - 1;
    // The keys any query of the tile sees, relative to the block.
    sb_int low = 0, high = count;
    if (a->radius >= 0) {
        low = sb_max(0, top - a->radius - key);
        high = sb_min(count, bottom + a->radius + 1 - key);
        if (low >= high) return;
    }
    const sb_int begin = low / PANEL * PANEL, end = sb_round_up(high, PANEL);
    for (sb_int c = begin; c < end; c += PANEL)
        attention_score_functions[height](s->q + first * d, 1, s->k + c * d, d, s->scores + c, STRIP);
    const bool masked = a->radius >= 0 || high % PANEL != 0;
    for (sb_int r = 0; r < height; r++) {
        float *row = s->scores + r * STRIP;
        if (masked) {
            sb_int row_low = low, row_high = high;
            if (a->radius >= 0) {
                row_low = sb_max(low, top + r - a->radius - key);
                row_high = sb_min(high, top + r + a->radius + 1 - key);
            }
            mask_scores(row, begin, end, row_low, row_high);
        }
        online_softmax(row, begin, end, s->maximum + first + r, s->sum + first + r, s->o + (first + r) * s->d_padded,
                       s->d_padded);
    }
    for (sb_int c = 0; c < s->d_padded; c += PANEL)
        attention_value_functions[height](s->scores + low, STRIP, s->v + c * count + low * PANEL, high - low,
                                          s->o + first * s->d_padded + c, s->d_padded);
}

static void attention_kernel(const sb_attention *a, sb_int query_begin, sb_int query_end, void *scratch) {
    const attention_state s = attention_layout(scratch, a->head_size);
    for (sb_int query = query_begin; query < query_end; query += SB_ATTENTION_QUERIES) {
        const sb_int rows = sb_min(SB_ATTENTION_QUERIES, query_end - query);
        const tile_cut cut = cut_rows(rows);
        attention_pack_queries(a, &s, query, cut);
        memset(s.o, 0, (size_t)(rows * s.d_padded) * sizeof(float));
        memset(s.sum, 0, (size_t)rows * sizeof(float));
        for (sb_int r = 0; r < rows; r++) s.maximum[r] = -INFINITY;
        sb_int key_begin = 0, key_end = a->length;
        if (a->radius >= 0) {
            key_begin = sb_max(0, query - a->radius);
            key_end = sb_min(a->length, query + rows + a->radius);
        }
        for (sb_int key = key_begin; key < key_end; key += SB_ATTENTION_KEYS) {
            const sb_int count = sb_min(SB_ATTENTION_KEYS, key_end - key);
            attention_pack_keys(a, &s, key, count);
            for (sb_int t = 0; t < cut.tiles; t++) {
                sb_int first = tile_row(cut, t);
                attention_tile(a, &s, query, first, tile_row(cut, t + 1) - first, key, count);
            }
        }
        for (sb_int r = 0; r < rows; r++) {
            const vf inverse = vset(1 / s.sum[r]);
            const float *o = s.o + r * s.d_padded;
            float *out = a->out + (query + r) * a->out_stride;
            for (sb_int c = 0; c < s.d; c += VW) vstore_n(out + c, vmul(inverse, vload(o + c)), sb_min(VW, s.d - c));
            if (a->log_sum_exp) a->log_sum_exp[query + r] = s.maximum[r] * 0.693147181f + logf(s.sum[r]);
        }
    }
}
