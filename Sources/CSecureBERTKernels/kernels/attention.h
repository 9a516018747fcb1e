// Attention of one head: softmax(scale Q K^T) V without ever holding the scores of a whole row.
//
// Idea: a block of up to SB_ATTENTION_QUERIES queries is packed once (rotated and scaled, as row tiles), then the keys pass
// by in blocks of SB_ATTENTION_PACKED, each packed (rotated) into the panels the register tile of the matrix product reads,
// with its values; all of this fits the second-level cache. For each tile of queries and SB_ATTENTION_KEYS keys:
// S = Q K^T into a strip in the first-level cache; the online softmax turns S into P = e^(S - m) with a running maximum m
// and sum l per query, rescaling the output when m grows; O += P V.
// log2 e is not part of the scale, though that would save a product: scores reach hundreds, whose last bit moves P by 1e-5
// and more, and a scale that is a power of two adds no rounding to them. With a radius only the key panels which meet the
// band of the tile are computed, and S is masked where a panel sticks out of a query's band.
//
// With bf16 (`pairs`, see pairs.h) Q and K are packed in pairs along the head, P and V in pairs along the keys; P is rounded
// as it is stored, in the first half of its strip. Scores, softmax, sums and the output stay f32.
//
// Dropout sets weights to 0 and scales the others once their sum is taken; row and column of its mask are query and key.
//
// Scratch (f32): Q block, O block, K block, V block, S strip, and m and l per query; independent of the length.

typedef struct {
    float *q, *o, *k, *v, *scores, *maximum, *sum;
    sb_int d, d_padded; // head size, and rounded up to whole panels
    sb_int steps;       // numbers or pairs along the head
    dropout_mask mask;  // used if weights are dropped
} attention_state;

SB_INLINE attention_state attention_layout(float *scratch, sb_int d, bool pairs) {
    attention_state s = {.d = d, .d_padded = sb_round_up(d, PANEL), .steps = pairs ? sb_divide_up(d, 2) : d};
    s.q = scratch;
    s.o = s.q + SB_ATTENTION_QUERIES * d + 64;
    s.k = s.o + SB_ATTENTION_QUERIES * s.d_padded;
    s.v = s.k + SB_ATTENTION_PACKED * d;
    s.scores = s.v + SB_ATTENTION_PACKED * s.d_padded;
    s.maximum = s.scores + TILE_ROWS * ATTENTION_STRIP;
    s.sum = s.maximum + SB_ATTENTION_QUERIES;
    return s;
}

/// target[0 ..< d] = factor * rotary(source) for one token at `position`, or rotated back. May be in place.
SB_INLINE void rotate_row(const float *source, float *target, sb_int d, const float *cos, const float *sin, sb_int position,
                          float factor, bool back) {
    const vf f = vset(factor);
    if (!cos) {
        sb_int i = 0;
        for (; i + VW <= d; i += VW) vstore(target + i, vmul(f, vload(source + i)));
        if (i < d) vstore_n(target + i, vmul(f, vload_part(source + i, d - i)), d - i);
        return;
    }
    const sb_int half = d / 2;
    cos += position * half;
    sin += position * half;
    for (sb_int i = 0; i < half; i += VW) {
        sb_int n = sb_min(VW, half - i);
        vf a = vload_part(source + i, n), b = vload_part(source + half + i, n);
        vf c = vmul(f, vload_part(cos + i, n)), s = vmul(back ? vsub(vzero(), f) : f, vload_part(sin + i, n));
        vstore_part(target + i, rotated_low(a, b, c, s), n);
        vstore_part(target + half + i, rotated_high(a, b, c, s), n);
    }
}

/// The transpose of rotate_row for up to VW tokens from `position` on, straight from registers: lane r of out[c * out_stride]
/// is factor * rotary(token r)[c], or a pair of them. Needs cos, and halves of whole vectors. Writes VW lanes, in ascending
/// order of c.
SB_INLINE void pack_rotated(bool pairs, const float *source, sb_int stride, sb_int lanes, sb_int d, const float *cos,
                            const float *sin, sb_int position, float factor, float *out, sb_int out_stride) {
    const sb_int half = d / 2;
    const vf f = vset(factor);
    cos += position * half;
    sin += position * half;
    for (int upper = 0; upper < 2; upper++) {
        for (sb_int i = 0; i < half; i += VW) {
            vf t[VW];
            for (sb_int r = 0; r < VW; r++) {
                t[r] = vzero();
                if (r >= lanes) continue;
                const float *x = source + r * stride + i;
                const vf a = vload(x), b = vload(x + half);
                if (!upper) { // rows of one head are far apart: the hardware does not see them coming
                    vprefetch(x + VW * stride);
                    vprefetch(x + VW * stride + half);
                }
                const vf c = vmul(f, vload(cos + r * half + i)), s = vmul(f, vload(sin + r * half + i));
                t[r] = upper ? rotated_high(a, b, c, s) : rotated_low(a, b, c, s);
            }
            vtranspose(t);
            float *to = out + (upper * half + i) / (pairs ? 2 : 1) * out_stride;
            if (pairs) {
                for (sb_int j = 0; j < VW; j += 2) vstore(to + j / 2 * out_stride, vpair_lanes(t[j], t[j + 1]));
            } else {
                for (sb_int j = 0; j < VW; j++) vstore(to + j * out_stride, t[j]);
            }
        }
    }
}

