// Gradient of attention of one head, after Dao 2022 (FlashAttention, algorithm 4): with S = scale Q K^T, P = exp(S - lse),
// D = rowsum(dO * O):   dV = P^T dO,   dS = P * (dO V^T - D),   dQ = scale dS K,   dK = scale dS^T Q.
//
// Idea: everything the five products read is rotated and packed once for the whole sequence; its length x head size numbers
// are few beside the length x length scores, which exist only as strips of BACKWARD_QUERIES queries x SB_ATTENTION_KEYS keys
// in the second-level cache. For each block of keys, whose dK and dV stay in that cache too, groups of query tiles pass by:
// each tile makes its rows of P and dS with the register tile of the forward pass and adds dS K to its dQ; then the tiles of
// keys take columns of both strips and add P^T dO and dS^T Q. The exponential is 2^x, so Q is packed times scale log2 e, and
// dK, a product with that Q, is multiplied by ln 2 at the end.
// With a radius only panels which meet a tile's band are computed, and tiles of keys read only queries which see them.

enum { BACKWARD_QUERIES = 112, BACKWARD_TILES = BACKWARD_QUERIES / TILE_ROWS };

/// c[rows, PANEL] += sum over i of a[r, i] * b[i, PANEL] with rows of b `ldb` apart: dS K, where a is rows of a strip, and
/// dS^T Q and P^T dO, where a is columns of it.
typedef void (*gradient_function)(const float *a, const float *b, sb_int ldb, sb_int k, float *c, sb_int ldc);
#define SB_GRADIENT_TILE(ROWS)                                                                                               \
    static void row_tile_##ROWS(const float *a, const float *b, sb_int ldb, sb_int k, float *c, sb_int ldc) {                \
        tile_body(false, ROWS, a, ATTENTION_STRIP, 1, b, ldb, k, c, ldc, true, NULL);                                        \
    }                                                                                                                        \
    static void column_tile_##ROWS(const float *a, const float *b, sb_int ldb, sb_int k, float *c, sb_int ldc) {             \
        tile_body(false, ROWS, a, 1, ATTENTION_STRIP, b, ldb, k, c, ldc, true, NULL);                                        \
    }
SB_EACH_HEIGHT(SB_GRADIENT_TILE)
#define SB_ROW_NAME(ROWS) [ROWS] = row_tile_##ROWS,
#define SB_COLUMN_NAME(ROWS) [ROWS] = column_tile_##ROWS,
static const gradient_function row_functions[TILE_ROWS + 1] = {SB_EACH_HEIGHT(SB_ROW_NAME)};
static const gradient_function column_functions[TILE_ROWS + 1] = {SB_EACH_HEIGHT(SB_COLUMN_NAME)};

typedef struct {
    float *q_rows, *k_rows, *g_rows;   // [length, d_padded]: rotated Q (scaled) and K, and dO
    float *q_tiles, *g_tiles;          // Q and dO as row tiles [d, height]
    float *k_panels, *v_panels;        // K and V as panels [d, PANEL]
    float *dq, *dk, *dv;               // [length, d_padded], and [SB_ATTENTION_KEYS, d_padded] of the block of keys
    float *weights, *ds;               // P and dS: [BACKWARD_QUERIES, ATTENTION_STRIP]
    float *log_sum, *inner;            // [length]: log2 of the sum of exponentials, and D
    sb_int d, d_padded;
} backward_state;

/// The floats of scratch; `backward_layout` hands out the same parts.
static sb_int attention_backward_floats(sb_int length, sb_int d) {
    const sb_int d_padded = sb_round_up(d, PANEL), keys = sb_round_up(length, PANEL);
    return 4 * length * d_padded + 2 * (length * d + 64) + 2 * keys * d + 2 * SB_ATTENTION_KEYS * d_padded
        + 2 * BACKWARD_QUERIES * ATTENTION_STRIP + 2 * length;
}

SB_INLINE backward_state backward_layout(float *next, sb_int length, sb_int d) {
    backward_state s = {.d = d, .d_padded = sb_round_up(d, PANEL)};
    const sb_int keys = sb_round_up(length, PANEL), rows = length * s.d_padded;
    float **parts[] = {&s.q_rows, &s.k_rows, &s.g_rows, &s.dq, &s.k_panels, &s.v_panels, &s.dk, &s.dv, &s.weights, &s.ds,
                       &s.q_tiles, &s.g_tiles, &s.log_sum, &s.inner};
    const sb_int block = SB_ATTENTION_KEYS * s.d_padded, strip = BACKWARD_QUERIES * ATTENTION_STRIP, tiles = length * d + 64;
    const sb_int sizes[] = {rows, rows, rows, rows, keys * d, keys * d, block, block, strip, strip, tiles, tiles, length, length};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *parts[i] = next;
        next += sizes[i];
    }
    return s;
}

