// Row kernels: dispatch. The arithmetic is in kernels/.
#include "internal.h"

void sb_layer_norm_f32(const sb_layer_norm *norm, sb_int rows, sb_int n) { sb_active()->layer_norm(norm, rows, n); }

void sb_activate(sb_activation activation, const float *x, float *y, sb_int count) {
    sb_active()->activate(activation, x, y, count);
}

void sb_exp(const float *x, float *y, sb_int count) { sb_active()->exp(x, y, count); }

void sb_gated_activation(sb_activation activation, const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int h) {
    sb_active()->gated_activation(activation, x, ldx, y, ldy, rows, h);
}

void sb_softmax(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n) {
    sb_active()->softmax(x, ldx, y, ldy, rows, n);
}

void sb_log_softmax(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n) {
    sb_active()->log_softmax(x, ldx, y, ldy, rows, n);
}

void sb_rotary(float *x, sb_int stride, sb_int tokens, sb_int heads, sb_int head_size, const float *cos, const float *sin,
               const int32_t *positions, sb_int first_position, bool inverse) {
    sb_active()->rotary(x, stride, tokens, heads, head_size, cos, sin, positions, first_position, inverse);
}

void sb_gather(const void *table, sb_dtype type, sb_int ld, const int32_t *ids, sb_int count, sb_int n, float *y, sb_int ldy,
               bool accumulate) {
    sb_active()->gather(table, type, ld, ids, count, n, y, ldy, accumulate);
}

void sb_add(const float *a, const float *b, float *y, sb_int count) { sb_active()->add(a, b, y, count); }

void sb_scale(float factor, const float *x, float *y, sb_int count) { sb_active()->scale(factor, x, y, count); }

void sb_add_scaled(float factor, const float *x, float *y, sb_int count) { sb_active()->add_scaled(factor, x, y, count); }

void sb_mean_rows(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y) { sb_active()->mean_rows(x, ldx, rows, n, y); }

void sb_max_rows(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y) { sb_active()->max_rows(x, ldx, rows, n, y); }

void sb_weighted_mean_rows(const float *x, sb_int ldx, const float *weights, sb_int rows, sb_int n, float *y) {
    sb_active()->weighted_mean_rows(x, ldx, weights, rows, n, y);
}

void sb_l2_normalize(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n, float eps) {
    sb_active()->l2_normalize(x, ldx, y, ldy, rows, n, eps);
}

float sb_dot(const float *a, const float *b, sb_int count) { return sb_active()->dot(a, b, count); }

void sb_convert(const void *source, sb_dtype source_type, void *target, sb_dtype target_type, sb_int count) {
    sb_active()->convert(source, source_type, target, target_type, count);
}
