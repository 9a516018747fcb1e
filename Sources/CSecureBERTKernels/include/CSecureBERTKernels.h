// CSecureBERTKernels: the arithmetic of an encoder transformer on a CPU, in f32, and its gradients.
//
// What it refuses to do: allocate behind your back (except scratch of the pool and blocks that wait, see memory.c), read files, know about models, or check
// data. Callers pass shapes and ranges that are already valid; ids are already inside their table.
//
// Legend      m rows (tokens), n output columns, k input columns; ld* = leading dimension, the distance in *elements*
//             between the starts of two rows (>= the row's length); counts are `sb_int`, which Swift imports as Int.
// Units       every count is in elements, unless the name says bytes. Floats are IEEE f32 unless an `sb_dtype` is given.
// Alignment   none required (64 bytes is fastest); nothing is ever read or written outside the stated ranges.
// Aliasing    an output may be *exactly* the same memory as an elementwise input (same pointer, same ld) where "in place"
//             is stated; any other overlap of an output with an input is an error of the caller.
// Threading   every kernel runs on the calling thread over the sub-range it is given and keeps no state. `sb_pool_run`
//             splits work over threads. `sb_gemm_run` is the one convenience which splits for the caller.
// Results     the value of one output row never depends on how many rows are computed together, nor on the thread count,
//             except for banded attention, where the order of a sum follows the query tile (differences of rounding).
#ifndef CSECUREBERTKERNELS_H
#define CSECUREBERTKERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__clang__)
#define SB_ENUM enum __attribute__((enum_extensibility(closed)))
#else
#define SB_ENUM enum
#endif

/// A count, an index or a stride, in elements. Imports into Swift as `Int`.
typedef ptrdiff_t sb_int;

// ---------------------------------------------------------------------------------------------------------------------
// Instruction sets (dispatch.c)

/// One set of compiled kernels. Selected once, at first use: the best this machine and its operating system support,
/// unless the environment variable SECUREBERT_ISA names another one.
typedef SB_ENUM {
    SB_ISA_SCALAR = 0, // portable C
    SB_ISA_NEON = 1,   // arm64 Advanced SIMD
    SB_ISA_AVX2 = 2,   // AVX2 + FMA + F16C
    SB_ISA_AVX512 = 3, // AVX-512 F + BW + DQ + VL
} sb_isa;

/// What this machine can do, as bits; a kernel family for a bit is used only where this header declares one.
enum {
    SB_FEATURE_NEON = 1 << 0,
    SB_FEATURE_AVX2 = 1 << 1,
    SB_FEATURE_AVX512 = 1 << 2,
    SB_FEATURE_AVX512_BF16 = 1 << 3,
    SB_FEATURE_AVX512_VNNI = 1 << 4,
};

typedef SB_ENUM {
    SB_ISA_OK = 0,
    SB_ISA_UNKNOWN_NAME = 1,  // not one of scalar, neon, avx2, avx512
    SB_ISA_NOT_SUPPORTED = 2, // a known name, but this machine or its operating system lacks it
} sb_isa_status;

/// The kernels in use.
sb_isa sb_isa_active(void);
/// "scalar", "neon", "avx2" or "avx512".
const char *sb_isa_name(sb_isa isa);
/// Whether this machine can run `isa`.
bool sb_isa_supported(sb_isa isa);
/// Switches the kernels of this process. Matrices packed before a switch must be packed again (`sb_gemm_f32` refuses
/// them). For programs at their start: no kernel may be running.
sb_isa_status sb_isa_select(sb_isa isa);
/// Switches the kernels of the calling thread only, until `sb_isa_unselect_for_thread`, for tests that run beside others.
/// Pool workers do not follow.
sb_isa_status sb_isa_select_for_thread(sb_isa isa);
void sb_isa_unselect_for_thread(void);
/// As `sb_isa_select`, by name. An unknown or unsupported name changes nothing.
sb_isa_status sb_isa_select_named(const char *name);
/// What came of SECUREBERT_ISA: SB_ISA_OK if it is unset or was obeyed. After a failure the best set is in use and
/// `*requested`, unless `requested` is NULL, points at the offending value, so that a program can say a sentence.
sb_isa_status sb_isa_environment_status(const char **requested);
/// The machine's SB_FEATURE_ bits.
uint32_t sb_cpu_features(void);
/// Whether the kernels in use multiply bf16 numbers with instructions made for it, about twice as fast as f32. Without,
/// products of SB_BF16 matrices give the same results (up to the order of sums), but slower than f32.
bool sb_bf16_supported(void);

