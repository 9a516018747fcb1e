// The kernels in portable C.
#include "internal.h"
#include "vector/scalar.h"
#include "vector/bytes_scalar.h"
#include "vector/crc_table.h"
#include "kernels/all.h"

const sb_kernels sb_kernels_scalar = SB_KERNEL_TABLE(SB_ISA_SCALAR);
