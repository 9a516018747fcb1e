// The kernels compiled for AVX512 with BF16, whose products of bf16 pairs are one instruction; see isa_avx512.c.
#include "internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,sse4.2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,sse4.2,popcnt")
#endif

#define SB_NATIVE_PAIRS
#include "vector/avx512.h"
#include "vector/bytes_avx2.h"
#include "vector/crc_sse42.h"
#include "kernels/all.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const sb_kernels sb_kernels_avx512_bf16 = SB_KERNEL_TABLE(SB_ISA_AVX512);
#endif
