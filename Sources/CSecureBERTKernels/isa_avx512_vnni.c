// The one kernel that gains by AVX512 VNNI; see isa_avx512.c.
#include "internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512vnni,avx512f,avx512bw,avx512dq,avx512vl,avx2")
#endif

#include "vector/bytes_vnni.h"
#include "kernels/scan_int8.h"

void sb_dot_rows_int8_vnni(const int8_t *query, const int8_t *rows, sb_int stride, sb_int count, sb_int n, int32_t *y) {
    dot_rows_int8_body(query, rows, stride, count, n, y);
}

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