// ---------------------------------------------------------------------------------------------------------------------
// Worker pool (pool.c)

typedef struct sb_pool sb_pool;
/// One part of a region. `worker` is in 0 ..< sb_pool_threads(pool) and names the scratch this part may use.
typedef void (*sb_pool_body)(void *context, sb_int part, sb_int worker);

enum { SB_SCRATCH_SLOTS = 4 };

/// A pool of `threads` workers (clamped to 1 ... 1024), one of which is whichever thread calls `sb_pool_run`. Starts with
/// fewer if the system refuses threads: ask `sb_pool_threads`. NULL only if memory is exhausted. A pool does not survive fork.
sb_pool *sb_pool_create(sb_int threads);
/// Ends the threads and frees the scratch. NULL is allowed. No region may be running.
void sb_pool_destroy(sb_pool *pool);
/// The number of workers, including the caller.
sb_int sb_pool_threads(const sb_pool *pool);
/// Calls `body` once for every part in 0 ..< parts and returns when all are done. Worker w starts with the w-th contiguous
/// share; a worker which has finished takes over parts others have not started. Regions of different threads run one after
/// another. A region started inside a part of the same pool runs inline, on that part's worker. A NULL pool runs
/// everything inline on worker 0, without scratch.
void sb_pool_run(sb_pool *pool, sb_int parts, sb_pool_body body, void *context);
/// Memory of at least `bytes`, 64-byte aligned, owned by `worker`; valid until the next call with the same worker and slot.
/// Contents are not kept. `slot` is in 0 ..< SB_SCRATCH_SLOTS; slot 3 belongs to this library (`sb_gemm_run`). Call it only
/// from inside a part, with that part's worker. NULL if memory is exhausted.
void *sb_scratch(sb_pool *pool, sb_int worker, sb_int slot, sb_int bytes);

// ---------------------------------------------------------------------------------------------------------------------
// Memory (memory.c)

/// Memory for tensors and packed matrices: 64-byte aligned, uninitialised, and in 2 MiB pages where it is large and the
/// system offers them, which speeds up attention over long sequences and products with large matrices considerably. Blocks
/// from 512 KiB on are rounded up to 2 MiB of address space. NULL if memory is exhausted.
void *sb_allocate(sb_int bytes);
/// Frees memory of `sb_allocate`. NULL is allowed. Large blocks wait for the next request of about their size, because the
/// system clears fresh pages, which costs as much as many an operation.
void sb_deallocate(void *memory);
/// How many bytes of large blocks may wait, 128 MiB at first; more than that goes back to the system at once.
void sb_cache_limit(sb_int bytes);
/// How many bytes wait now.
sb_int sb_cached_bytes(void);

// ---------------------------------------------------------------------------------------------------------------------
// Types shared by several kernels

/// Element types of stored tables and weights.
typedef SB_ENUM {
    SB_F32 = 0,
    SB_F16 = 1,  // IEEE binary16, passed as uint16_t bits
    SB_BF16 = 2, // upper half of an f32, passed as uint16_t bits
} sb_dtype;

typedef SB_ENUM {
    SB_NONE = 0,
    SB_GELU_ERF = 1,  // x * (1 + erf(x / sqrt 2)) / 2, the exact one ("gelu")
    SB_GELU_TANH = 2, // x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))) / 2 ("gelu_new", "gelu_pytorch_tanh")
    SB_SILU = 3,      // x * sigmoid(x)
    SB_RELU = 4,
    SB_TANH = 5,
} sb_activation;

// ---------------------------------------------------------------------------------------------------------------------
// Matrix product with packed weights (gemm*.c)

