// Worker pool: threads of our own which wait for the next region.
//
// One atomic word, the gate, holds the region's number, whether it is open, and how many helpers are inside. Idle helpers
// watch it for a short while (tens of microseconds, about the distance between two layers' regions), then sleep on a
// condition variable, so that small regions in quick succession cost about a microsecond and an idle pool costs nothing.
// Each worker owns a contiguous share of the parts; whoever finishes first takes parts others have not started, one by one.
// The caller closes the gate once every part is taken and waits only for helpers inside: one that other programs keep from
// running delays nobody.
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "internal.h"

enum { LINE = 64, SPIN_NANOSECONDS = 40000 };
#define GATE_OPEN ((uint64_t)1 << 31)
#define GATE_INSIDE (GATE_OPEN - 1)

/// Parts [next, end) not yet started of one worker's share, and that worker's scratch. On its own cache lines.
typedef struct {
    _Alignas(LINE) _Atomic sb_int next;
    sb_int end;
    _Alignas(LINE) void *scratch[SB_SCRATCH_SLOTS];
    sb_int scratch_bytes[SB_SCRATCH_SLOTS];
    pthread_t thread;
    sb_pool *pool;
    sb_int index;
} worker;

struct sb_pool {
    _Alignas(LINE) _Atomic uint64_t gate; // region number << 32 | GATE_OPEN | helpers inside
    _Alignas(LINE) _Atomic sb_int sleepers;
    _Atomic bool stopping;
    sb_int threads;
    worker *workers;
    sb_pool_body body;
    void *context;
    pthread_mutex_t region; // held by the caller of a region
    pthread_mutex_t lock;   // guards sleeping
    pthread_cond_t wake;
};

/// The pool and worker whose part runs on this thread, if any.
static _Thread_local sb_pool *current_pool;
static _Thread_local sb_int current_worker;

SB_INLINE void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/// Runs this worker's share, then whatever others have not started.
static void work(sb_pool *pool, sb_int index) {
    sb_pool *outer_pool = current_pool;
    sb_int outer_worker = current_worker;
    current_pool = pool;
    current_worker = index;
    for (sb_int offset = 0; offset < pool->threads; offset++) {
        worker *owner = &pool->workers[(index + offset) % pool->threads];
        while (atomic_load_explicit(&owner->next, memory_order_relaxed) < owner->end) {
            sb_int part = atomic_fetch_add_explicit(&owner->next, 1, memory_order_relaxed);
            if (part >= owner->end) break;
            pool->body(pool->context, part, index);
        }
    }
    current_pool = outer_pool;
    current_worker = outer_worker;
}

