// The kernels for arm64, where Advanced SIMD is always there.
#include "internal.h"

#if defined(__aarch64__)
#include <math.h>
#include <string.h>

#include "vector/neon.h"
#include "vector/bytes_neon.h"
#include "vector/crc_table.h"
#include "kernels/all.h"

const sb_kernels sb_kernels_neon = SB_KERNEL_TABLE(SB_ISA_NEON);
#endif