SB_INLINE void attention_pack_queries(bool pairs, const sb_attention *a, const attention_state *s, sb_int query,
                                      tile_cut cut) {
    float rows[TILE_ROWS * 256];
    for (sb_int t = 0; t < cut.tiles; t++) {
        const sb_int first = tile_row(cut, t), height = tile_row(cut, t + 1) - first, position = query + first;
        const float *source = a->q + position * a->q_stride;
        if (a->cos && s->d % (2 * VW) == 0 && height <= VW) {
            pack_rotated(pairs, source, a->q_stride, height, s->d, a->cos, a->sin, position, a->scale,
                         s->q + first * s->steps, height);
            continue;
        }
        for (sb_int r = 0; r < height; r++)
            rotate_row(source + r * a->q_stride, rows + r * s->d, s->d, a->cos, a->sin, position + r, a->scale, false);
        if (pairs)
            pack_tile_pairs(rows, s->d, height, s->d, s->q + first * s->steps);
        else
            pack_tile(rows, s->d, height, s->d, s->q + first * s->steps);
    }
}

/// Packs rows of keys as pack_transposed_rows does.
SB_INLINE void attention_pack_panel(bool pairs, const float *rows, sb_int stride, sb_int lanes, sb_int d, float *out) {
    if (pairs)
        pack_transposed_pairs(rows, SB_F32, stride, lanes, d, out, PANEL);
    else
        pack_transposed_rows(rows, SB_F32, stride, lanes, d, out, PANEL);
}

/// Packs keys [key, key + count) into panels [steps, PANEL] and their values into panels [count, PANEL] (or half as many
/// pairs) per PANEL columns.
SB_INLINE void attention_pack_keys(bool pairs, const sb_attention *a, const attention_state *s, sb_int key, sb_int count) {
    float rows[VW * 256];
    for (sb_int i = 0; i < count; i += VW) {
        const sb_int lanes = sb_min(VW, count - i), position = key + i;
        const float *source = a->k + position * a->k_stride;
        float *out = s->k + i / PANEL * PANEL * s->steps + i % PANEL;
        if (!a->cos) {
            attention_pack_panel(pairs, source, a->k_stride, lanes, s->d, out);
            continue;
        }
        if (s->d % (2 * VW) == 0) {
            pack_rotated(pairs, source, a->k_stride, lanes, s->d, a->cos, a->sin, position, 1, out, PANEL);
            continue;
        }
        for (sb_int r = 0; r < lanes; r++)
            rotate_row(source + r * a->k_stride, rows + r * s->d, s->d, a->cos, a->sin, position + r, 1, false);
        attention_pack_panel(pairs, rows, s->d, lanes, s->d, out);
    }
    // The last panel's lanes past `count` in whole vectors: any finite number will do, they are masked.
    for (sb_int i = sb_round_up(count, VW); i % PANEL != 0; i += VW)
        for (sb_int c = 0; c < s->steps; c++) vstore(s->k + i / PANEL * PANEL * s->steps + c * PANEL + i % PANEL, vzero());
    const sb_int steps = pairs ? sb_divide_up(count, 2) : count;
    for (sb_int c = 0; c < s->d; c += VW) {
        const sb_int lanes = sb_min(VW, s->d - c), stride = a->v_stride;
        float *out = s->v + c / PANEL * PANEL * steps + c % PANEL;
        const float *source = a->v + key * stride + c;
        for (sb_int r = 0; r < steps; r++) {
            const float *row = source + (pairs ? 2 * r : r) * stride;
            vprefetch(row + 16 * stride);
            vf v = vload_part(row, lanes);
            if (pairs) {
                vprefetch(row + 17 * stride);
                v = vpair_lanes(v, 2 * r + 1 < count ? vload_part(row + stride, lanes) : vzero());
            }
            vstore(out + r * PANEL, v);
        }
    }
    for (sb_int c = sb_round_up(s->d, VW); c < s->d_padded; c += VW)
        for (sb_int r = 0; r < steps; r++) vstore(s->v + c / PANEL * PANEL * steps + c % PANEL + r * PANEL, vzero());
}

