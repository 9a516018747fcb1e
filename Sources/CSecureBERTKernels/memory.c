// Memory for tensors, packed weights and scratch. Kernels walk over many rows far apart, and with 4 KiB pages each row costs
// an address translation; large blocks therefore ask for 2 MiB pages where the system has them on request.
//
// Large blocks that are given back wait for the next request of about their size: fresh pages have to be cleared by the
// system, and a model that allocates the same results in every layer would spend a tenth of its time on that. What waits is
// bounded, and the block that has waited longest goes first.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"

enum { HUGE_PAGE = 2 << 20, HUGE_FROM = 512 << 10 };

typedef struct {
    void *memory;
    sb_int bytes;
} block;

/// Blocks in the order they were added.
typedef struct {
    block *blocks;
    sb_int count, capacity;
} block_list;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static block_list lent;    // large blocks in use: to know their size when they come back
static block_list waiting; // large blocks for the next request, longest waiting first
static sb_int waiting_bytes, waiting_limit = (sb_int)128 << 20;

static bool add(block_list *list, block added) {
    if (list->count == list->capacity) {
        const sb_int capacity = sb_max(64, list->capacity * 2);
        block *grown = realloc(list->blocks, (size_t)capacity * sizeof *grown);
        if (!grown) return false;
        list->blocks = grown;
        list->capacity = capacity;
    }
    list->blocks[list->count++] = added;
    return true;
}

static block take(block_list *list, sb_int index) {
    const block taken = list->blocks[index];
    list->count--;
    memmove(list->blocks + index, list->blocks + index + 1, (size_t)(list->count - index) * sizeof taken);
    return taken;
}

/// Gives the longest waiting blocks back to the system until no more than `bytes` wait.
static void shrink(sb_int bytes) {
    while (waiting_bytes > bytes) {
        const block oldest = take(&waiting, 0);
        waiting_bytes -= oldest.bytes;
        free(oldest.memory);
    }
}

/// A waiting block of at least `bytes` that wastes at most a quarter, the one that fits best and has waited least.
static void *take_waiting(sb_int bytes) {
    sb_int best = -1;
    for (sb_int i = waiting.count - 1; i >= 0; i--) {
        const sb_int size = waiting.blocks[i].bytes;
        if (size < bytes || size > bytes + bytes / 4) continue;
        if (best < 0 || size < waiting.blocks[best].bytes) best = i;
    }
    if (best < 0) return NULL;
    const block found = take(&waiting, best);
    waiting_bytes -= found.bytes;
    if (add(&lent, found)) return found.memory;
    free(found.memory);
    return NULL;
}

static void *allocate_large(sb_int bytes) {
    // A part of a huge page cannot be had. Address space is rounded up, so that nobody else's data shares the last one; but
    // it is all in memory once it is touched, so a tail that would not fill half of it makes do with ordinary pages.
    const sb_int size = sb_round_up(bytes, HUGE_PAGE);
    pthread_mutex_lock(&lock);
    void *memory = take_waiting(size);
    if (!memory && posix_memalign(&memory, HUGE_PAGE, (size_t)size) == 0) {
#if defined(MADV_HUGEPAGE)
        const sb_int tail = bytes % HUGE_PAGE, huge = tail < HUGE_PAGE / 2 ? bytes - tail : size;
        if (huge > 0) madvise(memory, (size_t)huge, MADV_HUGEPAGE); // advice: refusal is no failure
#endif
        if (!add(&lent, (block){memory, size})) {
            free(memory);
            memory = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
    return memory;
}

void *sb_allocate(sb_int bytes) {
    if (bytes < 0) return NULL;
    if (bytes >= HUGE_FROM) return allocate_large(bytes);
    void *memory = NULL;
    return posix_memalign(&memory, 64, (size_t)sb_round_up(sb_max(bytes, 1), 64)) == 0 ? memory : NULL;
}

void sb_deallocate(void *memory) {
    // Only large blocks begin at a huge page, but for rare coincidences.
    if ((uintptr_t)memory % HUGE_PAGE == 0 && memory) {
        pthread_mutex_lock(&lock);
        for (sb_int i = lent.count - 1; i >= 0; i--) {
            if (lent.blocks[i].memory != memory) continue;
            const block returned = take(&lent, i);
            if (returned.bytes <= waiting_limit) {
                shrink(waiting_limit - returned.bytes);
                if (add(&waiting, returned)) {
                    waiting_bytes += returned.bytes;
                    memory = NULL;
                }
            }
            break;
        }
        pthread_mutex_unlock(&lock);
    }
    free(memory);
}

void sb_cache_limit(sb_int bytes) {
    pthread_mutex_lock(&lock);
    waiting_limit = sb_max(0, bytes);
    shrink(waiting_limit);
    pthread_mutex_unlock(&lock);
}

sb_int sb_cached_bytes(void) {
    pthread_mutex_lock(&lock);
    const sb_int bytes = waiting_bytes;
    pthread_mutex_unlock(&lock);
    return bytes;
}
