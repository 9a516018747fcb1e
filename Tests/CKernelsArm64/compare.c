// Compares the NEON kernels with the portable ones, which the Swift tests compare with double-precision twins. Built for
// arm64 and run under emulation by Scripts/check-arm64-kernels.sh, because the machines that test this package are x86.
// Prints the first difference and fails, or prints how many comparisons were made.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../Sources/CSecureBERTKernels/include/CSecureBERTKernels.h"

enum { CAPACITY = 1 << 19 };
static float x[CAPACITY], w[CAPACITY], extra[CAPACITY], tables[2][CAPACITY], found[CAPACITY], wanted[CAPACITY];
static float packed_data[CAPACITY];
static uint16_t halves[CAPACITY], found_halves[CAPACITY], wanted_halves[CAPACITY];
static _Alignas(64) char scratch[4 << 20];
static long comparisons;

static void fill(float *values, sb_int count, float size) {
    static uint64_t state = 1;
    for (sb_int i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] = size * ((float)(int32_t)(state >> 32) / 2147483648.0f);
    }
}

static void compare(const char *what, sb_int count, float tolerance) {
    comparisons++;
    for (sb_int i = 0; i < count; i++) {
        const float limit = tolerance * fmaxf(1, fabsf(wanted[i]));
        if (fabsf(found[i] - wanted[i]) <= limit || found[i] == wanted[i] || (isnan(found[i]) && isnan(wanted[i]))) continue;
        printf("%s: element %td is %.9g with NEON and %.9g in portable C\n", what, i, found[i], wanted[i]);
        exit(1);
    }
}

/// Runs `code` with the portable kernels into `wanted`, then with NEON into `found`; `y` is the output inside `code`.
#define BOTH(what, count, tolerance, code)                                                                                   \
    do {                                                                                                                     \
        for (int neon = 0; neon < 2; neon++) {                                                                               \
            float *y = neon ? found : wanted;                                                                                \
            memcpy(y, extra, (size_t)(count) * 4 + 256); /* what lies behind the output must stay the same as well */        \
            sb_isa_select(neon ? SB_ISA_NEON : SB_ISA_SCALAR);                                                               \
            code;                                                                                                            \
        }                                                                                                                    \
        compare(what, (count) + 64, tolerance);                                                                              \
    } while (0)

static const sb_int sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65, 130};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void product(float *y, sb_int m, sb_int n, sb_int k, bool gated, bool transposed, sb_activation activation,
                    sb_dtype type) {
    sb_packed packed = sb_packed_make(packed_data, n, k, gated, type);
    sb_pack(&packed, w, SB_F32, transposed ? n : k, transposed, 0, sb_panel_count(n, gated));
    const sb_int columns = gated ? n / 2 : n;
    const sb_gemm gemm = {
        .x = x, .ldx = transposed ? m : k, .x_transposed = transposed, .w = &packed, .y = y, .ldy = columns,
        .bias = tables[0], .activation = activation, .residual = tables[1], .ldr = columns, .accumulate = m % 2 == 0,
    };
    if (!sb_gemm_f32(&gemm, 0, m, 0, sb_panel_count(n, gated), scratch)) exit(2);
}

static void products(void) {
    for (int a = 0; a < SIZES; a++)
        for (int b = 0; b < SIZES; b++)
            for (int c = 0; c < SIZES; c++) {
                const sb_int m = sizes[a], n = sizes[b], k = sizes[c];
                const sb_activation activation = (sb_activation)((a + b + c) % 6);
                BOTH("product", m * n, 2e-5f, product(y, m, n, k, false, (a + c) % 2, activation, SB_F32));
                BOTH("bf16 product", m * n, 2e-5f, product(y, m, n, k, false, (a + c) % 2, activation, SB_BF16));
                if (n % 2 == 0) BOTH("gated product", m * n / 2, 1e-4f, product(y, m, n, k, true, a % 2, activation, SB_F32));
            }
    BOTH("deep product", 5 * 20, 1e-4f, product(y, 5, 20, 2100, false, false, SB_NONE, SB_F32));
    BOTH("deep bf16 product", 5 * 20, 1e-4f, product(y, 5, 20, 2101, false, false, SB_NONE, SB_BF16));
    for (int type = SB_F32; type <= SB_BF16; type++)
        for (int a = 0; a < SIZES; a++) {
            const void *weights = type == SB_F32 ? (const void *)w : halves;
            BOTH("unpacked product", 6 * sizes[a], 2e-5f,
                 sb_gemm_unpacked(x, 70, 6, weights, (sb_dtype)type, 71, 70, tables[0], y, sizes[a], 0, sizes[a]));
        }
}

