#pragma once
// Inner products for search, one variant per CPU level. `level` is what ck_vector_level() answered, or a lower one.
//
// Codes are bytes that stand for (byte - 128), in -127...127. Their products are exact integers, equal on every level.
// ck_score sums Float products as Double in eight lanes, in one order on every level: bit-equal everywhere (a product
// rounded to Float before it is widened leaves a compiler nothing to fuse), and so does ck_distance with squared
// differences. ck_dot is the fast one; its last bits depend on the level.
//
// Nibbles are rows of half a byte per component: a chunk of 64 bytes holds 128 components, the first 64 in the low
// halves and the rest in the high ones. Their products with a query of signed bytes are exact integers too.
#include <stddef.h>
#include <stdint.h>

#define CK_LEVEL_PORTABLE 0
#define CK_LEVEL_AVX2 1
#define CK_LEVEL_AVXVNNI 2
#define CK_LEVEL_AVX512 3
#define CK_LEVEL_NEON 4
#define CK_LEVEL_DOTPROD 5

#define CK_INLINE static inline __attribute__((always_inline))

/// Asks for the cache line at `address`, to be read soon.
CK_INLINE void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Asks for all lines of `byte_count` bytes at `address`.
CK_INLINE void ck_prefetch_lines(const void *address, size_t byte_count) {
    for (size_t offset = 0; offset < byte_count; offset += 64)
        __builtin_prefetch((const char *)address + offset, 0, 3);
}

/// Asks for the first `byte_count` bytes at `address`, eight lines at most: more of a row only fill the buffers of what
/// is under way, and the hardware follows a stream by itself.
CK_INLINE void ck_prefetch_row(const void *address, size_t byte_count) {
    ck_prefetch_lines(address, byte_count < 512 ? byte_count : 512);
}

/// The same for a row of codes.
///
/// Rows of more than eight lines go to the second level, which has room for more that is under way than the first:
/// with 768 bytes a row (1,536 half bytes) a walk takes a sixth less time, and the whole row is asked for.
CK_INLINE void ck_prefetch_codes(const void *address, size_t byte_count) {
    if (byte_count <= 512) {
        ck_prefetch_row(address, byte_count);
        return;
    }
    const size_t limit = byte_count <= 768 ? byte_count : 512;
    for (size_t offset = 0; offset < limit; offset += 64)
        __builtin_prefetch((const char *)address + offset, 0, 2);
}

// Portable C: the compiler vectorises it for whatever the target's baseline is.

static inline float ck_dot_portable(const float *a, const float *b, size_t count) {
    float lanes[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t lane = 0; lane < 8; lane++) lanes[lane] += a[i + lane] * b[i + lane];
    for (; i < count; i++) lanes[i & 7] += a[i] * b[i];
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/// Adds the lanes in the one order every level uses.
CK_INLINE float ck_sum_lanes(const double *lanes) {
    double even = (lanes[0] + lanes[4]) + (lanes[2] + lanes[6]);
    double odd = (lanes[1] + lanes[5]) + (lanes[3] + lanes[7]);
    return (float)(even + odd);
}

/// The last 1...7 components, each into its own lane.
CK_INLINE float ck_score_tail(double *lanes, const float *a, const float *b, size_t from, size_t count) {
    for (size_t i = from; i < count; i++) {
        float product = a[i] * b[i];
        lanes[i & 7] += (double)product;
    }
    return ck_sum_lanes(lanes);
}

CK_INLINE float ck_distance_tail(double *lanes, const float *a, const float *b, size_t from, size_t count) {
    for (size_t i = from; i < count; i++) {
        float difference = a[i] - b[i];
        float product = difference * difference;
        lanes[i & 7] += (double)product;
    }
    return ck_sum_lanes(lanes);
}

static inline float ck_score_portable(const float *a, const float *b, size_t count) {
    double lanes[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t lane = 0; lane < 8; lane++) {
            float product = a[i + lane] * b[i + lane];
            lanes[lane] += (double)product;
        }
    for (; i < count; i++) {
        float product = a[i] * b[i];
        lanes[i & 7] += (double)product;
    }
    return ck_sum_lanes(lanes);
}

static inline float ck_distance_portable(const float *a, const float *b, size_t count) {
    double lanes[8] = {0};
    return ck_distance_tail(lanes, a, b, 0, count);
}

static inline int32_t ck_nibble_dot_portable(const int8_t *q, const uint8_t *row, size_t byte_count) {
    int32_t sum = 0;
    for (size_t i = 0; i < byte_count; i += 64)
        for (size_t j = 0; j < 64; j++)
            sum += (int32_t)(row[i + j] & 15) * q[2 * i + j] + (int32_t)(row[i + j] >> 4) * q[2 * i + 64 + j];
    return sum;
}

static inline int32_t ck_code_dot_portable(const uint8_t *a, const uint8_t *b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += ((int32_t)a[i] - 128) * ((int32_t)b[i] - 128);
    return sum;
}

/// `value` x `factor` rounded, ties to even, in -127...127; product and sum are rounded each for itself.
CK_INLINE int32_t ck_nearest_code(float value, float factor) {
    // Adding 1.5 x 2^23 leaves the integer in the low bits of the significand.
    float shifted = value * factor;
    shifted += 12582912.0f;
    int32_t bits;
    __builtin_memcpy(&bits, &shifted, 4);
    int32_t code = (int32_t)((uint32_t)bits - 0x4B400000u);
    return code > 127 ? 127 : code < -127 ? -127 : code;
}

static inline float ck_largest_magnitude_portable(const float *values, size_t count) {
    // Magnitudes compare as integers do, which every target does many at a time.
    int32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t magnitude;
        __builtin_memcpy(&magnitude, values + i, 4);
        magnitude &= 0x7FFFFFFF;
        largest = magnitude > largest ? magnitude : largest;
    }
    float result;
    __builtin_memcpy(&result, &largest, 4);
    return result;
}

