// Speed of the C kernels at the shapes of training, without Swift: matrix products in f32 and bf16 (forward, gradient of the
// input, gradient of the weights), attention, and kernels whose cost is memory. Prints a table and, last, one line of JSON.
//
//   kernels_bench [--threads N] [--seconds S] [--isa NAME] [FILTER...]
//
// Each case runs again and again for S seconds and the best run counts, because the machine may be shared; with one thread
// processor time is counted instead of the clock on the wall, which other programs disturb less. Only cases whose
// name contains one of the filters run. GFLOP/s counts useful operations: scores outside a band are not work. The first row
// is the peak of multiply-adds on registers, for f32 (x86 with AVX-512 only).
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../Sources/CSecureBERTKernels/include/CSecureBERTKernels.h"

static sb_pool *pool;
static double seconds = 0.3;
static char **filters;
static int filter_count;
static char json[1 << 16];

static double now(void) {
    struct timespec t;
    clock_gettime(sb_pool_threads(pool) == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool wanted(const char *name) {
    for (int i = 0; i < filter_count; i++)
        if (strstr(name, filters[i])) return true;
    return filter_count == 0;
}

/// Runs `body` for a while and reports `work` (in units of 1e9) per second of the best run.
static void measure(const char *name, double work, const char *unit, void (*body)(void *), void *context) {
    if (!wanted(name)) return;
    body(context);
    double best = 1e30;
    const double end = now() + seconds;
    int runs = 0;
    while (runs < 2 || now() < end) {
        const double start = now();
        body(context);
        const double time = now() - start;
        if (time < best) best = time;
        runs++;
    }
    printf("%-44s %9.1f %-8s %10.3f ms\n", name, work / best / 1e9, unit, best * 1e3);
    fflush(stdout);
    const size_t used = strlen(json);
    snprintf(json + used, sizeof json - used, "%s\"%s\":{\"%s\":%.1f,\"ms\":%.4f}", used > 1 ? "," : "", name, unit,
             work / best / 1e9, best * 1e3);
}

static float *random_floats(sb_int count) {
    float *values = sb_allocate(count * 4);
    if (!values) exit(1);
    uint64_t state = 1;
    for (sb_int i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values[i] = (float)(int32_t)(state >> 32) / 2147483648.0f;
    }
    return values;
}

// ---------------------------------------------------------------------------------------------------------------------
// Peak

#if defined(__x86_64__)
__attribute__((target("avx512f"))) static void peak_part(void *context, sb_int part, sb_int worker) {
    typedef float wide __attribute__((vector_size(64)));
    wide sums[14] = {{0}}, x = {1.5f}, w = {0.5f};
    for (int i = 0; i < 2000000; i++) {
        for (int r = 0; r < 14; r++) sums[r] = __builtin_elementwise_fma(x, w, sums[r]);
        __asm__ volatile("" : "+v"(x));
    }
    for (int r = 0; r < 14; r++) ((float *)context)[part] += sums[r][0];
    (void)worker;
}

static void peak(void *context) { sb_pool_run(pool, sb_pool_threads(pool), peak_part, context); }

static void peaks(void) {
    float sink[1024] = {0};
    if (sb_isa_supported(SB_ISA_AVX512))
        measure("peak f32", 2.0 * 14 * 16 * 2e6 * (double)sb_pool_threads(pool), "GFLOP/s", peak, sink);
}
#else
static void peaks(void) {}
#endif

// ---------------------------------------------------------------------------------------------------------------------
// Matrix products

typedef struct {
    sb_gemm gemm;
    sb_packed packed;
    sb_int m;
    const float *source; // of the packed matrix
    sb_int ld;
    bool transposed, repack;
} product;

static void pack_part(void *context, sb_int part, sb_int worker) {
    const product *p = context;
    const sb_int panels = sb_panel_count(p->packed.n, false), parts = 4 * sb_pool_threads(pool);
    sb_pack(&p->packed, p->source, SB_F32, p->ld, p->transposed, panels * part / parts, panels * (part + 1) / parts);
    (void)worker;
}

static void pack(void *context) { sb_pool_run(pool, 4 * sb_pool_threads(pool), pack_part, context); }

static void multiply(void *context) {
    product *p = context;
    if (p->repack) pack(p);
    if (!sb_gemm_run(pool, &p->gemm, p->m)) exit(1);
}

static void products(sb_int tokens, sb_int n, sb_int k, sb_dtype type) {
    const char *types = type == SB_BF16 ? "bf16" : "f32";
    char name[96];
    const double work = 2.0 * (double)tokens * (double)n * (double)k;
    float *x = random_floats(tokens * k), *dy = random_floats(tokens * n), *w = random_floats(n * k);
    float *y = random_floats(tokens * (n > k ? n : k)), *dw = random_floats(n * k);
    sb_int bytes = sb_packed_bytes(n, k, false, type), other = sb_packed_bytes(k, n, false, type);
    if (other > bytes) bytes = other;
    other = sb_packed_bytes(k, tokens, false, type);
    void *data = sb_allocate(other > bytes ? other : bytes);

    product p = {.packed = sb_packed_make(data, n, k, false, type), .m = tokens, .source = w, .ld = k};
    p.gemm = (sb_gemm){.x = x, .ldx = k, .w = &p.packed, .y = y, .ldy = n};
    pack(&p);
    snprintf(name, sizeof name, "gemm %s forward %td x %td x %td", types, tokens, n, k);
    measure(name, work, "GFLOP/s", multiply, &p);

    p.packed = sb_packed_make(data, k, n, false, type);
    p.transposed = true;
    p.gemm = (sb_gemm){.x = dy, .ldx = n, .w = &p.packed, .y = y, .ldy = k};
    pack(&p);
    snprintf(name, sizeof name, "gemm %s dX %td x %td x %td", types, tokens, n, k);
    measure(name, work, "GFLOP/s", multiply, &p);

    p = (product){.packed = sb_packed_make(data, k, tokens, false, type), .m = n, .source = x, .ld = k, .transposed = true};
    p.gemm = (sb_gemm){.x = dy, .ldx = n, .x_transposed = true, .w = &p.packed, .y = dw, .ldy = k, .accumulate = true};
    snprintf(name, sizeof name, "pack %s for dW %td x %td x %td", types, tokens, n, k);
    measure(name, (double)(tokens * k) * (type == SB_BF16 ? 6 : 8), "GB/s", pack, &p);
    pack(&p);
    snprintf(name, sizeof name, "gemm %s dW alone %td x %td x %td", types, tokens, n, k);
    measure(name, work, "GFLOP/s", multiply, &p);
    p.repack = true;
    snprintf(name, sizeof name, "gemm %s dW with packing %td x %td x %td", types, tokens, n, k);
    measure(name, work, "GFLOP/s", multiply, &p);
    float *blocks[] = {x, dy, w, y, dw};
    for (int i = 0; i < 5; i++) sb_deallocate(blocks[i]);
    sb_deallocate(data);
}

// ---------------------------------------------------------------------------------------------------------------------
// Attention: 6 heads of 64 over 2,048 tokens

enum { HEADS = 6, HEAD = 64, WIDTH = HEADS * HEAD, TOKENS = 2048 };

typedef struct {
    sb_int length, radius;
    bool bf16;
    float *qkv, *out, *d_out, *d_qkv, *log_sum_exp, *cos, *sin;
} attention;

static void attention_part(void *context, sb_int part, sb_int worker) {
    const attention *a = context;
    const sb_int first = part / HEADS * a->length, head = part % HEADS * HEAD;
    const float *q = a->qkv + first * 3 * WIDTH + head;
    const sb_attention forward = {
        .q = q, .k = q + WIDTH, .v = q + 2 * WIDTH, .q_stride = 3 * WIDTH, .k_stride = 3 * WIDTH, .v_stride = 3 * WIDTH,
        .out = a->out + first * WIDTH + head, .out_stride = WIDTH, .length = a->length, .head_size = HEAD, .scale = 0.125f,
        .radius = a->radius, .cos = a->cos, .sin = a->sin, .log_sum_exp = a->log_sum_exp + part * a->length,
        .bf16 = a->bf16,
    };
    sb_attention_f32(&forward, 0, a->length, sb_scratch(pool, worker, 0, sb_attention_scratch_bytes(HEAD)));
}

static void attention_backward_part(void *context, sb_int part, sb_int worker) {
    const attention *a = context;
    const sb_int first = part / HEADS * a->length, head = part % HEADS * HEAD;
    const float *q = a->qkv + first * 3 * WIDTH + head;
    float *d_q = a->d_qkv + first * 3 * WIDTH + head;
    const sb_attention_backward backward = {
        .q = q, .k = q + WIDTH, .v = q + 2 * WIDTH, .stride = 3 * WIDTH, .out = a->out + first * WIDTH + head,
        .d_out = a->d_out + first * WIDTH + head, .out_stride = WIDTH, .log_sum_exp = a->log_sum_exp + part * a->length,
        .d_q = d_q, .d_k = d_q + WIDTH, .d_v = d_q + 2 * WIDTH, .d_stride = 3 * WIDTH, .length = a->length,
        .head_size = HEAD, .scale = 0.125f, .radius = a->radius, .cos = a->cos, .sin = a->sin,
        .bf16 = a->bf16,
    };
    void *scratch = sb_scratch(pool, worker, 0, sb_attention_backward_scratch_bytes(a->length, HEAD));
    sb_attention_backward_f32(&backward, scratch);
}

static void attend(void *context) {
    sb_pool_run(pool, TOKENS / ((attention *)context)->length * HEADS, attention_part, context);
}
static void attend_backward(void *context) {
    sb_pool_run(pool, TOKENS / ((attention *)context)->length * HEADS, attention_backward_part, context);
}

static void attentions(sb_int length, sb_int radius, bool bf16) {
    attention a = {.length = length, .radius = radius, .bf16 = bf16, .qkv = random_floats(TOKENS * 3 * WIDTH),
                   .out = random_floats(TOKENS * WIDTH), .d_out = random_floats(TOKENS * WIDTH),
                   .d_qkv = random_floats(TOKENS * 3 * WIDTH), .log_sum_exp = random_floats(TOKENS * HEADS),
                   .cos = random_floats(length * HEAD / 2), .sin = random_floats(length * HEAD / 2)};
    double pairs = 0; // scores that matter
    for (sb_int i = 0; i < length; i++) {
        const sb_int low = radius < 0 || i < radius ? 0 : i - radius;
        const sb_int high = radius < 0 || i + radius >= length ? length - 1 : i + radius;
        pairs += (double)(high - low + 1);
    }
    const double work = 2.0 * HEAD * pairs * (TOKENS / (double)length) * HEADS;
    char name[96];
    snprintf(name, sizeof name, "attention %s forward %td radius %td", bf16 ? "bf16" : "f32", length, radius);
    attend(&a);
    measure(name, 2 * work, "GFLOP/s", attend, &a);
    snprintf(name, sizeof name, "attention %s backward %td radius %td", bf16 ? "bf16" : "f32", length, radius);
    measure(name, 5 * work, "GFLOP/s", attend_backward, &a);
    float *blocks[] = {a.qkv, a.out, a.d_out, a.d_qkv, a.log_sum_exp, a.cos, a.sin};
    for (int i = 0; i < 7; i++) sb_deallocate(blocks[i]);
}

// ---------------------------------------------------------------------------------------------------------------------
// Kernels over rows and parameters: `parts` shares of rows

enum { ROWS = 16384, COLUMNS = 384, INNER = 576, CLASSES = 16384, MASKED = 600, PARAMETERS = 1 << 24, PARTS = 64 };

typedef struct {
    float *a, *b, *c, *d;
    int32_t *ids;
} buffers;

#define SHARE(count) const sb_int begin = (count) / PARTS * part, size = (count) / PARTS
#define PART(NAME) static void NAME(void *context, sb_int part, sb_int worker)

PART(norm_part) {
    const buffers *b = context;
    SHARE(ROWS);
    const sb_layer_norm norm = {.x = b->a + begin * COLUMNS, .ldx = COLUMNS, .weight = b->d, .eps = 1e-5f,
                                .y = b->b + begin * COLUMNS, .ldy = COLUMNS};
    sb_layer_norm_f32(&norm, size, COLUMNS);
    (void)worker;
}

PART(norm_backward_part) {
    const buffers *b = context;
    SHARE(ROWS);
    const sb_layer_norm_backward norm = {
        .dy = b->b + begin * COLUMNS, .lddy = COLUMNS, .x = b->a + begin * COLUMNS, .ldx = COLUMNS, .weight = b->d,
        .eps = 1e-5f, .residual = b->c + begin * COLUMNS, .ldr = COLUMNS, .dx = b->c + begin * COLUMNS, .lddx = COLUMNS,
        .dweight = b->d + (worker + 1) * COLUMNS,
    };
    sb_layer_norm_backward_f32(&norm, size, COLUMNS);
}

PART(gate_part) {
    const buffers *b = context;
    SHARE(ROWS / 4);
    sb_gated_activation(SB_GELU_ERF, b->a + begin * 2 * INNER, 2 * INNER, b->b + begin * INNER, INNER, size, INNER);
    (void)worker;
}

PART(gate_backward_part) {
    const buffers *b = context;
    SHARE(ROWS / 4);
    sb_gated_activation_backward(SB_GELU_ERF, b->a + begin * 2 * INNER, 2 * INNER, b->b + begin * INNER, INNER,
                                 b->c + begin * 2 * INNER, 2 * INNER, size, INNER);
    (void)worker;
}

PART(cross_entropy_part) {
    const buffers *b = context;
    const sb_int begin = MASKED * part / PARTS, size = MASKED * (part + 1) / PARTS - begin;
    float losses[MASKED];
    sb_cross_entropy(b->a + begin * CLASSES, CLASSES, b->ids, NULL, 0, losses, 1, b->c + begin * CLASSES, CLASSES, size,
                     CLASSES);
    (void)worker;
}

PART(dropout_part) {
    const buffers *b = context;
    SHARE(PARAMETERS / 2);
    sb_dropout(b->a + begin, b->b + begin, size, 0.9f, 1, (uint64_t)begin);
    (void)worker;
}

PART(column_sums_part) {
    const buffers *b = context;
    SHARE(ROWS);
    sb_add_column_sums(b->a + begin * COLUMNS, COLUMNS, size, COLUMNS, b->d + worker * COLUMNS);
}

PART(squares_part) {
    const buffers *b = context;
    SHARE(PARAMETERS);
    b->d[part] = (float)sb_sum_of_squares(b->a + begin, size);
    (void)worker;
}

PART(adamw_part) {
    const buffers *b = context;
    SHARE(PARAMETERS);
    const sb_adamw step = {.lr = 1e-5f, .beta1 = 0.9f, .beta2 = 0.98f, .eps = 1e-6f, .decay = 0.01f, .bias1 = 0.5f,
                           .bias2 = 0.1f, .gradient_scale = 1e-3f};
    sb_adamw_step(&step, b->a + begin, b->b + begin, b->c + begin, b->a + begin, size);
    (void)worker;
}

typedef struct {
    sb_pool_body body;
    buffers *buffers;
} row_case;

static void run_rows(void *context) {
    const row_case *c = context;
    sb_pool_run(pool, PARTS, c->body, c->buffers);
}

static void rows(void) {
    buffers b = {random_floats(PARAMETERS), random_floats(PARAMETERS), random_floats(PARAMETERS), random_floats(1 << 16),
                 sb_allocate(MASKED * 4)};
    for (sb_int i = 0; i < PARAMETERS; i++) b.c[i] = fabsf(b.c[i]);
    for (sb_int i = 0; i < MASKED; i++) b.ids[i] = (int32_t)(i * 7);
    const struct {
        const char *name;
        sb_pool_body body;
        double bytes;
    } cases[] = {
        {"layer norm", norm_part, 8.0 * ROWS * COLUMNS},
        {"layer norm backward", norm_backward_part, 16.0 * ROWS * COLUMNS},
        {"gated gelu", gate_part, 3.0 * ROWS * INNER},
        {"gated gelu backward", gate_backward_part, 5.0 * ROWS * INNER},
        {"cross-entropy", cross_entropy_part, 8.0 * MASKED * CLASSES},
        {"dropout", dropout_part, 4.0 * PARAMETERS},
        {"column sums", column_sums_part, 4.0 * ROWS * COLUMNS},
        {"sum of squares", squares_part, 4.0 * PARAMETERS},
        {"adamw", adamw_part, 24.0 * PARAMETERS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        row_case c = {cases[i].body, &b};
        measure(cases[i].name, cases[i].bytes, "GB/s", run_rows, &c);
    }
    sb_deallocate(b.a), sb_deallocate(b.b), sb_deallocate(b.c), sb_deallocate(b.d), sb_deallocate(b.ids);
}

int main(int count, char **arguments) {
    sb_int threads = 2;
    filters = calloc((size_t)count, sizeof *filters);
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--threads") == 0 && i + 1 < count)
            threads = atoi(arguments[++i]);
        else if (strcmp(arguments[i], "--seconds") == 0 && i + 1 < count)
            seconds = atof(arguments[++i]);
        else if (strcmp(arguments[i], "--isa") == 0 && i + 1 < count) {
            if (sb_isa_select_named(arguments[++i]) != SB_ISA_OK) {
                fprintf(stderr, "no such kernels here: %s\n", arguments[i]);
                return 2;
            }
        } else
            filters[filter_count++] = arguments[i];
    }
    pool = sb_pool_create(threads);
    strcpy(json, "{");
    const char *bf16 = sb_bf16_supported() ? " with bf16" : "";
    printf("%s kernels%s, %td threads, best of %.1f s\n", sb_isa_name(sb_isa_active()), bf16, sb_pool_threads(pool), seconds);
    peaks();
    const sb_int shapes[][2] = {{1152, 384}, {384, 384}, {384, 576}, {16384, 384}};
    for (int type = SB_F32; type <= SB_BF16; type += SB_BF16)
        for (int shape = 0; shape < 4; shape++) {
            products(2048, shapes[shape][0], shapes[shape][1], (sb_dtype)type);
            if (shapes[shape][0] < 16384) products(16384, shapes[shape][0], shapes[shape][1], (sb_dtype)type);
        }
    const sb_int lengths[] = {512, 1024};
    for (int bf16 = 0; bf16 < 2; bf16++)
        for (int i = 0; i < 2; i++) {
            attentions(lengths[i], -1, bf16);
            attentions(lengths[i], 64, bf16);
        }
    rows();
    printf("%s}\n", json);
    sb_pool_destroy(pool);
    return 0;
}
