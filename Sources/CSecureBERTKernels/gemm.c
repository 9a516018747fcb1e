// Matrix product: shapes of packed matrices, scratch, and the split over threads. The arithmetic is in kernels/gemm.h.
#include <stdatomic.h>

#include "internal.h"

sb_int sb_panel_width(void) { return sb_active()->panel_width; }

static sb_int panel_count(sb_int n, bool gated, sb_int panel_width) {
    return gated ? sb_divide_up(n / 2, panel_width / 2) : sb_divide_up(n, panel_width);
}

sb_int sb_panel_count(sb_int n, bool gated) { return panel_count(n, gated, sb_panel_width()); }

/// Elements along k as the kernels count them: numbers, or pairs of them.
static sb_int steps(sb_int k, sb_dtype type) { return type == SB_BF16 ? sb_divide_up(k, 2) : k; }

sb_int sb_packed_bytes(sb_int n, sb_int k, bool gated, sb_dtype type) {
    return sb_panel_count(n, gated) * sb_panel_width() * steps(k, type) * 4;
}

sb_packed sb_packed_make(void *data, sb_int n, sb_int k, bool gated, sb_dtype type) {
    return (sb_packed){.data = data, .type = type, .n = n, .k = k, .panel_width = sb_panel_width(), .gated = gated};
}

void sb_pack(const sb_packed *packed, const void *source, sb_dtype type, sb_int ld, bool transposed, sb_int panel_begin,
             sb_int panel_end) {
    sb_active()->pack(packed, source, type, ld, transposed, panel_begin, panel_end);
}

sb_int sb_gemm_scratch_bytes(const sb_gemm *gemm, sb_int rows) {
    // One group of row tiles over one block of k (gated and in-place products take all of k as one block), and room for
    // the surplus lanes of the last store.
    const sb_int k = sb_max(1, steps(gemm->w->k, gemm->w->type)), tile_rows = sb_active()->tile_rows;
    const sb_int group = sb_max(tile_rows * k, SB_GEMM_X_FLOATS);
    return sb_round_up((sb_min(rows * k, group) + 64) * (sb_int)sizeof(float), 64);
}

bool sb_gemm_f32(const sb_gemm *gemm, sb_int row_begin, sb_int row_end, sb_int panel_begin, sb_int panel_end, void *scratch) {
    const sb_kernels *kernels = sb_active();
    if (gemm->w->panel_width != kernels->panel_width) return false;
    kernels->gemm(gemm, row_begin, row_end, panel_begin, panel_end, scratch);
    return true;
}

/// A product cut into a grid of row ranges x panel ranges.
typedef struct {
    sb_pool *pool;
    const sb_gemm *gemm;
    sb_int m, panels, row_parts, panel_parts;
    atomic_bool failed;
} gemm_grid;

static void gemm_part(void *context, sb_int part, sb_int worker) {
    gemm_grid *grid = context;
    const sb_int row = part / grid->panel_parts, panel = part % grid->panel_parts;
    const sb_int row_begin = sb_share(grid->m, grid->row_parts, row);
    const sb_int row_end = sb_share(grid->m, grid->row_parts, row + 1);
    const sb_int bytes = sb_gemm_scratch_bytes(grid->gemm, row_end - row_begin);
    void *scratch = sb_scratch(grid->pool, worker, 3, bytes);
    const sb_int panel_begin = sb_share(grid->panels, grid->panel_parts, panel);
    const sb_int panel_end = sb_share(grid->panels, grid->panel_parts, panel + 1);
    if (!scratch || !sb_gemm_f32(grid->gemm, row_begin, row_end, panel_begin, panel_end, scratch))
        atomic_store(&grid->failed, true);
}

/// A rough count of the cycles of the slowest part of a grid: multiply-adds, packing X, and reading the weights once for
/// every group of rows that fits the cache. Only the order of the candidates matters.
static double grid_cost(const gemm_grid *grid, sb_int row_parts, sb_int panel_parts) {
    const sb_int k = sb_max(1, steps(grid->gemm->w->k, grid->gemm->w->type));
    const double rows = (double)sb_divide_up(grid->m, row_parts), panels = (double)sb_divide_up(grid->panels, panel_parts);
    const double cache_rows = SB_GEMM_X_FLOATS / (double)sb_min(k, SB_GEMM_DEPTH);
    const double groups = rows > cache_rows ? rows / cache_rows : 1;
    const double lines_per_panel = (double)(k * grid->gemm->w->panel_width) / 16;
    return rows * panels * (double)k + 0.35 * rows * (double)k + 4 * lines_per_panel * panels * groups;
}

bool sb_gemm_run(sb_pool *pool, const sb_gemm *gemm, sb_int m) {
    if (gemm->w->panel_width != sb_panel_width()) return false;
    const sb_int threads = sb_pool_threads(pool);
    gemm_grid grid = {.pool = pool, .gemm = gemm, .m = m, .row_parts = 1, .panel_parts = 1};
    grid.panels = panel_count(gemm->w->n, gemm->w->gated, gemm->w->panel_width);
    if (m <= 0 || grid.panels <= 0) return true;
    double best = grid_cost(&grid, 1, 1);
    for (sb_int rows = 1; rows <= sb_min(threads, m); rows++) {
        const sb_int panels = sb_min(threads / rows, grid.panels);
        const double cost = grid_cost(&grid, rows, panels);
        if (cost >= best) continue;
        best = cost;
        grid.row_parts = rows;
        grid.panel_parts = panels;
    }
    sb_pool_run(pool, grid.row_parts * grid.panel_parts, gemm_part, &grid);
    return !atomic_load(&grid.failed);
}

void sb_gemm_unpacked(const float *x, sb_int ldx, sb_int m, const void *w, sb_dtype type, sb_int ldw, sb_int k,
                      const float *bias, float *y, sb_int ldy, sb_int n_begin, sb_int n_end) {
    sb_active()->gemm_unpacked(x, ldx, m, w, type, ldw, k, bias, y, ldy, n_begin, n_end);
}