/// A weight matrix W [n, k] rearranged for `sb_gemm_f32`: column panels of `panel_width` outputs, with zeros past n. The
/// caller owns `data`.
///
/// SB_F32: each panel is [k, panel_width]. SB_BF16: each panel is [k/2 rounded up, panel_width, 2], pairs of neighbours along
/// k, with zeros past k; a product with it rounds X to bf16 as well (both to nearest even) and sums in f32. Numbers below
/// 2^-126 may count as zero there.
///
/// `gated` (n even, n = 2h): rows 0 ..< h of W make the activation's input, rows h ..< 2h the gate, as ModernBERT's Wi
/// stores them. A panel holds panel_width/2 of each and yields panel_width/2 outputs: act(input) * gate.
typedef struct {
    void *data;         // sb_packed_bytes(...) bytes
    sb_dtype type;      // SB_F32 or SB_BF16
    sb_int n, k;        // the shape of W
    sb_int panel_width; // of the instruction set it was made for
    bool gated;
} sb_packed;

/// Outputs per panel of the active instruction set (32 for AVX-512, 16 for AVX2 and NEON, 8 for portable C); always even.
sb_int sb_panel_width(void);
/// The number of panels of a packed [n, k] matrix: n / panel width, rounded up (gated: h / half the panel width, rounded up).
sb_int sb_panel_count(sb_int n, bool gated);
/// The bytes needed for a packed [n, k] matrix of SB_F32 or SB_BF16.
sb_int sb_packed_bytes(sb_int n, sb_int k, bool gated, sb_dtype type);
/// Describes a packed matrix of the active instruction set in `data`, which is filled by `sb_pack`.
sb_packed sb_packed_make(void *data, sb_int n, sb_int k, bool gated, sb_dtype type);
/// Fills panels [panel_begin, panel_end) of `packed`.
/// source      W [n, k] of `type` (whatever the packed type), row-major with leading dimension `ld`; if `transposed`, the same
///             matrix given as [k, n] with leading dimension `ld` (the gradient dX = dY * W packs W's [n, k] storage as a
///             transposed [k', n'] source, and dW = dY^T * X packs X's [tokens, n'])
void sb_pack(const sb_packed *packed, const void *source, sb_dtype type, sb_int ld, bool transposed, sb_int panel_begin,
             sb_int panel_end);

/// Y = epilogue(X * W^T):   v = X * W^T + bias;  v = act(v)  (gated: act(v_input) * v_gate);  v += residual;  Y = v or Y + v.
/// `columns` below is n, or n/2 for a gated matrix.
typedef struct {
    const float *x;           // [m, k], leading dimension ldx; if x_transposed: [k, m], leading dimension ldx
    sb_int ldx;
    bool x_transposed;        // with it, dW = dY^T * X is the product of x = dY and a packed (transposed) X
    const sb_packed *w;       // [n, k]
    float *y;                 // [m, columns], leading dimension ldy
    sb_int ldy;
    const float *bias;        // [n] or NULL
    sb_activation activation;
    const float *residual;    // [m, columns] or NULL; may be exactly y
    sb_int ldr;
    bool accumulate;          // add to Y instead of replacing it
} sb_gemm;

/// Bytes of scratch for a call of `sb_gemm_f32` over `rows` rows.
sb_int sb_gemm_scratch_bytes(const sb_gemm *gemm, sb_int rows);
/// Computes rows [row_begin, row_end) and panels [panel_begin, panel_end) of Y. `scratch` holds sb_gemm_scratch_bytes bytes,
/// 64-byte aligned. Returns false, having done nothing, if the matrix was packed for another instruction set.
bool sb_gemm_f32(const sb_gemm *gemm, sb_int row_begin, sb_int row_end, sb_int panel_begin, sb_int panel_end, void *scratch);
/// The whole product, m rows, split over the pool along rows or panels, whichever is faster. Uses scratch slot 3.
/// Returns false if the matrix was packed for another instruction set or memory is exhausted.
bool sb_gemm_run(sb_pool *pool, const sb_gemm *gemm, sb_int m);

/// Y[m, n_begin ..< n_end] = X [m, k] * W^T + bias, reading W [n, k] where it lies (a mapped file), in its stored type. For a
/// handful of rows against a large table that is not worth packing: the tied decoder at a few masked positions.
/// bias [n] or NULL.
void sb_gemm_unpacked(const float *x, sb_int ldx, sb_int m, const void *w, sb_dtype type, sb_int ldw, sb_int k,
                      const float *bias, float *y, sb_int ldy, sb_int n_begin, sb_int n_end);

// ---------------------------------------------------------------------------------------------------------------------
// Attention (attention*.c)