static inline int32_t ck_encode_row_portable(const float *values, float scale, float inverse, size_t count,
                                             uint8_t *out, double *squared_error) {
    int32_t sum = 0;
    double total = *squared_error;
    for (size_t i = 0; i < count; i++) {
        int32_t code = ck_nearest_code(values[i], inverse);
        sum += code;
        out[i] = (uint8_t)(code + 128);
        // The product of scale and code is exact, so nothing changes where a compiler fuses the difference; the square is
        // rounded before it is added.
        double difference = (double)values[i] - (double)scale * (double)code;
        double square = difference * difference;
        total += square;
    }
    *squared_error = total;
    return sum;
}

#include "VectorKernelsNEON.h"
#include "VectorKernelsX86.h"
#include "CodeKernelsX86.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
/// Whether this CPU can run a level.
static inline int32_t ck_vector_level_runs(int32_t level) { return level == CK_LEVEL_PORTABLE; }
#endif

/// The best level of this CPU.
static inline int32_t ck_vector_level(void) {
    for (int32_t level = CK_LEVEL_DOTPROD; level > CK_LEVEL_PORTABLE; level--)
        if (ck_vector_level_runs(level)) return level;
    return CK_LEVEL_PORTABLE;
}

// Dispatch

/// The inner product, fast.
static inline float ck_dot(int32_t level, const float *a, const float *b, size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_dot_avx512(a, b, count);
    if (level >= CK_LEVEL_AVX2) return ck_dot_avx2(a, b, count);
#elif defined(__aarch64__)
    if (level >= CK_LEVEL_NEON) return ck_dot_neon(a, b, count);
#endif
    return ck_dot_portable(a, b, count);
}

/// The inner products of `q` with four rows, fast.
static inline void ck_dot4(int32_t level, const float *q, const float *const rows[4], size_t count, float *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_dot4_avx512(q, rows, count, out); return; }
    if (level >= CK_LEVEL_AVX2) { ck_dot4_avx2(q, rows, count, out); return; }
#elif defined(__aarch64__)
    if (level >= CK_LEVEL_NEON) { ck_dot4_neon(q, rows, count, out); return; }
#endif
    for (int row = 0; row < 4; row++) out[row] = ck_dot_portable(q, rows[row], count);
}

/// The fast inner products of `q` with the rows listed in `list`, `stride` floats apart, asking for each some rows
/// ahead.
static inline void ck_dots_at(int32_t level, const float *q, const float *base, size_t stride, const uint32_t *list,
                              size_t row_count, size_t count, float *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_dots_at_avx512(q, base, stride, list, row_count, count, out); return; }
