// Matrix product Y = epilogue(X W^T) over packed weights.
//
// Idea: a register tile of up to TILE_ROWS rows x PANEL columns of Y stays in registers while a stretch of k runs. Per k it loads
// PANEL_VECTORS vectors of weights and one broadcast per row, and does rows x PANEL_VECTORS multiply-adds, which is enough
// to keep both multiply-add units busy although the panel streams from the second-level cache. Rows are cut into tiles of
// nearly equal height (16 rows become 8 + 8, not 14 + 2).
//
// Loops:  k in blocks (a partial sum in Y between blocks)
//           rows in blocks whose packed X fits half of the second-level cache
//             pack X into tiles [k, rows]: one stream, no cache sets shared by rows a power of two apart
//               panels: each is read from memory once per row block, the next one prefetched meanwhile
//                 tiles
// The finished tile goes through a small buffer in the first-level cache, where the epilogue picks it up.
//
// With bf16 weights the same loops run over pairs of k (kernels/pairs.h): "step" below is a number or a pair, 32 bits either
// way, and only packing and the multiply-add differ.

/// What to fetch into the caches while a tile is computed.
typedef struct {
    const char *weights; // the stretch of the next panel this tile is to fetch
    sb_int lines;        // cache lines of it for each 4 k
    const char *y, *residual; // the first row of the tile's output, and of the residual (or again the output)
    sb_int y_stride, residual_stride; // bytes between rows
} tile_ahead;

/// Steps along k that are added up in registers before they join the tile: a sum of sums rounds less than one long sum. The
/// stretches are those of the reference, whose products come from oneMKL (found by trying, Documentation/experiments.md), so that
/// a product of equal numbers has equal bits: up to 192 steps, and two equal halves where there are fewer than 384.
enum { SUM_STEPS = 192 };
SB_INLINE sb_int sum_stretch(sb_int k) {
    return k > SUM_STEPS && k < 2 * SUM_STEPS ? sb_divide_up(k, 2) : SUM_STEPS;
}

/// c[rows, PANEL] = (accumulate ? c : 0) + sum over k of a[r, k] * b[k, PANEL]. a[r, k] is at r * row_step + k * k_step, and
/// rows of b are ldb apart. With `pairs` a and b are words of two bf16 numbers, and k counts words.
SB_INLINE void tile_body(const bool pairs, const int rows, const float *a, sb_int row_step, sb_int k_step, const float *b,
                         sb_int ldb, sb_int k, float *c, sb_int ldc, bool accumulate, const tile_ahead *ahead) {
    // The barrier keeps the compiler from hoisting the next step's loads, for which there are no registers.
#define SB_STEP                                                                                                              \
    {                                                                                                                        \
        vf w[PANEL_VECTORS];                                                                                                 \
        SB_UNROLL for (int v = 0; v < PANEL_VECTORS; v++) w[v] = vload(b + v * VW);                                          \
        SB_UNROLL for (int r = 0; r < rows; r++) {                                                                           \
            vf x = vset(a[r * row_step]);                                                                                    \
            SB_UNROLL for (int v = 0; v < PANEL_VECTORS; v++)                                                                \
                acc[r][v] = pairs ? vdot_pairs(x, w[v], acc[r][v]) : vfma(x, w[v], acc[r][v]);                               \
        }                                                                                                                    \
        a += k_step;                                                                                                         \
        b += ldb;                                                                                                            \
        __asm__ volatile("" ::: "memory");                                                                                   \
    }
    const char *weights = ahead ? ahead->weights : NULL;
    const sb_int stretch = sum_stretch(k);
    sb_int i = 0;
    do {
        const sb_int end = pairs ? k : sb_min(k, i + stretch);
        vf acc[TILE_ROWS][PANEL_VECTORS];
        SB_UNROLL
        for (int r = 0; r < rows; r++) {
            SB_UNROLL
            for (int v = 0; v < PANEL_VECTORS; v++) acc[r][v] = vzero();
        }
        if (ahead) {
            const char *y = ahead->y, *residual = ahead->residual;
            const sb_int y_stride = ahead->y_stride, residual_stride = ahead->residual_stride, lines = ahead->lines;
            for (; i + 4 <= end && i < 4 * rows; i += 4) {
                __builtin_prefetch(y, 1, 3);
                __builtin_prefetch(y + 64, 1, 3);
                __builtin_prefetch(residual, 0, 3);
                __builtin_prefetch(residual + 64, 0, 3);
                y += y_stride;
                residual += residual_stride;
                SB_STEP SB_STEP SB_STEP SB_STEP
            }
            for (; i + 4 <= end; i += 4) {
                for (sb_int line = 0; line < lines; line++) vprefetch(weights + line * 64);
                weights += lines * 64;
                SB_STEP SB_STEP SB_STEP SB_STEP
            }
        } else {
            for (; i + 4 <= end; i += 4) { SB_STEP SB_STEP SB_STEP SB_STEP }
        }
        for (; i < end; i++) SB_STEP
        SB_UNROLL
        for (int r = 0; r < rows; r++) {
            SB_UNROLL
            for (int v = 0; v < PANEL_VECTORS; v++) {
                float *sum = c + r * ldc + v * VW;
                vstore(sum, accumulate ? vadd(vload(sum), acc[r][v]) : acc[r][v]);
            }
        }
        accumulate = true;
    } while (i < k);
#undef SB_STEP
}