/// softmax(scale * rotary(Q) * rotary(K)^T) * V of one head of one sequence, tiled, with the online softmax.
typedef struct {
    const float *q, *k, *v;  // this head's first element of token 0; token t starts at t * stride
    sb_int q_stride, k_stride, v_stride;
    float *out;              // [length, head_size], token t at t * out_stride
    sb_int out_stride;
    sb_int length;           // tokens of the sequence
    sb_int head_size;        // 1 ... 256
    float scale;             // usually 1 / sqrt(head_size)
    sb_int radius;           // < 0: every key; else only keys j with |i - j| <= radius, and only those are computed
    const float *cos, *sin;  // [>= length, head_size/2] rotary tables, or both NULL; head_size is then even
    float *log_sum_exp;      // [length] or NULL: log sum exp of the scaled scores of each query, for the backward pass
    bool bf16;               // round rotary(Q), rotary(K), V and the weights to bf16 for the products; all sums stay f32
    float dropout;           // the part of the weights set to 0, below 1; the others are divided by the part kept
    uint64_t dropout_key;    // decides with query i and key j, as sb_dropout with the number i << 32 | j; sums are not dropped
} sb_attention;

/// Query ranges which are multiples of this (except the last) lose nothing to ragged tiles and re-read the keys least.
sb_int sb_attention_query_block(void);
/// Bytes of scratch for one call; does not depend on the sequence's length and is below 4 MiB.
sb_int sb_attention_scratch_bytes(sb_int head_size);
/// Computes queries [query_begin, query_end). `out` may not overlap q, k or v. `scratch` is 64-byte aligned.
void sb_attention_f32(const sb_attention *attention, sb_int query_begin, sb_int query_end, void *scratch);

/// The gradients of attention of one head of one sequence. Scores are computed again, tile by tile and only inside the band;
/// log_sum_exp must be what the forward pass of the same q, k, cos and sin stored.
typedef struct {
    const float *q, *k, *v;    // as the forward pass read them, token t at t * stride
    sb_int stride;
    const float *out, *d_out;  // [length, head_size]: the result and its gradient, token t at t * out_stride
    sb_int out_stride;
    const float *log_sum_exp;  // [length]
    float *d_q, *d_k, *d_v;    // gradients of q, k (before rotation) and v, written (not added to), token t at t * d_stride
    sb_int d_stride;           // d_q, d_k and d_v may be exactly q, k and v (d_stride == stride)
    sb_int length, head_size;  // as in sb_attention, and so on
    float scale;
    sb_int radius;
    const float *cos, *sin;
    bool bf16;                 // round rotated Q and K, V, d_out, weights and their gradients to bf16 for the products
    float dropout;
    uint64_t dropout_key;
} sb_attention_backward;

/// Bytes of scratch for one call: at most 8 * length * head_size floats, the head size rounded up to panels, and 1 MiB.
sb_int sb_attention_backward_scratch_bytes(sb_int length, sb_int head_size);
/// Computes one head of the whole sequence. `scratch` is 64-byte aligned. Split over threads by heads and sequences.
void sb_attention_backward_f32(const sb_attention_backward *attention, void *scratch);

// ---------------------------------------------------------------------------------------------------------------------
// Rows (rows*.c). Every `rows` loop starts at the given pointer: to split, offset the pointers.

/// Y = (h - mean(h)) / sqrt(var(h) + eps) * weight + bias with h = x + residual; biased variance, as PyTorch.
typedef struct {
    const float *x;        // [rows, n], ldx
    sb_int ldx;
    const float *residual; // [rows, n], ldr, or NULL
    sb_int ldr;
    float *sum;            // [rows, n], lds: receives h, or NULL; may be exactly x or residual
    sb_int lds;
    const float *weight;   // [n] or NULL (ones)
    const float *bias;     // [n] or NULL (zeros)
    float eps;
    float *y;              // [rows, n], ldy; may be exactly x, residual (not sum)
    sb_int ldy;
    float *mean;           // [rows] or NULL: receives the mean (for the backward pass)
    float *inverse_deviation; // [rows] or NULL: receives 1 / sqrt(var + eps)
} sb_layer_norm;
void sb_layer_norm_f32(const sb_layer_norm *norm, sb_int rows, sb_int n);