#endif
    enum { distance = 8 };
    const size_t head = count * 4;
    for (size_t ahead = 0; ahead < row_count && ahead < distance; ahead++)
        ck_prefetch_row(base + list[ahead] * stride, head);
    size_t row = 0;
    for (; row + 4 <= row_count; row += 4) {
        for (size_t ahead = row + distance; ahead < row_count && ahead < row + distance + 4; ahead++)
            ck_prefetch_row(base + list[ahead] * stride, head);
        const float *rows[4] = {base + list[row] * stride, base + list[row + 1] * stride,
                                base + list[row + 2] * stride, base + list[row + 3] * stride};
        ck_dot4(level, q, rows, count, out + row);
    }
    for (; row < row_count; row++) out[row] = ck_dot(level, q, base + list[row] * stride, count);
}

/// The inner product in the fixed order.
static inline float ck_score(int32_t level, const float *a, const float *b, size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_score_avx512(a, b, count);
    if (level >= CK_LEVEL_AVX2) return ck_score_avx2(a, b, count);
#elif defined(__aarch64__)
    if (level >= CK_LEVEL_NEON) return ck_score_neon(a, b, count);
#endif
    return ck_score_portable(a, b, count);
}

/// The squared Euclidean distance in the fixed order.
static inline float ck_distance(int32_t level, const float *a, const float *b, size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_distance_avx512(a, b, count);
    if (level >= CK_LEVEL_AVX2) return ck_distance_avx2(a, b, count);
#elif defined(__aarch64__)
    if (level >= CK_LEVEL_NEON) return ck_distance_neon(a, b, count);
#endif
    return ck_distance_portable(a, b, count);
}

/// Fixed-order inner products of `q` with `row_count` rows, given by their addresses.
///
/// Few rows are scored, each somewhere else: of short ones every line is asked for, since the hardware notices too late
/// that they are streams.
static inline void ck_scores(int32_t level, const float *q, const float *const *rows, size_t row_count, size_t count,
                             float *out) {
    size_t row = 0;
#if defined(__x86_64__)
    const size_t head = count * 4 <= 2048 ? count * 4 : 512;
    if (level >= CK_LEVEL_AVX2) {
        for (size_t ahead = 0; ahead < row_count && ahead < 8; ahead++) ck_prefetch_lines(rows[ahead], head);
        for (; row + 4 <= row_count; row += 4) {
            for (size_t ahead = row + 8; ahead < row_count && ahead < row + 12; ahead++)
                ck_prefetch_lines(rows[ahead], head);
            if (level >= CK_LEVEL_AVX512) ck_score4_avx512(q, rows + row, count, out + row);
            else ck_score4_avx2(q, rows + row, count, out + row);
        }
        // Sums of one row wait for each other: the last two or three are four with one that is there already.
        if (row + 1 < row_count) {
            const float *four[4] = {rows[row], rows[row + 1], rows[row_count - 1], rows[row_count - 1]};
            float last[4];
            if (level >= CK_LEVEL_AVX512) ck_score4_avx512(q, four, count, last);
            else ck_score4_avx2(q, four, count, last);
            for (size_t i = 0; row < row_count; row++, i++) out[row] = last[i];
        }
    }
#endif
    for (; row < row_count; row++) out[row] = ck_score(level, q, rows[row], count);
}

/// Fixed-order squared Euclidean distances of `q` to `row_count` rows, given by their addresses.
static inline void ck_distances(int32_t level, const float *q, const float *const *rows, size_t row_count, size_t count,
                                float *out) {
    const size_t head = count * 4;
    for (size_t ahead = 0; ahead < row_count && ahead < 4; ahead++) ck_prefetch_row(rows[ahead], head);
    for (size_t row = 0; row < row_count; row++) {
        if (row + 4 < row_count) ck_prefetch_row(rows[row + 4], head);
        out[row] = ck_distance(level, q, rows[row], count);
    }
}