static void attentions(void) {
    const sb_int heads[] = {1, 7, 16, 32, 34, 64, 80, 256}, radii[] = {-1, 0, 5, 64};
    for (int a = 0; a < SIZES; a++)
        for (int h = 0; h < 8; h++)
            for (int r = 0; r < 4; r++) {
                const sb_int length = h < 4 && a == SIZES - 1 ? 700 : sizes[a], d = heads[h];
                const bool rotary = d % 2 == 0 && (a + r) % 2;
                sb_attention attention = {
                    .q = x, .k = x + d, .v = x + 2 * d, .q_stride = 3 * d, .k_stride = 3 * d, .v_stride = 3 * d,
                    .out_stride = d, .length = length, .head_size = d, .scale = 0.2f, .radius = radii[r],
                    .cos = rotary ? tables[0] : NULL, .sin = rotary ? tables[1] : NULL,
                };
                if (length * 3 * d > CAPACITY) continue;
                for (int bf16 = 0; bf16 < 2; bf16++) { // whose roundings may fall to either side
                    attention.bf16 = bf16;
                    BOTH(bf16 ? "bf16 attention" : "attention", length * (d + 1), bf16 ? 2e-2f : 2e-5f, {
                        attention.out = y;
                        attention.log_sum_exp = y + length * d;
                        sb_attention_f32(&attention, 0, length / 2, scratch);
                        sb_attention_f32(&attention, length / 2, length, scratch);
                    });
                }
            }
}

/// Gradients of attention with the forward pass of the same kernels: length tokens of q, k and v side by side.
static void attention_gradient(float *y, sb_int length, sb_int d, sb_int radius, bool rotary, bool bf16) {
    static float out[CAPACITY], log_sum_exp[CAPACITY];
    static _Alignas(64) char big_scratch[8 << 20];
    const float *cos = rotary ? tables[0] : NULL, *sin = rotary ? tables[1] : NULL;
    const sb_attention forward = {
        .q = x, .k = x + d, .v = x + 2 * d, .q_stride = 3 * d, .k_stride = 3 * d, .v_stride = 3 * d, .out = out,
        .out_stride = d, .length = length, .head_size = d, .scale = 0.2f, .radius = radius, .cos = cos, .sin = sin,
        .log_sum_exp = log_sum_exp, .bf16 = bf16,
    };
    sb_attention_f32(&forward, 0, length, scratch);
    const sb_attention_backward backward = {
        .q = x, .k = x + d, .v = x + 2 * d, .stride = 3 * d, .out = out, .d_out = w, .out_stride = d,
        .log_sum_exp = log_sum_exp, .d_q = y, .d_k = y + d, .d_v = y + 2 * d, .d_stride = 3 * d, .length = length,
        .head_size = d, .scale = 0.2f, .radius = radius, .cos = cos, .sin = sin, .bf16 = bf16,
    };
    if (sb_attention_backward_scratch_bytes(length, d) > (sb_int)sizeof big_scratch) exit(2);
    sb_attention_backward_f32(&backward, big_scratch);
}

static void attention_gradients(void) {
    const sb_int heads[] = {1, 7, 16, 34, 64, 80}, radii[] = {-1, 0, 5, 64};
    for (int a = 0; a < SIZES; a++)
        for (int h = 0; h < 6; h++)
            for (int r = 0; r < 4; r++) {
                const sb_int length = h < 3 && a == SIZES - 1 ? 600 : sizes[a], d = heads[h];
                const bool rotary = d % 2 == 0 && (a + r) % 2;
                BOTH("attention gradient", length * 3 * d, 1e-4f, attention_gradient(y, length, d, radii[r], rotary, false));
                BOTH("bf16 attention gradient", length * 3 * d, 5e-2f,
                     attention_gradient(y, length, d, radii[r], rotary, true));
            }
}