/// One function per tile height and use, so that the accumulators are registers. Each exists for f32 and for pairs of bf16.
/// A tile takes its left side from packed rows [k, rows]. `ahead` may be NULL.
typedef void (*tile_function)(const float *a, const float *b, sb_int k, float *c, sb_int ldc, const tile_ahead *ahead);
/// For attention: the left side is rows, or columns, of a strip whose rows are ATTENTION_STRIP apart, and c is added to.
typedef void (*strip_function)(const float *a, const float *b, sb_int ldb, sb_int k, float *c, sb_int ldc);
enum { ATTENTION_STRIP = SB_ATTENTION_KEYS + 16 }; // the 16 keep rows off the same cache sets
#define SB_TILES_OF(NAME, PAIRS, ROWS)                                                                                       \
    static void tile_##NAME##_##ROWS(const float *a, const float *b, sb_int k, float *c, sb_int ldc,                         \
                                     const tile_ahead *ahead) {                                                              \
        tile_body(PAIRS, ROWS, a, 1, ROWS, b, PANEL, k, c, ldc, false, ahead);                                               \
    }                                                                                                                        \
    static void row_##NAME##_##ROWS(const float *a, const float *b, sb_int ldb, sb_int k, float *c, sb_int ldc) {            \
        tile_body(PAIRS, ROWS, a, ATTENTION_STRIP, 1, b, ldb, k, c, ldc, true, NULL);                                        \
    }                                                                                                                        \
    static void column_##NAME##_##ROWS(const float *a, const float *b, sb_int ldb, sb_int k, float *c, sb_int ldc) {         \
        tile_body(PAIRS, ROWS, a, 1, ATTENTION_STRIP, b, ldb, k, c, ldc, true, NULL);                                        \
    }
#define SB_TILES(ROWS) SB_TILES_OF(f32, false, ROWS) SB_TILES_OF(bf16, true, ROWS)
#if SB_TILE_ROWS == 4
#define SB_EACH_HEIGHT(F) F(1) F(2) F(3) F(4)
#elif SB_TILE_ROWS == 6
#define SB_EACH_HEIGHT(F) F(1) F(2) F(3) F(4) F(5) F(6)
#elif SB_TILE_ROWS == 14
#define SB_EACH_HEIGHT(F) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14)
#endif
SB_EACH_HEIGHT(SB_TILES)
/// The table of a use: [whether pairs][height].
#define SB_TABLE(NAME, ROWS) [ROWS] = NAME##_##ROWS,
#define SB_TILE_F32(ROWS) SB_TABLE(tile_f32, ROWS)
#define SB_TILE_BF16(ROWS) SB_TABLE(tile_bf16, ROWS)
#define SB_ROW_F32(ROWS) SB_TABLE(row_f32, ROWS)
#define SB_ROW_BF16(ROWS) SB_TABLE(row_bf16, ROWS)
#define SB_COLUMN_F32(ROWS) SB_TABLE(column_f32, ROWS)
#define SB_COLUMN_BF16(ROWS) SB_TABLE(column_bf16, ROWS)
static const tile_function tile_functions[2][TILE_ROWS + 1] = {{SB_EACH_HEIGHT(SB_TILE_F32)}, {SB_EACH_HEIGHT(SB_TILE_BF16)}};
static const strip_function row_functions[2][TILE_ROWS + 1] = {{SB_EACH_HEIGHT(SB_ROW_F32)}, {SB_EACH_HEIGHT(SB_ROW_BF16)}};
static const strip_function column_functions[2][TILE_ROWS + 1] = {{SB_EACH_HEIGHT(SB_COLUMN_F32)},
                                                                  {SB_EACH_HEIGHT(SB_COLUMN_BF16)}};

