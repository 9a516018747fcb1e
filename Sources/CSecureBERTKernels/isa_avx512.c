// The kernels compiled for AVX512, whatever the target of the rest of the program: the attribute gives every function in
// between this instruction set, and dispatch.c calls them only where the machine has it.
#include "internal.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,sse4.2,popcnt"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,sse4.2,popcnt")
#endif

#include "vector/avx512.h"
#include "vector/bytes_avx2.h"
#include "vector/crc_sse42.h"
#include "kernels/all.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const sb_kernels sb_kernels_avx512 = SB_KERNEL_TABLE(SB_ISA_AVX512);
#endif