/// Rotated rows, padded with zeros to whole panels.
SB_INLINE void backward_rows(const float *source, sb_int stride, float *rows, const backward_state *s, sb_int length,
                             const float *cos, const float *sin, float factor) {
    for (sb_int t = 0; t < length; t++) {
        rotate_row(source + t * stride, rows + t * s->d_padded, s->d, cos, sin, t, factor, false);
        for (sb_int c = s->d; c < s->d_padded; c++) rows[t * s->d_padded + c] = 0;
    }
}

/// Panels [d, PANEL] of `length` rows, with zeros past the end.
SB_INLINE void backward_panels(const float *rows, sb_int stride, float *panels, sb_int length, sb_int d) {
    for (sb_int i = 0; i < sb_round_up(length, PANEL); i += VW) {
        const sb_int lanes = sb_max(0, sb_min(VW, length - i));
        pack_transposed_rows(rows + (lanes > 0 ? i * stride : 0), SB_F32, stride, lanes, d, panels + i / PANEL * PANEL * d + i % PANEL, PANEL);
    }
}

static void backward_pack(const sb_attention_backward *a, const backward_state *s, tile_cut cut) {
    const float log2e = 1.44269504f;
    const sb_int n = a->length, d = s->d;
    backward_rows(a->q, a->stride, s->q_rows, s, n, a->cos, a->sin, a->scale * log2e);
    backward_rows(a->k, a->stride, s->k_rows, s, n, a->cos, a->sin, 1);
    backward_rows(a->d_out, a->out_stride, s->g_rows, s, n, NULL, NULL, 1);
    backward_panels(s->k_rows, s->d_padded, s->k_panels, n, d);
    backward_panels(a->v, a->stride, s->v_panels, n, d);
    for (sb_int t = 0; t < cut.tiles; t++) { // ascending: a tile's surplus lanes are overwritten by the next
        const sb_int first = tile_row(cut, t), height = tile_row(cut, t + 1) - first;
        pack_tile(s->q_rows + first * s->d_padded, s->d_padded, false, height, d, s->q_tiles + first * d);
        pack_tile(s->g_rows + first * s->d_padded, s->d_padded, false, height, d, s->g_tiles + first * d);
    }
    for (sb_int t = 0; t < n; t++) {
        s->log_sum[t] = a->log_sum_exp[t] * log2e;
        s->inner[t] = dot_kernel(a->d_out + t * a->out_stride, a->out + t * a->out_stride, d);
    }
    memset(s->dq, 0, (size_t)(n * s->d_padded) * sizeof(float));
}

/// Turns scores and dO V^T, `count` of each, into P and dS.
SB_INLINE void backward_softmax(float *weights, float *ds, sb_int count, float log_sum, float inner) {
    const vf base = vset(log_sum), d = vset(inner);
    for (sb_int c = 0; c < count; c += VW) {
        const vf p = vexp2(vsub(vload(weights + c), base));
        vstore(weights + c, p);
        vstore(ds + c, vmul(p, vsub(vload(ds + c), d)));
    }
}