/// The exact integer inner product of two code rows; `query_sum` is the sum of q's codes (byte - 128).
static inline int32_t ck_code_dot(int32_t level, const uint8_t *q, int32_t query_sum, const uint8_t *row,
                                  size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_code_dot_avx512(q, query_sum, row, count);
    if (level == CK_LEVEL_AVXVNNI) return ck_code_dot_avxvnni(q, query_sum, row, count);
    if (level == CK_LEVEL_AVX2) return ck_code_dot_avx2(q, row, count);
#elif defined(__aarch64__)
    if (level == CK_LEVEL_DOTPROD) return ck_code_dot_dotprod(q, row, count);
    if (level == CK_LEVEL_NEON) return ck_code_dot_neon(q, row, count);
#endif
    (void)query_sum;
    return ck_code_dot_portable(q, row, count);
}

/// Four rows at once: their sums do not wait for each other, and the query is read once.
CK_INLINE void ck_code_dot4(int32_t level, const uint8_t *q, int32_t query_sum, const uint8_t *const rows[4],
                            size_t count, int32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_code_dot4_avx512(q, query_sum, rows, count, out); return; }
    if (level == CK_LEVEL_AVX2) { ck_code_dot4_avx2(q, rows, count, out); return; }
#endif
    for (int row = 0; row < 4; row++) out[row] = ck_code_dot(level, q, query_sum, rows[row], count);
}

/// Exact integer inner products of `q` with `row_count` consecutive rows of `stride` bytes.
static inline void ck_code_dots(int32_t level, const uint8_t *q, int32_t query_sum, const uint8_t *base, size_t stride,
                                size_t row_count, size_t count, int32_t *out) {
    size_t row = 0;
    for (; row + 4 <= row_count; row += 4) {
        const uint8_t *first = base + row * stride;
        const uint8_t *rows[4] = {first, first + stride, first + 2 * stride, first + 3 * stride};
        ck_code_dot4(level, q, query_sum, rows, count, out + row);
    }
    for (; row < row_count; row++) out[row] = ck_code_dot(level, q, query_sum, base + row * stride, count);
}

/// The same for the rows listed in `list`, asking for each row 16 entries before it is read; for none if they were
/// asked for before (`asked`).
static inline void ck_code_dots_at(int32_t level, const uint8_t *q, int32_t query_sum, const uint8_t *base,
                                   size_t stride, const uint32_t *list, size_t row_count, size_t count, int32_t asked,
                                   int32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) {
        ck_code_dots_at_avx512(q, query_sum, base, stride, list, row_count, count, asked, out);
        return;
    }
    if (level == CK_LEVEL_AVX2) {
        ck_code_dots_at_avx2(q, base, stride, list, row_count, count, asked, out);
        return;
    }
#endif
    enum { distance = 16 };
    for (size_t ahead = 0; !asked && ahead < row_count && ahead < distance; ahead++)
        ck_prefetch_codes(base + list[ahead] * stride, count);
    size_t row = 0;
    for (; row + 4 <= row_count; row += 4) {
        for (size_t ahead = row + distance; !asked && ahead < row_count && ahead < row + distance + 4; ahead++)
            ck_prefetch_codes(base + list[ahead] * stride, count);
        const uint8_t *rows[4] = {base + list[row] * stride, base + list[row + 1] * stride,
                                  base + list[row + 2] * stride, base + list[row + 3] * stride};
        ck_code_dot4(level, q, query_sum, rows, count, out + row);
    }
    for (; row < row_count; row++) out[row] = ck_code_dot(level, q, query_sum, base + list[row] * stride, count);
}

/// The exact integer inner product of a query of signed bytes and a row of nibbles, `byte_count` (whole chunks of 64).
static inline int32_t ck_nibble_dot(int32_t level, const int8_t *q, const uint8_t *row, size_t byte_count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_nibble_dot_avx512(q, row, byte_count);
    if (level == CK_LEVEL_AVXVNNI) return ck_nibble_dot_avxvnni(q, row, byte_count);
    if (level == CK_LEVEL_AVX2) return ck_nibble_dot_avx2(q, row, byte_count);
#elif defined(__aarch64__)
    if (level == CK_LEVEL_DOTPROD) return ck_nibble_dot_dotprod(q, row, byte_count);
    if (level == CK_LEVEL_NEON) return ck_nibble_dot_neon(q, row, byte_count);
#endif
    return ck_nibble_dot_portable(q, row, byte_count);
}

CK_INLINE void ck_nibble_dot4(int32_t level, const int8_t *q, const uint8_t *const rows[4], size_t byte_count,
                              int32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_nibble_dot4_avx512(q, rows, byte_count, out); return; }
    if (level == CK_LEVEL_AVX2) { ck_nibble_dot4_avx2(q, rows, byte_count, out); return; }