/// Waits until the gate shows another region than `seen`, watching first, then asleep.
static uint64_t next_gate(sb_pool *pool, uint64_t seen) {
    const uint64_t give_up = nanoseconds() + SPIN_NANOSECONDS;
    for (;;) {
        uint64_t gate = atomic_load_explicit(&pool->gate, memory_order_acquire);
        if (gate >> 32 != seen) return gate;
        for (int i = 0; i < 16; i++) pause_briefly();
        if (nanoseconds() > give_up) break;
    }
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    uint64_t gate;
    while ((gate = atomic_load(&pool->gate)) >> 32 == seen) pthread_cond_wait(&pool->wake, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
    return gate;
}

static void *worker_main(void *argument) {
    worker *self = argument;
    sb_pool *pool = self->pool;
    uint64_t seen = 0;
    for (;;) {
        uint64_t gate = next_gate(pool, seen);
        if (atomic_load_explicit(&pool->stopping, memory_order_acquire)) return NULL;
        seen = gate >> 32;
        // Step inside, unless the region has closed (or another has opened, which the next turn will find).
        bool inside = false;
        while (!inside && (gate & GATE_OPEN) && gate >> 32 == seen)
            inside = atomic_compare_exchange_weak_explicit(&pool->gate, &gate, gate + 1, memory_order_acquire,
                                                           memory_order_acquire);
        if (!inside) continue;
        work(pool, self->index);
        atomic_fetch_sub_explicit(&pool->gate, 1, memory_order_release);
    }
}

/// Shows a new region. Sequentially consistent with the sleepers' count: either we see a sleeper, or it sees this.
static void announce(sb_pool *pool, uint64_t state) {
    const uint64_t number = (atomic_load_explicit(&pool->gate, memory_order_relaxed) >> 32) + 1;
    atomic_store(&pool->gate, number << 32 | state);
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

sb_pool *sb_pool_create(sb_int threads) {
    threads = sb_max(1, sb_min(threads, 1024));
    sb_pool *pool = NULL;
    void *workers = NULL;
    if (posix_memalign((void **)&pool, LINE, sizeof *pool)) return NULL;
    if (posix_memalign(&workers, LINE, (size_t)threads * sizeof(worker))) {
        free(pool);
        return NULL;
    }
    memset(pool, 0, sizeof *pool);
    memset(workers, 0, (size_t)threads * sizeof(worker));
    pool->workers = workers;
    pool->threads = 1;
    pthread_mutex_init(&pool->region, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (sb_int i = 0; i < threads; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i;
    }
    while (pool->threads < threads) {
        worker *next = &pool->workers[pool->threads];
        if (pthread_create(&next->thread, NULL, worker_main, next)) break;
        pool->threads++;
    }
    return pool;
}

void sb_pool_destroy(sb_pool *pool) {
    if (!pool) return;
    atomic_store(&pool->stopping, true);
    announce(pool, 0);
    for (sb_int i = 1; i < pool->threads; i++) pthread_join(pool->workers[i].thread, NULL);
    for (sb_int i = 0; i < pool->threads; i++)
        for (int slot = 0; slot < SB_SCRATCH_SLOTS; slot++) sb_deallocate(pool->workers[i].scratch[slot]);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->region);
    free(pool->workers);
    free(pool);
}

sb_int sb_pool_threads(const sb_pool *pool) { return pool ? pool->threads : 1; }

void sb_pool_run(sb_pool *pool, sb_int parts, sb_pool_body body, void *context) {
    if (parts <= 0) return;
    if (!pool || current_pool == pool) {
        for (sb_int part = 0; part < parts; part++) body(context, part, pool ? current_worker : 0);
        return;
    }
    pthread_mutex_lock(&pool->region);
    pool->body = body;
    pool->context = context;
    for (sb_int i = 0; i < pool->threads; i++) {
        atomic_store_explicit(&pool->workers[i].next, sb_share(parts, pool->threads, i), memory_order_relaxed);
        pool->workers[i].end = sb_share(parts, pool->threads, i + 1);
    }
    if (pool->threads > 1 && parts > 1) {
        announce(pool, GATE_OPEN);
        work(pool, 0);
        atomic_fetch_and(&pool->gate, ~GATE_OPEN);
        for (int spins = 0; atomic_load_explicit(&pool->gate, memory_order_acquire) & GATE_INSIDE; spins++) {
            if (spins < 4096)
                pause_briefly();
            else
                sched_yield(); // more threads than cores
        }
    } else {
        work(pool, 0);
    }
    pthread_mutex_unlock(&pool->region);
}

void *sb_scratch(sb_pool *pool, sb_int index, sb_int slot, sb_int bytes) {
    if (!pool) return NULL;
    worker *owner = &pool->workers[index];
    if (owner->scratch_bytes[slot] < bytes || !owner->scratch[slot]) {
        // Growing by at least half keeps a slowly growing demand from reallocating each time.
        const sb_int wanted = sb_max(bytes, owner->scratch_bytes[slot] + owner->scratch_bytes[slot] / 2);
        const sb_int size = sb_round_up(sb_max(wanted, 1), 4096);
        sb_deallocate(owner->scratch[slot]);
        owner->scratch[slot] = NULL;
        owner->scratch_bytes[slot] = 0;
        void *memory = sb_allocate(size);
        if (!memory) return NULL;
        owner->scratch[slot] = memory;
        owner->scratch_bytes[slot] = size;
    }
    return owner->scratch[slot];
}