/// Masks the scores [0, count) of one row outside [low, high) with minus infinity.
SB_INLINE void mask_scores(float *scores, sb_int count, sb_int low, sb_int high) {
    const vf outside = vset(-INFINITY), first = vset((float)low), last = vset((float)high);
    for (sb_int c = 0; c < low; c += VW)
        vstore(scores + c, vselect_less(vadd(viota(), vset((float)c)), first, outside, vload(scores + c)));
    for (sb_int c = high / VW * VW; c < count; c += VW)
        vstore(scores + c, vselect_less(vadd(viota(), vset((float)c)), last, vload(scores + c), outside));
}

SB_INLINE float scores_maximum(const float *scores, sb_int count) {
    vf m0 = vload(scores), m1 = vload(scores + VW);
    for (sb_int c = 2 * VW; c < count; c += 2 * VW) {
        m0 = vmax(m0, vload(scores + c));
        m1 = vmax(m1, vload(scores + c + VW));
    }
    return vmaximum(vmax(m0, m1));
}

/// Replaces scores s by e^(s - base), or pairs of them, times their factors if there are any, and returns their sum without
/// the factors.
SB_INLINE float scores_exponentials(bool pairs, float *scores, sb_int count, float base, const float *factors) {
    const vf b = vset(base);
    vf s0 = vzero(), s1 = vzero();
    for (sb_int c = 0; c < count; c += 2 * VW) {
        vf p0 = vexp_below(vsub(vload(scores + c), b)), p1 = vexp_below(vsub(vload(scores + c + VW), b));
        s0 = vadd(s0, p0);
        s1 = vadd(s1, p1);
        if (factors) {
            p0 = vmul(p0, vload(factors + c));
            p1 = vmul(p1, vload(factors + c + VW));
        }
        if (pairs) {
            vstore(scores + c / 2, vpair_neighbours(p0, p1));
        } else {
            vstore(scores + c, p0);
            vstore(scores + c + VW, p1);
        }
    }
    return vsum(vadd(s0, s1));
}

/// The online softmax of a tile, whose first query is at `position`: the scores [rows, count] of the keys from `key` on become
/// e^(score - maximum); maxima, sums and outputs follow. `count` is a number of whole panels, which are an even number of
/// vectors.
SB_INLINE void attention_softmax(bool pairs, bool drops, const attention_state *s, sb_int position, sb_int first, sb_int rows,
                                 sb_int key, sb_int count) {
    enum { LANES = TILE_ROWS > VW ? 2 * VW : VW };
    float now[LANES], base[LANES], shrink[LANES];
    float *maximum = s->maximum + first, *sum = s->sum + first;
    for (sb_int r = 0; r < rows; r++) {
        const float block = scores_maximum(s->scores + r * ATTENTION_STRIP, count);
        now[r] = block > maximum[r] ? block : maximum[r];
        base[r] = now[r] == -INFINITY ? 0 : now[r]; // all masked so far: avoid infinity - infinity
    }
    bool grown = false, fresh = true;
    for (sb_int r = 0; r < rows; r++) {
        grown |= now[r] > maximum[r];
        fresh &= maximum[r] == -INFINITY; // nothing in the output yet
        shrink[r] = maximum[r] - base[r];
        maximum[r] = now[r];
    }
    for (sb_int r = rows; r < LANES; r++) shrink[r] = 0;
    if (grown && !fresh) {
        for (sb_int r = 0; r < rows; r += VW) vstore(shrink + r, vexp_below(vload(shrink + r)));
        for (sb_int r = 0; r < rows; r++) {
            float *output = s->o + (first + r) * s->d_padded;
            const vf factor = vset(shrink[r]);
            for (sb_int c = 0; c < s->d_padded; c += VW) vstore(output + c, vmul(factor, vload(output + c)));
            sum[r] *= shrink[r];
        }
    }
    for (sb_int r = 0; r < rows; r++) {
        float *scores = s->scores + r * ATTENTION_STRIP;
        if (drops) {
            float factors[SB_ATTENTION_KEYS];
            dropout_factors(&s->mask, (uint64_t)(position + r), (uint32_t)key, count, factors);
            sum[r] += scores_exponentials(pairs, scores, count, base[r], factors);
        } else {
            sum[r] += scores_exponentials(pairs, scores, count, base[r], NULL);
        }
    }
}