#endif
    for (int row = 0; row < 4; row++) out[row] = ck_nibble_dot(level, q, rows[row], byte_count);
}

/// Nibble products of `q` with the rows listed in `list`, asking for each row 16 entries before it is read;
/// for none if they were asked for before (`asked`).
static inline void ck_nibble_dots_at(int32_t level, const int8_t *q, const uint8_t *base, size_t stride,
                                     const uint32_t *list, size_t row_count, int32_t asked, int32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_nibble_dots_at_avx512(q, base, stride, list, row_count, asked, out); return; }
    if (level == CK_LEVEL_AVX2) { ck_nibble_dots_at_avx2(q, base, stride, list, row_count, asked, out); return; }
#endif
    enum { distance = 16 };
    for (size_t ahead = 0; !asked && ahead < row_count && ahead < distance; ahead++)
        ck_prefetch_codes(base + list[ahead] * stride, stride);
    size_t row = 0;
    for (; row + 4 <= row_count; row += 4) {
        for (size_t ahead = row + distance; !asked && ahead < row_count && ahead < row + distance + 4; ahead++)
            ck_prefetch_codes(base + list[ahead] * stride, stride);
        const uint8_t *rows[4] = {base + list[row] * stride, base + list[row + 1] * stride,
                                  base + list[row + 2] * stride, base + list[row + 3] * stride};
        ck_nibble_dot4(level, q, rows, stride, out + row);
    }
    for (; row < row_count; row++) out[row] = ck_nibble_dot(level, q, base + list[row] * stride, stride);
}

// Sorted numbers

/// Inserts `value` into `count` ascending numbers; returns its place, behind those that are less. Numbers up to the next
/// multiple of eight behind the new last one may be overwritten.
static inline size_t ck_insert(int32_t level, uint64_t *values, size_t count, uint64_t value) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_insert_avx512(values, count, value);
#endif
    (void)level;
    size_t place = 0, length = count;
    while (length > 0) {
        size_t half = length / 2;
        int before = values[place + half] < value;
        place = before ? place + half + 1 : place;
        length = before ? length - half - 1 : half;
    }
    __builtin_memmove(values + place + 1, values + place, (count - place) * sizeof(uint64_t));
    values[place] = value;
    return place;
}

// Queries of codes

/// Writes the products of `values`, less `mean` where it is not null, and `steps`; returns the largest magnitude.
static inline float ck_fold_query(int32_t level, const float *values, const float *mean, const float *steps,
                                  size_t count, float *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_fold_query_avx512(values, mean, steps, count, out);
#endif
    (void)level;
    // Magnitudes compare as integers do, which every target does many at a time.
    int32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        float product = (mean ? values[i] - mean[i] : values[i]) * steps[i];
        int32_t magnitude;
        __builtin_memcpy(&magnitude, &product, 4);
        magnitude &= 0x7FFFFFFF;
        largest = magnitude > largest ? magnitude : largest;
        out[i] = product;
    }
    float result;
    __builtin_memcpy(&result, &largest, 4);
    return result;
}

/// Rounds `values` x `factor`, each in -127...127, ties to even; returns the sum. Bytes are flipped by `flip`.
static inline int32_t ck_round_query(int32_t level, const float *values, float factor, size_t count, uint8_t flip,
                                     uint8_t *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_round_query_avx512(values, factor, count, flip, out);
#endif
    (void)level;
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t code = ck_nearest_code(values[i], factor);
        sum += code;
        out[i] = (uint8_t)code ^ flip;
    }
    return sum;
}

// Codes of vectors

/// The largest magnitude of `count` finite values; 0 if there are none.
static inline float ck_largest_magnitude(int32_t level, const float *values, size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_largest_magnitude_avx512(values, count);
#endif
    (void)level;
    return ck_largest_magnitude_portable(values, count);
}

/// Writes the codes of `values` as bytes (code + 128): each value x `inverse` rounded, ties to even, in -127...127.
/// Adds what each code x `scale` is off by, squared, to `squared_error`, in order; returns the sum of the codes. The same
/// on every level.
static inline int32_t ck_encode_row(int32_t level, const float *values, float scale, float inverse, size_t count,
                                    uint8_t *out, double *squared_error) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_encode_row_avx512(values, scale, inverse, count, out, squared_error);
