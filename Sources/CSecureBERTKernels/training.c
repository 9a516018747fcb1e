// Kernels of training: dispatch. The arithmetic is in kernels/.
#include "internal.h"

void sb_layer_norm_backward_f32(const sb_layer_norm_backward *norm, sb_int rows, sb_int n) {
    sb_active()->layer_norm_backward(norm, rows, n);
}

void sb_activation_backward(sb_activation activation, const float *x, const float *dy, float *dx, sb_int count) {
    sb_active()->activation_backward(activation, x, dy, dx, count);
}

void sb_gated_activation_backward(sb_activation activation, const float *x, sb_int ldx, const float *dy, sb_int lddy,
                                  float *dx, sb_int lddx, sb_int rows, sb_int h) {
    sb_active()->gated_activation_backward(activation, x, ldx, dy, lddy, dx, lddx, rows, h);
}

void sb_cross_entropy(const float *x, sb_int ldx, const int32_t *targets, const float *class_weights, float smoothing,
                      float *losses, float scale, float *dx, sb_int lddx, sb_int rows, sb_int n) {
    sb_active()->cross_entropy(x, ldx, targets, class_weights, smoothing, losses, scale, dx, lddx, rows, n);
}

void sb_scatter_add(float *table, sb_int ld, const int32_t *ids, sb_int count, sb_int n, const float *dy, sb_int lddy) {
    sb_active()->scatter_add(table, ld, ids, count, n, dy, lddy);
}

void sb_add_column_sums(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y) {
    sb_active()->add_column_sums(x, ldx, rows, n, y);
}

void sb_max_rows_backward(const float *x, sb_int ldx, sb_int rows, sb_int n, const float *dy, float *dx, sb_int lddx) {
    sb_active()->max_rows_backward(x, ldx, rows, n, dy, dx, lddx);
}

void sb_l2_normalize_backward(const float *x, sb_int ldx, const float *dy, sb_int lddy, float *dx, sb_int lddx, sb_int rows,
                              sb_int n, float eps) {
    sb_active()->l2_normalize_backward(x, ldx, dy, lddy, dx, lddx, rows, n, eps);
}

void sb_dropout(const float *x, float *y, sb_int count, float keep, uint64_t key, uint64_t first) {
    sb_active()->dropout(x, y, count, keep, key, first);
}

double sb_sum_of_squares(const float *x, sb_int count) { return sb_active()->sum_of_squares(x, count); }

void sb_adamw_step(const sb_adamw *step, float *w, float *m, float *v, const float *gradient, sb_int count) {
    sb_active()->adamw(step, w, m, v, gradient, count);
}