/// y = activation(x), `count` elements, in place allowed.
void sb_activate(sb_activation activation, const float *x, float *y, sb_int count);
/// y = exp(x), within 2 units in the last place, `count` elements, in place allowed.
void sb_exp(const float *x, float *y, sb_int count);
/// y[r, c] = act(x[r, c]) * x[r, h + c] for x [rows, 2h] and y [rows, h]; y may be exactly x (same pointer and ld).
void sb_gated_activation(sb_activation activation, const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int h);
/// Softmax of each row of n elements, in place allowed. n >= 1.
void sb_softmax(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n);
/// Log-softmax of each row of n elements, in place allowed. n >= 1.
void sb_log_softmax(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n);
/// Rotates heads in place, halves split at head_size/2 (rotate_half of Hugging Face): x*cos + rotate_half(x)*sin.
/// x           token t, head h starts at t * stride + h * head_size
/// cos, sin    [positions, head_size/2]; token t uses row positions[t], or row first_position + t if positions is NULL
/// inverse     rotates back (the gradient)
void sb_rotary(float *x, sb_int stride, sb_int tokens, sb_int heads, sb_int head_size, const float *cos, const float *sin,
               const int32_t *positions, sb_int first_position, bool inverse);
/// y[r, :] (+)= table[ids[r], :] for `count` ids; table [*, n] of `type` with leading dimension ld.
void sb_gather(const void *table, sb_dtype type, sb_int ld, const int32_t *ids, sb_int count, sb_int n, float *y, sb_int ldy,
               bool accumulate);
/// y = a + b, in place allowed (y exactly a or b).
void sb_add(const float *a, const float *b, float *y, sb_int count);
/// y = factor * x, in place allowed.
void sb_scale(float factor, const float *x, float *y, sb_int count);
/// y += factor * x.
void sb_add_scaled(float factor, const float *x, float *y, sb_int count);
/// y[c] = mean over rows of x[:, c]. rows >= 1.
void sb_mean_rows(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y);
/// y[c] = maximum over rows of x[:, c]. rows >= 1.
void sb_max_rows(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y);
/// y[c] = sum of weights[r] * x[r, c], divided by the sum of the weights (by 1 if that sum is 0). rows >= 1.
void sb_weighted_mean_rows(const float *x, sb_int ldx, const float *weights, sb_int rows, sb_int n, float *y);
/// y = x / max(||x||, eps) for each row (torch.nn.functional.normalize; its eps is 1e-12), in place allowed.
void sb_l2_normalize(const float *x, sb_int ldx, float *y, sb_int ldy, sb_int rows, sb_int n, float eps);
/// The inner product of two vectors.
float sb_dot(const float *a, const float *b, sb_int count);
/// Converts `count` elements between types, rounding to nearest even; NaN stays NaN, overflow becomes infinity.
/// source and target may not overlap unless the types are equal and the pointers too.
void sb_convert(const void *source, sb_dtype source_type, void *target, sb_dtype target_type, sb_int count);

// ---------------------------------------------------------------------------------------------------------------------
// Training (training.c): gradients of the rows above, loss, dropout and the optimizer. d* names a gradient.

/// dX of layer norm, which computes mean and deviation again (the row is in the first-level cache anyway).
typedef struct {
    const float *dy;       // [rows, n], lddy
    sb_int lddy;
    const float *x;        // [rows, n], ldx: what was normalized (x + residual of the forward pass)
    sb_int ldx;
    const float *weight;   // [n] or NULL (ones)
    float eps;
    const float *residual; // [rows, n], ldr: added to dx, a gradient that has already arrived; or NULL
    sb_int ldr;
    float *dx;             // [rows, n], lddx; may be exactly dy, residual or x
    sb_int lddx;
    float *dweight, *dbias; // [n], added to; or NULL
} sb_layer_norm_backward;
void sb_layer_norm_backward_f32(const sb_layer_norm_backward *norm, sb_int rows, sb_int n);

/// dx = dy * activation'(x), `count` elements; dx may be exactly dy or x. The derivative of SB_RELU at 0 is 0.
void sb_activation_backward(sb_activation activation, const float *x, const float *dy, float *dx, sb_int count);
/// The gradient of sb_gated_activation: x [rows, 2h], dy [rows, h], dx [rows, 2h]; dx may be exactly x.
void sb_gated_activation_backward(sb_activation activation, const float *x, sb_int ldx, const float *dy, sb_int lddy,
                                  float *dx, sb_int lddx, sb_int rows, sb_int h);