#endif
    (void)level;
    return ck_encode_row_portable(values, scale, inverse, count, out, squared_error);
}

// Scores of a stripe

#define CK_UPPER_ENDS                                                                                                  \
    for (size_t i = 0; i < count; i++) {                                                                               \
        float estimate = (float)products[i] * (scale * scales[i]);                                                     \
        float bound = errors[i] * factor + rest;                                                                       \
        ends[i] = estimate + bound;                                                                                    \
    }

static inline void ck_upper_ends_portable(const int32_t *restrict products, const float *restrict scales,
                                          const float *restrict errors, float scale, float factor, float rest,
                                          size_t count, float *restrict ends) {
    CK_UPPER_ENDS
}

#if defined(__x86_64__)
static inline CK_AVX2 void ck_upper_ends_avx2(const int32_t *restrict products, const float *restrict scales,
                                              const float *restrict errors, float scale, float factor, float rest,
                                              size_t count, float *restrict ends) {
    CK_UPPER_ENDS
}
#endif
#undef CK_UPPER_ENDS

/// Writes `products` x (`scale` x `scales`) + (`errors` x `factor` + `rest`), each for itself, by the vectors of `level`;
/// a multiplication and an addition may be rounded once or twice.
static inline void ck_upper_ends(int32_t level, const int32_t *restrict products, const float *restrict scales,
                                 const float *restrict errors, float scale, float factor, float rest, size_t count,
                                 float *restrict ends) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX2) {
        ck_upper_ends_avx2(products, scales, errors, scale, factor, rest, count, ends);
        return;
    }
#endif
    (void)level;
    ck_upper_ends_portable(products, scales, errors, scale, factor, rest, count, ends);
}

/// Writes the places from `first` to `count` - 1 whose value is at least `least`, ascending; returns how many there are.
/// `places` holds as many entries as there are places and 16 more, which may be overwritten.
static inline size_t ck_at_least_portable(const float *values, size_t first, size_t count, float least,
                                          uint32_t *places) {
    size_t found = 0;
    for (size_t i = first; i < count; i++) {
        places[found] = (uint32_t)i;
        found += values[i] >= least;
    }
    return found;
}

#if defined(__x86_64__)
static inline CK_AVX512 size_t ck_at_least_avx512(const float *values, size_t first, size_t count, float least,
                                                  uint32_t *places) {
    const __m512 border = _mm512_set1_ps(least);
    const __m512i step = _mm512_set1_epi32(16);
    __m512i place = _mm512_add_epi32(_mm512_set1_epi32((int)first),
                                     _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    size_t found = 0, i = first;
    for (; i + 16 <= count; i += 16) {
        __mmask16 mask = _mm512_cmp_ps_mask(_mm512_loadu_ps(values + i), border, _CMP_GE_OQ);
        if (mask) {
            _mm512_storeu_si512(places + found, _mm512_maskz_compress_epi32(mask, place));
            found += (size_t)__builtin_popcount(mask);
        }
        place = _mm512_add_epi32(place, step);
    }
    return found + ck_at_least_portable(values, i, count, least, places + found);
}

static inline CK_AVX2 size_t ck_at_least_avx2(const float *values, size_t first, size_t count, float least,
                                              uint32_t *places) {
    const __m256 border = _mm256_set1_ps(least);
    size_t found = 0, i = first;
    for (; i + 8 <= count; i += 8) {
        unsigned mask = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(values + i), border, _CMP_GE_OQ));
        for (; mask; mask &= mask - 1) places[found++] = (uint32_t)(i + (size_t)__builtin_ctz(mask));
    }
    return found + ck_at_least_portable(values, i, count, least, places + found);
}
#endif

/// ``ck_at_least_portable`` by the widest vectors of `level`.
static inline size_t ck_at_least(int32_t level, const float *values, size_t first, size_t count, float least,
                                 uint32_t *places) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_at_least_avx512(values, first, count, least, places);
    if (level >= CK_LEVEL_AVX2) return ck_at_least_avx2(values, first, count, least, places);
#endif
    (void)level;
    return ck_at_least_portable(values, first, count, least, places);
}
