// Attention: scratch and dispatch. The arithmetic is in kernels/attention.h and kernels/attention_backward.h.
#include "internal.h"

sb_int sb_attention_query_block(void) { return SB_ATTENTION_QUERIES; }

sb_int sb_attention_scratch_bytes(sb_int head_size) {
    // See attention_layout: Q, O, K, V, the strip of scores, maxima and sums.
    const sb_kernels *kernels = sb_active();
    const sb_int padded = sb_round_up(head_size, kernels->panel_width);
    const sb_int floats = SB_ATTENTION_QUERIES * (head_size + padded + 2) + SB_ATTENTION_PACKED * (head_size + padded)
        + kernels->tile_rows * (SB_ATTENTION_KEYS + 16) + 64;
    return sb_round_up(floats * (sb_int)sizeof(float), 64);
}

void sb_attention_f32(const sb_attention *attention, sb_int query_begin, sb_int query_end, void *scratch) {
    sb_active()->attention(attention, query_begin, query_end, scratch);
}

sb_int sb_attention_backward_scratch_bytes(sb_int length, sb_int head_size) {
    return sb_round_up(sb_active()->attention_backward_floats(length, head_size) * (sb_int)sizeof(float), 64);
}

void sb_attention_backward_f32(const sb_attention_backward *attention, void *scratch) {
    sb_active()->attention_backward(attention, scratch);
}