/// Cross-entropy of each row of logits x [rows, n] against targets[r], and its gradient. A negative target is ignored: its
/// loss and gradient are 0. As torch.nn.functional.cross_entropy with reduction "none": with p = softmax(x[r]) and w the
/// class weights (ones if NULL),
/// losses[r] = (1 - smoothing) * w[target] * -log p[target] + smoothing / n * sum over c of w[c] * -log p[c].
/// dx          [rows, n], lddx: scale * d losses[r] / d x, or NULL; may be exactly x
void sb_cross_entropy(const float *x, sb_int ldx, const int32_t *targets, const float *class_weights, float smoothing,
                      float *losses, float scale, float *dx, sb_int lddx, sb_int rows, sb_int n);
/// table[ids[r], :] += dy[r, :] for `count` ids, the gradient of sb_gather. To split over threads, split columns: ids repeat.
void sb_scatter_add(float *table, sb_int ld, const int32_t *ids, sb_int count, sb_int n, const float *dy, sb_int lddy);
/// y[c] += sum over rows of x[:, c], the gradient of a bias.
void sb_add_column_sums(const float *x, sb_int ldx, sb_int rows, sb_int n, float *y);
/// dx[r, c] += dy[c] where r is the first row whose x[:, c] is the maximum. rows in 1 ... 2^24.
void sb_max_rows_backward(const float *x, sb_int ldx, sb_int rows, sb_int n, const float *dy, float *dx, sb_int lddx);
/// The gradient of sb_l2_normalize, from its input x; dx may be exactly dy or x.
void sb_l2_normalize_backward(const float *x, sb_int ldx, const float *dy, sb_int lddy, float *dx, sb_int lddx, sb_int rows,
                              sb_int n, float eps);
/// y = x / keep where element i is kept, else 0 (0 < keep <= 1); in place allowed. Whether it is kept, with probability
/// `keep`, is a function of `key` and first + i alone, the same on every instruction set: the gradient is the same call on
/// dy, parts may be computed separately, and a recomputed layer drops the same elements.
void sb_dropout(const float *x, float *y, sb_int count, float keep, uint64_t key, uint64_t first);
/// The sum of x[i]^2.
double sb_sum_of_squares(const float *x, sb_int count);

/// What one AdamW step needs to know (Loshchilov and Hutter 2019, arXiv 1711.05101).
typedef struct {
    float lr, beta1, beta2, eps, decay;
    float bias1, bias2;   // 1 - beta1^t and 1 - beta2^t for step t = 1, 2, ...
    float gradient_scale; // multiplies every gradient first: clipping, and the mean over accumulated batches
} sb_adamw;
/// One AdamW step of `count` parameters w with moments m and v, in the order of torch.optim.AdamW:
/// w *= 1 - lr decay;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
/// w -= lr (m / bias1) / (sqrt(v / bias2) + eps).
void sb_adamw_step(const sb_adamw *step, float *w, float *m, float *v, const float *gradient, sb_int count);

// ---------------------------------------------------------------------------------------------------------------------
// Stored vectors (scan.c): one query against `count` rows that start `stride` *bytes* apart. What row r yields never depends
// on the rows around it.

/// y[r] = inner product of the query with the n floats of row r. Rows are aligned to 4 bytes.
void sb_dot_rows(const float *query, const void *rows, sb_int stride, sb_int count, sb_int n, float *y);
/// y[r] = inner product of the query with the n bytes of row r, exact. The query's bytes are in -127 ... 127, those of the rows
/// anything; n <= 65536, so that no sum overflows. Memory behind the rows is fetched ahead, and never read.
void sb_dot_rows_int8(const int8_t *query, const int8_t *rows, sb_int stride, sb_int count, sb_int n, int32_t *y);
/// y[r] = number of bits in which 8 * `words` bytes of the query and of row r differ.
void sb_hamming_rows(const void *query, const void *rows, sb_int stride, sb_int count, sb_int words, int32_t *y);
/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of `count` bytes that follow those whose CRC is `crc`; 0 at the start.
uint32_t sb_crc32c(uint32_t crc, const void *bytes, sb_int count);

#ifdef __cplusplus
}
#endif
#endif
