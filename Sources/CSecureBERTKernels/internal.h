// What the files of this target share: the table of kernels each instruction set fills, and the active one.
#ifndef SB_INTERNAL_H
#define SB_INTERNAL_H

#include "include/CSecureBERTKernels.h"

#define SB_INLINE static inline __attribute__((always_inline, unused))

// Loops over registers: they must disappear for the arrays in them to become registers.
#if defined(__clang__)
#define SB_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SB_UNROLL _Pragma("GCC unroll 16")
#endif

/// Every kernel exists once in source (kernels/*.h) and is compiled once per instruction set (isa_*.c) over the vector
/// operations of vector/*.h. A table holds the result; the public functions call through the active table.
typedef struct {
    sb_isa isa;
    sb_int panel_width;
    sb_int tile_rows;            // rows of the largest register tile of the matrix product

    void (*pack)(const sb_packed *, const void *, sb_dtype, sb_int, bool, sb_int, sb_int);
    void (*gemm)(const sb_gemm *, sb_int, sb_int, sb_int, sb_int, void *);
    void (*gemm_unpacked)(const float *, sb_int, sb_int, const void *, sb_dtype, sb_int, sb_int, const float *, float *,
                          sb_int, sb_int, sb_int);
    void (*attention)(const sb_attention *, sb_int, sb_int, void *);
    void (*layer_norm)(const sb_layer_norm *, sb_int, sb_int);
    void (*activate)(sb_activation, const float *, float *, sb_int);
    void (*exp)(const float *, float *, sb_int);
    void (*gated_activation)(sb_activation, const float *, sb_int, float *, sb_int, sb_int, sb_int);
    void (*softmax)(const float *, sb_int, float *, sb_int, sb_int, sb_int);
    void (*log_softmax)(const float *, sb_int, float *, sb_int, sb_int, sb_int);
    void (*rotary)(float *, sb_int, sb_int, sb_int, sb_int, const float *, const float *, const int32_t *, sb_int, bool);
    void (*gather)(const void *, sb_dtype, sb_int, const int32_t *, sb_int, sb_int, float *, sb_int, bool);
    void (*add)(const float *, const float *, float *, sb_int);
    void (*scale)(float, const float *, float *, sb_int);
    void (*add_scaled)(float, const float *, float *, sb_int);
    void (*mean_rows)(const float *, sb_int, sb_int, sb_int, float *);
    void (*max_rows)(const float *, sb_int, sb_int, sb_int, float *);
    void (*weighted_mean_rows)(const float *, sb_int, const float *, sb_int, sb_int, float *);
    void (*l2_normalize)(const float *, sb_int, float *, sb_int, sb_int, sb_int, float);
    float (*dot)(const float *, const float *, sb_int);
    void (*convert)(const void *, sb_dtype, void *, sb_dtype, sb_int);

    void (*attention_backward)(const sb_attention_backward *, void *);
    sb_int (*attention_backward_floats)(sb_int, sb_int);
    void (*layer_norm_backward)(const sb_layer_norm_backward *, sb_int, sb_int);
    void (*activation_backward)(sb_activation, const float *, const float *, float *, sb_int);
    void (*gated_activation_backward)(sb_activation, const float *, sb_int, const float *, sb_int, float *, sb_int, sb_int,
                                      sb_int);
    void (*cross_entropy)(const float *, sb_int, const int32_t *, const float *, float, float *, float, float *, sb_int, sb_int,
                          sb_int);
    void (*scatter_add)(float *, sb_int, const int32_t *, sb_int, sb_int, const float *, sb_int);
    void (*add_column_sums)(const float *, sb_int, sb_int, sb_int, float *);
    void (*max_rows_backward)(const float *, sb_int, sb_int, sb_int, const float *, float *, sb_int);
    void (*l2_normalize_backward)(const float *, sb_int, const float *, sb_int, float *, sb_int, sb_int, sb_int, float);
    void (*dropout)(const float *, float *, sb_int, float, uint64_t, uint64_t);
    double (*sum_of_squares)(const float *, sb_int);
    void (*adamw)(const sb_adamw *, float *, float *, float *, const float *, sb_int);

    void (*dot_rows)(const float *, const void *, sb_int, sb_int, sb_int, float *);
    void (*dot_rows_int8)(const int8_t *, const int8_t *, sb_int, sb_int, sb_int, int32_t *);
    void (*hamming_rows)(const void *, const void *, sb_int, sb_int, sb_int, int32_t *);
    uint32_t (*crc32c)(uint32_t, const void *, sb_int);
} sb_kernels;

extern const sb_kernels sb_kernels_scalar;
#if defined(__x86_64__)
extern const sb_kernels sb_kernels_avx2;
extern const sb_kernels sb_kernels_avx512;
extern const sb_kernels sb_kernels_avx512_bf16;
void sb_dot_rows_int8_vnni(const int8_t *, const int8_t *, sb_int, sb_int, sb_int, int32_t *);
#elif defined(__aarch64__)
extern const sb_kernels sb_kernels_neon;
#endif

/// The active table; selects it on the first call.
const sb_kernels *sb_active(void);

/// What the portable CRC-32C looks bytes up in.
const uint32_t (*sb_crc32c_tables(void))[256];

/// Blocking of attention, shared by its scratch size and its kernel (see kernels/attention.h).
enum {
    SB_ATTENTION_QUERIES = 448,   // queries per block, at most
    SB_ATTENTION_PACKED = 640,    // keys packed at a time, at most (512 without a radius)
    SB_ATTENTION_KEYS = 256,      // keys scored at a time, at most; a multiple of every panel width
};

/// Blocking of the matrix product (see kernels/gemm.h).
enum {
    SB_GEMM_DEPTH = 1024,     // longest run of k accumulated in registers before a partial sum is stored
    SB_GEMM_X_FLOATS = 131072 // floats of X packed at a time: half of a 1 MiB L2
};

SB_INLINE sb_int sb_min(sb_int a, sb_int b) { return a < b ? a : b; }
SB_INLINE sb_int sb_max(sb_int a, sb_int b) { return a > b ? a : b; }
SB_INLINE sb_int sb_divide_up(sb_int a, sb_int b) { return (a + b - 1) / b; }
SB_INLINE sb_int sb_round_up(sb_int a, sb_int b) { return sb_divide_up(a, b) * b; }
/// Where part `index` of `parts` nearly equal parts of `count` begins.
SB_INLINE sb_int sb_share(sb_int count, sb_int parts, sb_int index) {
    sb_int base = count / parts, extra = count % parts;
    return base * index + sb_min(index, extra);
}

#endif