/// Which part of the sum over k a tile holds.
typedef struct {
    bool first, last;
} gemm_phase;

/// One vector of columns of a tile, down its rows. `full` is known at compile time: `lanes` is then VW.
SB_INLINE void gemm_epilogue_column(const sb_gemm *g, const float *tile, sb_int row, sb_int rows, sb_int column, sb_int lanes,
                                    bool full, gemm_phase phase) {
    const bool gated = g->w->gated, activated = gated || g->activation != SB_NONE;
    // Without an activation the order is free and everything is added at the start; with one it comes at the end.
    const bool finish = activated ? phase.last : phase.first;
    vf bias = vzero(), gate_bias = vzero();
    if (g->bias && finish) {
        bias = vload_n(g->bias + column, lanes);
        if (gated) gate_bias = vload_n(g->bias + g->w->n / 2 + column, lanes);
    }
    const float *residual = finish && g->residual ? g->residual + row * g->ldr + column : NULL;
    const bool add_y = !phase.first || (finish && g->accumulate && !activated);
    float *y = g->y + row * g->ldy + column;
    for (sb_int r = 0; r < rows; r++, tile += PANEL, y += g->ldy) {
        vf value = vadd(vload(tile), bias);
        if (add_y) value = vadd(value, full ? vload(y) : vload_n(y, lanes));
        if (activated && finish) {
            value = vactivate(g->activation, value);
            if (gated) value = vmul(value, vadd(vload(tile + PANEL / 2), gate_bias));
            if (g->accumulate) value = vadd(value, full ? vload(y) : vload_n(y, lanes));
        }
        if (residual) {
            value = vadd(value, full ? vload(residual) : vload_n(residual, lanes));
            residual += g->ldr;
        }
        if (full)
            vstore(y, value);
        else
            vstore_n(y, value, lanes);
    }
}

/// Takes a tile of sums [rows, PANEL] to Y's rows starting at `row`.
static void gemm_epilogue(const sb_gemm *g, const float *tile, sb_int row, sb_int rows, sb_int panel, gemm_phase phase) {
    const sb_int columns = g->w->gated ? g->w->n / 2 : g->w->n;
    const int vectors = g->w->gated ? PANEL_VECTORS / 2 : PANEL_VECTORS;
    for (int v = 0; v < vectors; v++) {
        const sb_int column = panel * vectors * VW + v * VW, lanes = sb_min(VW, columns - column);
        if (lanes <= 0) break;
        if (lanes == VW)
            gemm_epilogue_column(g, tile + v * VW, row, rows, column, VW, true, phase);
        else
            gemm_epilogue_column(g, tile + v * VW, row, rows, column, lanes, false, phase);
    }
}

/// How many blocks `steps` along k are cut into. Partial sums live in Y, so it takes one block when Y must stay intact until
/// the end.
SB_INLINE sb_int gemm_depth_blocks(const sb_gemm *g, sb_int steps) {
    bool one = g->w->gated || (g->activation != SB_NONE && (g->accumulate || g->residual == g->y));
    return one ? 1 : sb_max(1, sb_divide_up(steps, SB_GEMM_DEPTH));
}