static void gradients(void) {
    const int32_t ids[] = {4, 0, 4}, targets[] = {0, -1, 0};
    for (int a = 0; a < SIZES; a++) {
        const sb_int n = sizes[a];
        sb_layer_norm_backward norm = {.dy = w, .lddy = n, .x = x, .ldx = n, .weight = a % 3 ? tables[0] : NULL, .eps = 1e-2f,
                                       .residual = a % 2 ? tables[1] : NULL, .ldr = n, .lddx = n};
        BOTH("layer norm gradient", 5 * n, 2e-5f, {
            norm.dx = y;
            norm.dweight = y + 3 * n;
            norm.dbias = y + 4 * n;
            sb_layer_norm_backward_f32(&norm, 3, n);
        });
        for (int f = SB_NONE; f <= SB_TANH; f++) {
            BOTH("activation gradient", n, 1e-6f, sb_activation_backward((sb_activation)f, x, w, y, n));
            BOTH("gated activation gradient", 4 * n, 2e-6f,
                 sb_gated_activation_backward((sb_activation)f, x, 2 * n, w, n, y, 2 * n, 2, n));
        }
        for (int smooth = 0; smooth < 2; smooth++)
            BOTH("cross-entropy", 3 * n + 3, 5e-6f,
                 sb_cross_entropy(x, n, targets, smooth ? tables[0] : NULL, smooth ? 0.1f : 0, y + 3 * n, 2, y, n, 3, n));
        BOTH("scatter", 5 * n, 0, sb_scatter_add(y, n, ids, 3, n, w, n));
        BOTH("column sums", n, 1e-5f, sb_add_column_sums(x, n, 21, n, y));
        BOTH("maximum gradient", 9 * n, 0, sb_max_rows_backward(x, n, 9, n, w, y, n));
        BOTH("normalize gradient", 3 * n, 1e-5f, sb_l2_normalize_backward(w, n, x, n, y, n, 3, n, 1e-3f));
        BOTH("dropout", n, 0, sb_dropout(x, y, n, 0.7f, 5, 77));
        BOTH("sum of squares", 1, 1e-6f, y[0] = (float)sb_sum_of_squares(x, n));
        const sb_adamw step = {.lr = 0.01f, .beta1 = 0.9f, .beta2 = 0.98f, .eps = 1e-6f, .decay = 0.1f, .bias1 = 0.1f,
                               .bias2 = 0.02f, .gradient_scale = 0.5f};
        BOTH("AdamW", 3 * n, 2e-6f, {
            for (sb_int i = 2 * n; i < 3 * n; i++) y[i] = fabsf(y[i]);
            sb_adamw_step(&step, y, y + n, y + 2 * n, x, n);
        });
    }
}

static void rows(void) {
    for (int a = 0; a < SIZES; a++) {
        const sb_int n = sizes[a];
        sb_layer_norm norm = {.x = x, .ldx = n, .residual = a % 2 ? w : NULL, .ldr = n, .weight = tables[0],
                              .bias = a % 3 ? tables[1] : NULL, .eps = 1e-5f, .ldy = n};
        BOTH("layer norm", 3 * n, 1e-5f, { norm.y = y; sb_layer_norm_f32(&norm, 3, n); });
        BOTH("softmax", 3 * n, 1e-6f, sb_softmax(w, n, y, n, 3, n));
        BOTH("log softmax", 3 * n, 1e-6f, sb_log_softmax(w, n, y, n, 3, n));
        BOTH("normalize", 3 * n, 1e-6f, sb_l2_normalize(w, n, y, n, 3, n, 1e-12f));
        BOTH("mean", n, 1e-6f, sb_mean_rows(x, n, 37, n, y));
        BOTH("max", n, 0, sb_max_rows(x, n, 37, n, y));
        BOTH("weighted mean", n, 1e-4f, sb_weighted_mean_rows(x, n, tables[0], 37, n, y));
        BOTH("dot", 1, 1e-5f, y[0] = sb_dot(x, w, n));
        BOTH("sum", n, 0, sb_add(x, w, y, n));
        BOTH("scale", n, 0, sb_scale(1.7f, x, y, n));
        BOTH("add scaled", n, 1e-6f, sb_add_scaled(1.7f, x, y, n));
        BOTH("exp", n, 1e-6f, sb_exp(x, y, n));
        for (int f = SB_NONE; f <= SB_TANH; f++) {
            BOTH("activation", n, 1e-6f, sb_activate((sb_activation)f, x, y, n));
            BOTH("gated activation", 2 * n, 1e-6f, sb_gated_activation((sb_activation)f, x, 2 * n, y, n, 2, n));
        }
        const int32_t ids[] = {4, 0, 2};
        for (int type = SB_F32; type <= SB_BF16; type++) {
            const void *table = type == SB_F32 ? (const void *)w : halves;
            BOTH("gather", 3 * n, 0, sb_gather(table, (sb_dtype)type, n, ids, 3, n, y, n, a % 2));
        }
        if (n % 2 == 0) BOTH("rotary", 6 * n, 1e-6f, sb_rotary(y, 2 * n, 3, 2, n, tables[0], tables[1], NULL, 3, a % 4 == 0));
    }
}

