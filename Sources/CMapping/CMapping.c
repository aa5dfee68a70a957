#define _GNU_SOURCE
#include "CMapping.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

// The handler may run at any instruction of any thread, so it takes no lock: a mapping's fields are read between two looks
// at its version, which is odd while they change. The mapping that the faulting thread reads is not changing, since whoever
// reads it keeps it registered; what is changing is another one and is skipped.
struct cm_mapping {
    _Atomic(uint64_t) version;
    _Atomic(uintptr_t) start;
    _Atomic(size_t) length; // 0: free
    _Atomic(int32_t) damaged;
    struct cm_mapping *next_spare; // under the lock
};

#define CM_BLOCK 256

// Blocks are never given back, so the handler can walk them.
struct block {
    struct cm_mapping mappings[CM_BLOCK];
    struct block *next;
};

static _Atomic(struct block *) blocks;
static struct cm_mapping *spare;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction previous;
static int is_installed;
static uintptr_t page_size;

/// Whether `address` lies in the mapping, and where that ends.
static int covers(struct cm_mapping *mapping, uintptr_t address, uintptr_t *end) {
    uint64_t version = atomic_load(&mapping->version);
    if (version & 1) return 0;
    uintptr_t start = atomic_load(&mapping->start);
    size_t length = atomic_load(&mapping->length);
    if (atomic_load(&mapping->version) != version) return 0;
    if (address < start || address - start >= length) return 0;
    *end = start + length;
    return 1;
}

/// Maps zeros from the page of `address` to the end of its mapping; 0 where no mapping is ours.
static int replace(uintptr_t address) {
    for (struct block *block = atomic_load(&blocks); block; block = block->next)
        for (size_t i = 0; i < CM_BLOCK; i++) {
            struct cm_mapping *mapping = &block->mappings[i];
            uintptr_t end;
            if (!covers(mapping, address, &end)) continue;
            uintptr_t page = address & ~(page_size - 1);
            // Marked first: whoever reads a zero finds the mark.
            atomic_store(&mapping->damaged, 1);
            void *zeros =
                mmap((void *)page, end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
            return zeros != MAP_FAILED;
        }
    return 0;
}

static void handle(int signal_number, siginfo_t *info, void *context) {
    int saved = errno;
    // A code above 0 comes from the kernel: only then is there an address.
    if (info->si_code > 0 && replace((uintptr_t)info->si_addr)) {
        errno = saved;
        return;
    }
    errno = saved;
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(signal_number, info, context);
    } else if (previous.sa_handler == SIG_DFL || previous.sa_handler == SIG_IGN) {
        // The signal waits until this handler has returned, and then does what it always did.
        signal(signal_number, SIG_DFL);
        raise(signal_number);
    } else {
        previous.sa_handler(signal_number);
    }
}

static void install(void) {
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    // Read by the handler, so known before it is there.
    if (sigaction(SIGBUS, NULL, &previous) != 0) return;
    struct sigaction action = {0};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    is_installed = sigaction(SIGBUS, &action, NULL) == 0;
}

/// A place that is free, from a new block where all are taken; under the lock.
static struct cm_mapping *take_place(void) {
    if (!spare) {
        struct block *block = calloc(1, sizeof *block);
        if (!block) return NULL;
        for (size_t i = 0; i < CM_BLOCK; i++) {
            block->mappings[i].next_spare = spare;
            spare = &block->mappings[i];
        }
        block->next = atomic_load(&blocks);
        atomic_store(&blocks, block);
    }
    struct cm_mapping *place = spare;
    spare = place->next_spare;
    return place;
}

static void set(struct cm_mapping *mapping, uintptr_t start, size_t length) {
    atomic_fetch_add(&mapping->version, 1);
    atomic_store(&mapping->start, start);
    atomic_store(&mapping->length, length);
    atomic_store(&mapping->damaged, 0);
    atomic_fetch_add(&mapping->version, 1);
}

cm_mapping *cm_register(const void *start, size_t length) {
    pthread_once(&once, install);
    if (!is_installed || length == 0) return NULL;
    pthread_mutex_lock(&lock);
    struct cm_mapping *mapping = take_place();
    if (mapping) set(mapping, (uintptr_t)start, length);
    pthread_mutex_unlock(&lock);
    return mapping;
}

void cm_unregister(cm_mapping *mapping) {
    pthread_mutex_lock(&lock);
    set(mapping, 0, 0);
    mapping->next_spare = spare;
    spare = mapping;
    pthread_mutex_unlock(&lock);
}

int32_t cm_is_damaged(const cm_mapping *mapping) {
    return atomic_load(&((cm_mapping *)mapping)->damaged);
}

int cm_open_unnamed(const char *folder) {
    return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}