/// Packs steps [begin, begin + depth) along k of a tile of X, or, where X is transposed, of all of the group's tiles, once.
SB_INLINE void gemm_pack(const sb_gemm *g, bool pairs, sb_int row_begin, tile_cut cut, sb_int tile, sb_int tile_begin,
                         sb_int tile_end, sb_int begin, sb_int depth, float *packed) {
    const sb_int k_begin = pairs ? 2 * begin : begin, k = pairs ? sb_min(2 * depth, g->w->k - k_begin) : depth;
    const sb_int row = tile_row(cut, tile), height = tile_row(cut, tile + 1) - row;
    const float *x = g->x + (row_begin + row) * g->ldx + k_begin;
    float *x_tile = packed + (row - tile_row(cut, tile_begin)) * depth;
    if (g->x_transposed) {
        if (tile > tile_begin) return;
        x = g->x + k_begin * g->ldx + row_begin + row;
        if (pairs)
            pack_transposed_tiles(true, x, g->ldx, cut, tile_begin, tile_end, k, packed);
        else
            pack_transposed_tiles(false, x, g->ldx, cut, tile_begin, tile_end, k, packed);
    } else if (pairs) {
        pack_tile_pairs(x, g->ldx, height, k, x_tile);
    } else {
        pack_tile(x, g->ldx, height, k, x_tile);
    }
}

static void gemm_kernel(const sb_gemm *g, sb_int row_begin, sb_int row_end, sb_int panel_begin, sb_int panel_end,
                        void *scratch) {
    const bool pairs = g->w->type == SB_BF16;
    const sb_int rows = row_end - row_begin, steps = pairs ? sb_divide_up(g->w->k, 2) : g->w->k;
    const sb_int blocks = gemm_depth_blocks(g, steps);
    if (rows <= 0 || panel_begin >= panel_end) return;
    float *packed = scratch;
    _Alignas(64) float tile[TILE_ROWS * PANEL];
    const tile_cut cut = cut_rows(rows);
    for (sb_int block = 0; block < blocks; block++) {
        const sb_int begin = sb_share(steps, blocks, block), depth = sb_share(steps, blocks, block + 1) - begin;
        const gemm_phase phase = {block == 0, block == blocks - 1};
        const sb_int group = sb_max(1, SB_GEMM_X_FLOATS / sb_max(1, depth * TILE_ROWS)); // tiles packed at a time
        const sb_int groups = sb_divide_up(cut.tiles, group);
        for (sb_int i = 0; i < groups; i++) {
            const sb_int tile_begin = sb_share(cut.tiles, groups, i), tile_end = sb_share(cut.tiles, groups, i + 1);
            const sb_int first = tile_row(cut, tile_begin);
            for (sb_int panel = panel_begin; panel < panel_end; panel++) {
                const float *weights = (const float *)g->w->data + (panel * steps + begin) * PANEL;
                // Spread the fetch of the next panel evenly over this panel's tiles.
                const sb_int next_lines = panel + 1 < panel_end ? depth * PANEL / 16 : 0;
                const sb_int lines = sb_divide_up(PANEL / 4, tile_end - tile_begin);
                const sb_int column = panel * (g->w->gated ? PANEL / 2 : PANEL);
                for (sb_int t = tile_begin; t < tile_end; t++) {
                    const sb_int row = tile_row(cut, t), height = tile_row(cut, t + 1) - row, y_row = row_begin + row;
                    float *x_tile = packed + (row - first) * depth;
                    if (panel == panel_begin)
                        gemm_pack(g, pairs, row_begin, cut, t, tile_begin, tile_end, begin, depth, packed);
                    const sb_int done = (t - tile_begin) * lines * (depth / 4);
                    const float *y = g->y + y_row * g->ldy + column;
                    const float *residual = g->residual ? g->residual + y_row * g->ldr + column : y;
                    const tile_ahead ahead = {
                        .weights = (const char *)(weights + steps * PANEL) + done * 64,
                        .lines = done < next_lines ? lines : 0,
                        .y = (const char *)y,
                        .y_stride = g->ldy * 4,
                        .residual = (const char *)residual,
                        .residual_stride = (g->residual ? g->ldr : g->ldy) * 4,
                    };
                    tile_functions[pairs][height](x_tile, weights, depth, tile, PANEL, &ahead);
                    gemm_epilogue(g, tile, y_row, height, panel, phase);
                }
            }
        }
    }
}