/// A tile of queries [first, first + height) against the keys [key, key + count): its rows of both strips, and its dQ.
static void backward_query_tile(const sb_attention_backward *a, const backward_state *s, sb_int first, sb_int height,
                                sb_int key, sb_int count, float *weights, float *ds) {
    const sb_int d = s->d, bottom = first + height - 1;
    sb_int low = 0, high = count;
    if (a->radius >= 0) {
        low = sb_max(0, first - a->radius - key);
        high = sb_min(count, bottom + a->radius + 1 - key);
        if (low >= high) return;
    }
    const sb_int begin = low / PANEL * PANEL, end = sb_round_up(high, PANEL);
    for (sb_int c = begin; c < end; c += PANEL) {
        score_functions[height](s->q_tiles + first * d, s->k_panels + (key + c) * d, d, weights + c);
        score_functions[height](s->g_tiles + first * d, s->v_panels + (key + c) * d, d, ds + c);
    }
    for (sb_int r = 0; r < height; r++) {
        float *row = weights + r * ATTENTION_STRIP, *ds_row = ds + r * ATTENTION_STRIP;
        sb_int row_low = low, row_high = high;
        if (a->radius >= 0) {
            row_low = sb_max(low, first + r - a->radius - key);
            row_high = sb_min(high, first + r + a->radius + 1 - key);
            row_high = sb_max(row_high, row_low = sb_min(row_low, high));
            // A tile of keys sees queries that are outside of the band of some of its keys, at most one panel away.
            for (sb_int c = sb_max(0, begin - PANEL); c < begin; c += VW) vstore(row + c, vzero()), vstore(ds_row + c, vzero());
            for (sb_int c = end; c < sb_min(end + PANEL, SB_ATTENTION_KEYS); c += VW)
                vstore(row + c, vzero()), vstore(ds_row + c, vzero());
        }
        if (row_low > begin || row_high < end) mask_scores(row + begin, end - begin, row_low - begin, row_high - begin);
        backward_softmax(row + begin, ds_row + begin, end - begin, s->log_sum[first + r], s->inner[first + r]);
    }
    for (sb_int c = 0; c < s->d_padded; c += PANEL)
        row_functions[height](ds + low, s->k_rows + (key + low) * s->d_padded + c, s->d_padded, high - low,
                              s->dq + first * s->d_padded + c, s->d_padded);
}

/// Adds the queries [query, query + rows), whose strips are ready, to dK and dV of the keys [key, key + count).
static void backward_keys(const sb_attention_backward *a, const backward_state *s, sb_int query, sb_int rows, sb_int key,
                          sb_int count) {
    const tile_cut cut = cut_rows(count);
    for (sb_int t = 0; t < cut.tiles; t++) {
        const sb_int first = tile_row(cut, t), height = tile_row(cut, t + 1) - first;
        sb_int from = 0, to = rows;
        if (a->radius >= 0) {
            from = sb_max(0, key + first - a->radius - query);
            to = sb_min(rows, key + first + height + a->radius - query);
            if (from >= to) continue;
        }
        const sb_int strip = from * ATTENTION_STRIP + first, row = (query + from) * s->d_padded, out = first * s->d_padded;
        for (sb_int c = 0; c < s->d_padded; c += PANEL) {
            column_functions[height](s->weights + strip, s->g_rows + row + c, s->d_padded, to - from, s->dv + out + c, s->d_padded);
            column_functions[height](s->ds + strip, s->q_rows + row + c, s->d_padded, to - from, s->dk + out + c, s->d_padded);
        }
    }
}

static void attention_backward_kernel(const sb_attention_backward *a, void *scratch) {
    const backward_state s = backward_layout(scratch, a->length, a->head_size);
    if (a->length <= 0) return;
    const tile_cut cut = cut_rows(a->length);
    backward_pack(a, &s, cut);
    for (sb_int key = 0; key < a->length; key += SB_ATTENTION_KEYS) {
        const sb_int count = sb_min(SB_ATTENTION_KEYS, a->length - key);
        memset(s.dk, 0, (size_t)(count * s.d_padded) * sizeof(float));
        memset(s.dv, 0, (size_t)(count * s.d_padded) * sizeof(float));
        for (sb_int tile = 0; tile < cut.tiles; tile += BACKWARD_TILES) {
            const sb_int tile_end = sb_min(tile + BACKWARD_TILES, cut.tiles);
            const sb_int query = tile_row(cut, tile), query_end = tile_row(cut, tile_end);
            if (a->radius >= 0 && (query >= key + count + a->radius || query_end <= key - a->radius)) continue;
            for (sb_int t = tile; t < tile_end; t++) {
                const sb_int first = tile_row(cut, t), strip = (first - query) * ATTENTION_STRIP;
                backward_query_tile(a, &s, first, tile_row(cut, t + 1) - first, key, count, s.weights + strip, s.ds + strip);
            }
            backward_keys(a, &s, query, query_end - query, key, count);
        }
        for (sb_int t = 0; t < count; t++) {
            const sb_int row = t * s.d_padded, token = (key + t) * a->d_stride;
            rotate_row(s.dk + row, a->d_k + token, s.d, a->cos, a->sin, key + t, 0.693147181f, true);
            rotate_row(s.dv + row, a->d_v + token, s.d, NULL, NULL, 0, 1, false);
        }
    }
    for (sb_int t = 0; t < a->length; t++)
        rotate_row(s.dq + t * s.d_padded, a->d_q + t * a->d_stride, s.d, a->cos, a->sin, t, a->scale, true);
}