/// One tile of queries [first, first + height) (positions query + ...) against the packed keys [key, key + count).
SB_INLINE void attention_tile(bool pairs, const sb_attention *a, const attention_state *s, sb_int query, sb_int first,
                              sb_int height, sb_int key, sb_int count) {
    const sb_int steps = s->steps, top = query + first, bottom = top + height - 1;
    // The keys any query of the tile sees, relative to the block.
    sb_int low = 0, high = count;
    if (a->radius >= 0) {
        low = sb_max(0, top - a->radius - key);
        high = sb_min(count, bottom + a->radius + 1 - key);
        if (low >= high) return;
    }
    for (sb_int begin = low / PANEL * PANEL; begin < high; begin += SB_ATTENTION_KEYS) {
        // This strip: whole panels [begin, end), of which the tile sees [from, to).
        const sb_int end = sb_min(begin + SB_ATTENTION_KEYS, sb_round_up(high, PANEL));
        const sb_int from = sb_max(begin, low), to = sb_min(end, high);
        for (sb_int c = begin; c < end; c += PANEL)
            tile_functions[pairs][height](s->q + first * steps, s->k + c * steps, steps, s->scores + c - begin,
                                          ATTENTION_STRIP, NULL);
        if (a->radius >= 0 || to < end) {
            for (sb_int r = 0; r < height; r++) {
                sb_int row_low = from, row_high = to;
                if (a->radius >= 0) {
                    row_low = sb_min(to, sb_max(from, top + r - a->radius - key));
                    row_high = sb_max(from, sb_min(to, top + r + a->radius + 1 - key));
                }
                mask_scores(s->scores + r * ATTENTION_STRIP, end - begin, row_low - begin, row_high - begin);
            }
        }
        if (a->dropout > 0)
            attention_softmax(pairs, true, s, top, first, height, key + begin, end - begin);
        else
            attention_softmax(pairs, false, s, top, first, height, key + begin, end - begin);
        // A pair may reach one key to either side of [from, to): its weight is zero.
        const sb_int unit = pairs ? 2 : 1, v_begin = from / unit, v_end = sb_divide_up(to, unit);
        const float *values = s->v + v_begin * PANEL;
        for (sb_int c = 0; c < s->d_padded; c += PANEL)
            row_functions[pairs][height](s->scores + v_begin - begin / unit, values + c * sb_divide_up(count, unit), PANEL,
                                         v_end - v_begin, s->o + first * s->d_padded + c, s->d_padded);
    }
}

SB_INLINE void attention_queries(bool pairs, const sb_attention *a, sb_int query_begin, sb_int query_end, void *scratch) {
    attention_state s = attention_layout(scratch, a->head_size, pairs);
    if (a->dropout > 0) s.mask = dropout_mask_for(1 - a->dropout, a->dropout_key);
    const sb_int blocks = sb_divide_up(query_end - query_begin, SB_ATTENTION_QUERIES);
    for (sb_int i = 0; i < blocks; i++) {
        const sb_int query = query_begin + sb_share(query_end - query_begin, blocks, i);
        const sb_int rows = query_begin + sb_share(query_end - query_begin, blocks, i + 1) - query;
        const tile_cut cut = cut_rows(rows);
        attention_pack_queries(pairs, a, &s, query, cut);
        memset(s.o, 0, (size_t)(rows * s.d_padded) * sizeof(float));
        memset(s.sum, 0, (size_t)rows * sizeof(float));
        for (sb_int r = 0; r < rows; r++) s.maximum[r] = -INFINITY;
        sb_int key_begin = 0, key_end = a->length;
        if (a->radius >= 0) {
            key_begin = sb_max(0, query - a->radius);
            key_end = sb_min(a->length, query + rows + a->radius);
        }
        // Without a radius, blocks are whole strips.
        const sb_int block = a->radius < 0 ? SB_ATTENTION_PACKED / SB_ATTENTION_KEYS * SB_ATTENTION_KEYS : SB_ATTENTION_PACKED;
        for (sb_int key = key_begin; key < key_end; key += block) {
            const sb_int count = sb_min(block, key_end - key);
            attention_pack_keys(pairs, a, &s, key, count);
            for (sb_int t = 0; t < cut.tiles; t++) {
                sb_int first = tile_row(cut, t);
                attention_tile(pairs, a, &s, query, first, tile_row(cut, t + 1) - first, key, count);
            }
        }
        for (sb_int r = 0; r < rows; r++) {
            const vf inverse = vset(1 / s.sum[r]);
            const float *o = s.o + r * s.d_padded;
            float *out = a->out + (query + r) * a->out_stride;
            for (sb_int c = 0; c < s.d; c += VW) {
                __builtin_prefetch(out + 8 * a->out_stride + c, 1, 3);
                vstore_part(out + c, vmul(inverse, vload(o + c)), sb_min(VW, s.d - c));
            }
            if (a->log_sum_exp) a->log_sum_exp[query + r] = s.maximum[r] + logf(s.sum[r]);
        }
    }
}

static void attention_kernel(const sb_attention *a, sb_int query_begin, sb_int query_end, void *scratch) {
    if (a->bf16)
        attention_queries(true, a, query_begin, query_end, scratch);
    else
        attention_queries(false, a, query_begin, query_end, scratch);
}