/// Every value of the 16-bit types, and numbers of every exponent.
static void conversions(void) {
    for (int i = 0; i < 65536; i++) wanted_halves[i] = (uint16_t)i;
    for (int type = SB_F16; type <= SB_BF16; type++) {
        BOTH("widening", 65536, 0, sb_convert(wanted_halves, (sb_dtype)type, y, SB_F32, 65536));
        for (int i = 0; i < 131072; i++) {
            const uint32_t bits = (uint32_t)i << 15 | (uint32_t)(i & 3) << 13;
            memcpy(&x[i], &bits, 4);
        }
        for (int neon = 0; neon < 2; neon++) {
            sb_isa_select(neon ? SB_ISA_NEON : SB_ISA_SCALAR);
            sb_convert(x, SB_F32, neon ? found_halves : halves, (sb_dtype)type, 131072);
        }
        for (int i = 0; i < 131072; i++) {
            if (isnan(x[i]) || found_halves[i] == halves[i]) continue;
            printf("narrowing to type %d: %.9g becomes %04x with NEON and %04x in portable C\n", type, x[i],
                   found_halves[i], halves[i]);
            exit(1);
        }
        comparisons++;
    }
}

/// Queries against stored rows, and checksums; integers as floats, which hold them exactly up to 2^24.
static void scans(void) {
    static int8_t bytes[CAPACITY];
    static int32_t sums[64];
    for (sb_int i = 0; i < CAPACITY; i++) bytes[i] = (int8_t)(i * 7919 % 255 - 127);
    for (int a = 0; a < SIZES; a++) {
        const sb_int n = sizes[a];
        for (sb_int rows = 0; rows < 7; rows++) {
            BOTH("dots of floats", rows, 1e-5f, sb_dot_rows(x, w, 4 * (n + 1), rows, n, y));
            BOTH("dots of bytes", rows, 0, {
                sb_dot_rows_int8(bytes, bytes + 300, n + 3, rows, n, sums);
                for (sb_int r = 0; r < rows; r++) y[r] = (float)sums[r];
            });
            BOTH("different bits", rows, 0, {
                sb_hamming_rows(bytes, bytes + 300, 8 * n + 1, rows, n, sums);
                for (sb_int r = 0; r < rows; r++) y[r] = (float)sums[r];
            });
        }
        BOTH("checksum", 2, 0, {
            const uint32_t crc = sb_crc32c(7, bytes, n);
            y[0] = (float)(crc >> 16);
            y[1] = (float)(crc & 0xffff);
        });
    }
}

int main(void) {
    if (!sb_isa_supported(SB_ISA_NEON)) {
        printf("this program is for arm64\n");
        return 2;
    }
    fill(x, CAPACITY, 2);
    fill(w, CAPACITY, 1);
    fill(extra, CAPACITY, 1);
    fill(tables[0], CAPACITY, 1);
    fill(tables[1], CAPACITY, 1);
    for (sb_int i = 0; i < CAPACITY; i++) halves[i] = (uint16_t)(0x3800 + (i * 7919 & 0x83ff)); // moderate, both signs
    products();
    attentions();
    attention_gradients();
    rows();
    gradients();
    conversions();
    scans();
    printf("NEON agrees with portable C in %ld comparisons\n", comparisons);
    return 0;
}
