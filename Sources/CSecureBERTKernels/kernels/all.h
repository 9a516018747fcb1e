// Every kernel over the vector operations included before this file, and the table which names them. Included once by each
// isa_*.c, inside that instruction set's target attribute.
#include "elementary.h"
#include "pairs.h"
#include "pack.h"
#include "gemm.h"
#include "gemm_unpacked.h"
#include "dropout_mask.h"
#include "rotary.h"
#include "attention.h"
#include "layer_norm.h"
#include "activation.h"
#include "softmax.h"
#include "convert.h"
#include "reduce.h"
#include "attention_backward.h"
#include "layer_norm_backward.h"
#include "activation_backward.h"
#include "cross_entropy.h"
#include "reduce_backward.h"
#include "dropout.h"
#include "optimizer.h"
#include "scan.h"
#include "scan_int8.h"

static void dot_rows_int8_kernel(const int8_t *query, const int8_t *rows, sb_int stride, sb_int count, sb_int n, int32_t *y) {
    dot_rows_int8_body(query, rows, stride, count, n, y);
}

#define SB_KERNEL_TABLE(ISA)                                                                                                 \
    {                                                                                                                        \
        .isa = ISA, .panel_width = PANEL, .tile_rows = TILE_ROWS, .pack = pack_kernel, .gemm = gemm_kernel,                  \
        .gemm_unpacked = gemm_unpacked_kernel, .attention = attention_kernel, .layer_norm = layer_norm_kernel,               \
        .activate = activate_kernel, .exp = exp_kernel, .gated_activation = gated_activation_kernel,                         \
        .softmax = softmax_kernel, .log_softmax = log_softmax_kernel, .rotary = rotary_kernel, .gather = gather_kernel,      \
        .add = add_kernel, .scale = scale_kernel, .add_scaled = add_scaled_kernel, .mean_rows = mean_rows_kernel,            \
        .max_rows = max_rows_kernel, .weighted_mean_rows = weighted_mean_rows_kernel,                                        \
        .l2_normalize = l2_normalize_kernel, .dot = dot_kernel, .convert = convert_kernel,                                   \
        .attention_backward = attention_backward_kernel, .attention_backward_floats = attention_backward_floats,             \
        .layer_norm_backward = layer_norm_backward_kernel, .activation_backward = activation_backward_kernel,                \
        .gated_activation_backward = gated_activation_backward_kernel, .cross_entropy = cross_entropy_kernel,                \
        .scatter_add = scatter_add_kernel, .add_column_sums = add_column_sums_kernel,                                        \
        .max_rows_backward = max_rows_backward_kernel, .l2_normalize_backward = l2_normalize_backward_kernel,                \
        .dropout = dropout_kernel, .sum_of_squares = sum_of_squares_kernel, .adamw = adamw_kernel,                           \
        .dot_rows = dot_rows_kernel, .dot_rows_int8 = dot_rows_int8_kernel, .hamming_rows = hamming_rows_kernel,             \
        .crc32c = crc32c_kernel,                                                                                             \
    }
