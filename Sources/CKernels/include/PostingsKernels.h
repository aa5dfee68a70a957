#pragma once
// Blocks of 128 unsigned integers, each in `width` bits, in four vertical lanes: value 4 i + l is the i-th of lane l,
// and word w of the block holds bits 32 w to 32 w + 31 of every lane (Lemire & Boytsov, "Decoding billions of integers
// per second through vectorization", 2015). One function per width lets every shift be a constant. Vectors are
// the compiler's own, so any machine will do.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint32_t ck_lanes __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) ck_lanes ck_lanes_load(const uint8_t *from) {
    ck_lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

static inline __attribute__((always_inline)) void ck_lanes_store(uint32_t *to, ck_lanes value) {
    memcpy(to, &value, sizeof value);
}

/// The four values of step `step`: bits step * width and on of every lane.
static inline __attribute__((always_inline)) ck_lanes ck_packed_step(const uint8_t *in, int step, int width) {
    const int bit = step * width, word = bit >> 5, shift = bit & 31;
    ck_lanes value = ck_lanes_load(in + 16 * word) >> shift;
    if (shift + width > 32) value |= ck_lanes_load(in + 16 * word + 16) << (32 - shift);
    if (width < 32) value &= (uint32_t)((1ull << width) - 1);
    return value;
}

/// Each value plus 1.
static inline __attribute__((always_inline)) void ck_unpack_plus_one_w(const uint8_t *in, uint32_t *out, int width) {
#pragma clang loop unroll(full)
    for (int step = 0; step < 32; step++) ck_lanes_store(out + 4 * step, ck_packed_step(in, step, width) + 1u);
}

/// Running sums of each value plus 1, from `previous` on.
static inline __attribute__((always_inline)) void ck_unpack_sums_w(
    const uint8_t *in, uint32_t previous, uint32_t *out, int width
) {
    const ck_lanes zero = {0, 0, 0, 0};
    ck_lanes sum = {previous, previous, previous, previous};
#pragma clang loop unroll(full)
    for (int step = 0; step < 32; step++) {
        ck_lanes gap = ck_packed_step(in, step, width) + 1u;
        gap += __builtin_shufflevector(zero, gap, 0, 4, 5, 6);
        gap += __builtin_shufflevector(zero, gap, 0, 1, 4, 5);
        sum = __builtin_shufflevector(sum, sum, 3, 3, 3, 3) + gap;
        ck_lanes_store(out + 4 * step, sum);
    }
}

#define CK_WIDTHS(CASE) \
    CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12) CASE(13) \
    CASE(14) CASE(15) CASE(16) CASE(17) CASE(18) CASE(19) CASE(20) CASE(21) CASE(22) CASE(23) CASE(24) CASE(25) \
    CASE(26) CASE(27) CASE(28) CASE(29) CASE(30) CASE(31) CASE(32)

/// 128 values of 0 to 32 bits, each plus 1; reads 16 * width bytes.
static inline void ck_unpack_plus_one(const uint8_t *in, int width, uint32_t *out) {
    switch (width) {
#define CK_CASE(W) case W: ck_unpack_plus_one_w(in, out, W); break;
        CK_WIDTHS(CK_CASE)
#undef CK_CASE
    default:
        for (int i = 0; i < 128; i++) out[i] = 1;
    }
}

/// 128 rows from their gaps (row - row before - 1) of 0 to 32 bits; reads 16 * width bytes.
static inline void ck_unpack_rows(const uint8_t *in, int width, uint32_t previous, uint32_t *out) {
    switch (width) {
#define CK_CASE(W) case W: ck_unpack_sums_w(in, previous, out, W); break;
        CK_WIDTHS(CK_CASE)
#undef CK_CASE
    default:
        for (int i = 0; i < 128; i++) out[i] = previous + (uint32_t)i + 1;
    }
}

/// Packs 128 values of at most `width` bits, 0 to 32, into 16 * width bytes.
static inline void ck_pack(const uint32_t *values, int width, uint8_t *out) {
    ck_lanes pending = {0, 0, 0, 0};
    int used = 0;
    if (width == 0) return;
    for (int step = 0; step < 32; step++) {
        ck_lanes value;
        memcpy(&value, values + 4 * step, sizeof value);
        pending |= value << used;
        used += width;
        if (used >= 32) {
            memcpy(out, &pending, sizeof pending);
            out += 16;
            used -= 32;
            const ck_lanes none = {0, 0, 0, 0};
            pending = used > 0 ? value >> (width - used) : none;
        }
    }
}
