// Which instruction set: CPUID (and XGETBV, because the operating system must save the wide registers too), then the
// environment variable SECUREBERT_ISA, once, at the first call of anything.
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#if defined(__x86_64__)
#include <cpuid.h>

/// Extended control register 0: which register states the operating system saves.
static uint64_t saved_states(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static uint32_t detect_features(void) {
    uint32_t a, b, c, d, features = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return 0;
    const bool fma = c >> 12 & 1, os_saves = c >> 27 & 1, avx = c >> 28 & 1, f16c = c >> 29 & 1;
    const bool sse42 = c >> 20 & 1, popcnt = c >> 23 & 1;
    if (!os_saves || !avx || !sse42 || !popcnt) return 0;
    const uint64_t states = saved_states();
    if ((states & 0x6) != 0x6 || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    if (fma && f16c && (b >> 5 & 1)) features |= SB_FEATURE_AVX2;
    const bool foundation = b >> 16 & 1, dq = b >> 17 & 1, bw = b >> 30 & 1, vl = b >> 31 & 1;
    if ((features & SB_FEATURE_AVX2) && (states & 0xe6) == 0xe6 && foundation && dq && bw && vl) {
        features |= SB_FEATURE_AVX512;
        if (c >> 11 & 1) features |= SB_FEATURE_AVX512_VNNI;
        if (__get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1)) features |= SB_FEATURE_AVX512_BF16;
    }
    return features;
}
#elif defined(__aarch64__)
static uint32_t detect_features(void) { return SB_FEATURE_NEON; }
#else
static uint32_t detect_features(void) { return 0; }
#endif

static _Atomic(const sb_kernels *) active;
static _Thread_local const sb_kernels *active_on_thread; // overrides `active` unless NULL
static pthread_once_t started = PTHREAD_ONCE_INIT;
static uint32_t features;
static sb_isa_status environment_status;
static const char *environment_value;

static const sb_kernels *table(sb_isa isa) {
    switch (isa) {
    case SB_ISA_SCALAR: return &sb_kernels_scalar;
#if defined(__x86_64__)
    case SB_ISA_AVX2: return features & SB_FEATURE_AVX2 ? &sb_kernels_avx2 : NULL;
    case SB_ISA_AVX512:
        if (features & SB_FEATURE_AVX512_BF16) return &sb_kernels_avx512_bf16;
        return features & SB_FEATURE_AVX512 ? &sb_kernels_avx512 : NULL;
#elif defined(__aarch64__)
    case SB_ISA_NEON: return &sb_kernels_neon;
#endif
    default: return NULL;
    }
}

static sb_isa_status find(const char *name, const sb_kernels **found) {
    for (int isa = SB_ISA_SCALAR; isa <= SB_ISA_AVX512; isa++) {
        if (strcmp(name, sb_isa_name((sb_isa)isa)) != 0) continue;
        *found = table((sb_isa)isa);
        return *found ? SB_ISA_OK : SB_ISA_NOT_SUPPORTED;
    }
    return SB_ISA_UNKNOWN_NAME;
}

static void start(void) {
    features = detect_features();
    const sb_kernels *best = NULL;
    for (int isa = SB_ISA_AVX512; !best; isa--) best = table((sb_isa)isa);
    const char *value = getenv("SECUREBERT_ISA");
    if (value && *value) {
        environment_value = strdup(value); // the environment may change under us
        environment_status = find(value, &best);
        if (!best) best = &sb_kernels_scalar;
    }
    atomic_store(&active, best);
}

const sb_kernels *sb_active(void) {
    if (active_on_thread) return active_on_thread;
    const sb_kernels *kernels = atomic_load_explicit(&active, memory_order_acquire);
    if (kernels) return kernels;
    pthread_once(&started, start);
    return atomic_load(&active);
}

sb_isa sb_isa_active(void) { return sb_active()->isa; }

const char *sb_isa_name(sb_isa isa) {
    switch (isa) {
    case SB_ISA_SCALAR: return "scalar";
    case SB_ISA_NEON: return "neon";
    case SB_ISA_AVX2: return "avx2";
    case SB_ISA_AVX512: return "avx512";
    }
    return "unknown";
}

bool sb_isa_supported(sb_isa isa) {
    sb_active();
    return table(isa) != NULL;
}

sb_isa_status sb_isa_select(sb_isa isa) {
    sb_active();
    const sb_kernels *kernels = table(isa);
    if (!kernels) return SB_ISA_NOT_SUPPORTED;
    atomic_store(&active, kernels);
    return SB_ISA_OK;
}

sb_isa_status sb_isa_select_for_thread(sb_isa isa) {
    sb_active();
    const sb_kernels *kernels = table(isa);
    if (!kernels) return SB_ISA_NOT_SUPPORTED;
    active_on_thread = kernels;
    return SB_ISA_OK;
}

void sb_isa_unselect_for_thread(void) { active_on_thread = NULL; }

sb_isa_status sb_isa_select_named(const char *name) {
    sb_active();
    const sb_kernels *kernels = NULL;
    sb_isa_status status = find(name, &kernels);
    if (status == SB_ISA_OK) atomic_store(&active, kernels);
    return status;
}

sb_isa_status sb_isa_environment_status(const char **requested) {
    sb_active();
    if (requested) *requested = environment_value;
    return environment_status;
}

bool sb_bf16_supported(void) { return sb_isa_active() == SB_ISA_AVX512 && (features & SB_FEATURE_AVX512_BF16); }

uint32_t sb_cpu_features(void) {
    sb_active();
    return features;
}
