#pragma once
#include <features.h>
#include <malloc.h>

// glibc keeps an arena for each thread and freed memory in all of them: few arenas and prompt returns halve what an
// import holds beyond its index. To be called before any other thread runs.
static inline void carrel_tune_allocator(void) {
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
}
