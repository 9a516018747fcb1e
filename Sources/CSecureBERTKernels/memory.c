// Memory for tensors, packed weights and scratch. Kernels walk over many rows far apart, and with 4 KiB pages each row costs
// an address translation; large blocks therefore ask for 2 MiB pages where the system has them on request.
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/mman.h>

#include "internal.h"

enum { HUGE_PAGE = 2 << 20, HUGE_FROM = 512 << 10 };

void *sb_allocate(sb_int bytes) {
    if (bytes < 0) return NULL;
    const bool huge = bytes >= HUGE_FROM;
    // A part of a huge page cannot be had: round up, so that the tail gets one too and nobody else's data shares it.
    const size_t size = (size_t)sb_round_up(sb_max(bytes, 1), huge ? HUGE_PAGE : 64);
    void *memory = NULL;
    if (posix_memalign(&memory, huge ? HUGE_PAGE : 64, size)) return NULL;
#if defined(MADV_HUGEPAGE)
    if (huge) madvise(memory, size, MADV_HUGEPAGE); // advice: refusal is no failure
#endif
    return memory;
}

void sb_deallocate(void *memory) { free(memory); }
