#pragma once
// Rows of postings: places in a block of 128, bits of a bitmap, ranks of keys, and the sums of a window. `level` is what
// ck_vector_level() answered, or a lower one. Needs VectorKernels.h before it.

// Places in a block

#if defined(__x86_64__)
static inline CK_AVX2 size_t ck_rows_below_avx2(const uint32_t *rows, uint32_t target) {
    const __m256i least = _mm256_set1_epi32((int)target);
    __m256i odd = _mm256_setzero_si256(), even = odd;
    for (size_t i = 0; i < 128; i += 16) {
        __m256i a = _mm256_loadu_si256((const __m256i *)(rows + i));
        __m256i b = _mm256_loadu_si256((const __m256i *)(rows + i + 8));
        even = _mm256_sub_epi32(even, _mm256_cmpeq_epi32(_mm256_max_epu32(a, least), a));
        odd = _mm256_sub_epi32(odd, _mm256_cmpeq_epi32(_mm256_max_epu32(b, least), b));
    }
    return 128 - (size_t)ck_sum_epi32_avx2(_mm256_add_epi32(even, odd));
}

static inline CK_AVX512 size_t ck_rows_below_avx512(const uint32_t *rows, uint32_t target) {
    const __m512i least = _mm512_set1_epi32((int)target);
    unsigned masks[4];
    for (size_t i = 0; i < 4; i++) {
        __mmask16 low = _mm512_cmplt_epu32_mask(_mm512_loadu_si512(rows + 32 * i), least);
        __mmask16 high = _mm512_cmplt_epu32_mask(_mm512_loadu_si512(rows + 32 * i + 16), least);
        masks[i] = (unsigned)_mm512_kunpackw(high, low);
    }
    return (size_t)(__builtin_popcountll((uint64_t)masks[0] << 32 | masks[1]) +
                    __builtin_popcountll((uint64_t)masks[2] << 32 | masks[3]));
}
#endif

/// How many of the 128 ascending values at `rows` lie below `target`: by vectors that look at all of them, since where
/// halving ends is a branch that is guessed wrong.
static inline size_t ck_rows_below(int32_t level, const uint32_t *rows, uint32_t target) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_rows_below_avx512(rows, target);
    if (level >= CK_LEVEL_AVX2) return ck_rows_below_avx2(rows, target);
#endif
    size_t low = 0;
    for (size_t half = 64; half > 0; half /= 2) low += rows[low + half - 1] < target ? half : 0;
    return low + (rows[low] < target);
}

// Bits of a bitmap: words of 64, the least bit of the first one first. Counting is one instruction that not every
// x86-64 has, but every one that has AVX2.

static inline __attribute__((always_inline)) size_t ck_bits_below_any(const uint8_t *bitmap, size_t bit) {
    size_t count = 0, word = 0;
    uint64_t bits;
    for (; word < bit / 64; word++) {
        memcpy(&bits, bitmap + 8 * word, 8);
        count += (size_t)__builtin_popcountll(bits);
    }
    if (bit % 64 == 0) return count;
    memcpy(&bits, bitmap + 8 * word, 8);
    return count + (size_t)__builtin_popcountll(bits & ((1ull << bit % 64) - 1));
}

#if defined(__x86_64__)
static inline __attribute__((target("popcnt"))) size_t ck_bits_below_popcnt(const uint8_t *bitmap, size_t bit) {
    return ck_bits_below_any(bitmap, bit);
}
#endif

/// How many of the first `bit` bits of a bitmap are set.
static inline size_t ck_bits_below(int32_t level, const uint8_t *bitmap, size_t bit) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX2) return ck_bits_below_popcnt(bitmap, bit);
#endif
    return ck_bits_below_any(bitmap, bit);
}

// Ranks of keys: of a few hundred, comparing all with all takes less time than the branches of a sort that are guessed
// wrong.

static inline void ck_ranks_portable(const uint64_t *keys, size_t count, uint32_t *ranks) {
    for (size_t i = 0; i < count; i++) {
        uint32_t rank = 0;
        for (size_t j = 0; j < i; j++) rank += keys[j] <= keys[i];
        for (size_t j = i + 1; j < count; j++) rank += keys[j] < keys[i];
        ranks[i] = rank;
    }
}

#if defined(__x86_64__)
static inline __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,popcnt"))) void ck_ranks_avx512(
    const uint64_t *keys, size_t count, uint32_t *ranks) {
    for (size_t i = 0; i < count; i++) {
        const __m512i key = _mm512_set1_epi64((long long)keys[i]);
        unsigned rank = 0;
        size_t j = 0;
        for (; j + 8 <= i; j += 8)
            rank += (unsigned)__builtin_popcount(_mm512_cmple_epu64_mask(_mm512_loadu_si512(keys + j), key));
        for (; j < count; j += 8) {
            __mmask8 there = count - j >= 8 ? 0xFF : (__mmask8)((1u << (count - j)) - 1);
            __mmask8 before = j >= i ? 0 : (__mmask8)((1u << (i - j)) - 1);
            __m512i others = _mm512_maskz_loadu_epi64(there, keys + j);
            rank += (unsigned)__builtin_popcount(_mm512_mask_cmplt_epu64_mask(there, others, key) |
                                                 _mm512_mask_cmpeq_epu64_mask(before, others, key));
        }
        ranks[i] = rank;
    }
}
#endif

/// How many ranks ``ck_ranks`` finds in less time than a sort would take.
static inline size_t ck_ranks_limit(int32_t level) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return 256;
#endif
    return 24;
}

/// For each key, how many are less, or equal and before it: its place in the order of all.
static inline void ck_ranks(int32_t level, const uint64_t *keys, size_t count, uint32_t *ranks) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_ranks_avx512(keys, count, ranks);
#endif
    ck_ranks_portable(keys, count, ranks);
}

// Sums of a window. A row that nothing was added to holds minus zero: whatever is added to that, even zero, clears its
// sign, so the sign alone tells such rows from matching ones.

/// Writes the rows of at least `needed`, ascending, with their sums, and makes all `count` sums minus zero again.
/// Row i of the window is `first` + i. Both outputs hold `count` entries and 8 more, which may be overwritten.
/// Returns how many there are.
static inline size_t ck_take_sums_portable(double *sums, size_t count, double needed, uint32_t first, uint32_t *rows,
                                           double *taken) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        double sum = sums[i];
        sums[i] = -0.0;
        rows[found] = first + (uint32_t)i;
        taken[found] = sum;
        found += sum >= needed && !__builtin_signbit(sum);
    }
    return found;
}

#if defined(__x86_64__)
static inline CK_AVX2 size_t ck_take_sums_avx2(double *sums, size_t count, double needed, uint32_t first,
                                               uint32_t *rows, double *taken) {
    const __m256d least = _mm256_set1_pd(needed), clean = _mm256_set1_pd(-0.0);
    size_t found = 0, i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256d low = _mm256_loadu_pd(sums + i), high = _mm256_loadu_pd(sums + i + 4);
        __m256d lowTaken = _mm256_andnot_pd(low, _mm256_cmp_pd(low, least, _CMP_GE_OQ));
        __m256d highTaken = _mm256_andnot_pd(high, _mm256_cmp_pd(high, least, _CMP_GE_OQ));
        unsigned mask = (unsigned)_mm256_movemask_pd(lowTaken) | (unsigned)_mm256_movemask_pd(highTaken) << 4;
        for (; mask; mask &= mask - 1) {
            size_t place = i + (size_t)__builtin_ctz(mask);
            rows[found] = first + (uint32_t)place;
            taken[found++] = sums[place];
        }
        _mm256_storeu_pd(sums + i, clean);
        _mm256_storeu_pd(sums + i + 4, clean);
    }
    return found + ck_take_sums_portable(sums + i, count - i, needed, first + (uint32_t)i, rows + found, taken + found);
}

static inline CK_AVX512 size_t ck_take_sums_avx512(double *sums, size_t count, double needed, uint32_t first,
                                                   uint32_t *rows, double *taken) {
    const __m512d least = _mm512_set1_pd(needed), clean = _mm512_set1_pd(-0.0);
    const __m256i step = _mm256_set1_epi32(8);
    __m256i place = _mm256_add_epi32(_mm256_set1_epi32((int)first), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    size_t found = 0, i = 0;
    for (; i + 8 <= count; i += 8) {
        __m512d sum = _mm512_loadu_pd(sums + i);
        __mmask8 mask = _mm512_cmp_pd_mask(sum, least, _CMP_GE_OQ) & (__mmask8)~_mm512_movepi64_mask(_mm512_castpd_si512(sum));
        _mm512_storeu_pd(sums + i, clean);
        if (mask) {
            _mm512_storeu_pd(taken + found, _mm512_maskz_compress_pd(mask, sum));
            _mm256_storeu_si256((__m256i *)(rows + found), _mm256_maskz_compress_epi32(mask, place));
            found += (size_t)__builtin_popcount(mask);
        }
        place = _mm256_add_epi32(place, step);
    }
    return found + ck_take_sums_portable(sums + i, count - i, needed, first + (uint32_t)i, rows + found, taken + found);
}
#endif

/// Whether taking sums looks at several at a time.
static inline int32_t ck_take_sums_is_wide(int32_t level) {
#if defined(__x86_64__)
    return level >= CK_LEVEL_AVX2;
#else
    return 0;
#endif
}

/// ``ck_take_sums_portable`` by the widest vectors of `level`.
static inline size_t ck_take_sums(int32_t level, double *sums, size_t count, double needed, uint32_t first,
                                  uint32_t *rows, double *taken) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_take_sums_avx512(sums, count, needed, first, rows, taken);
    if (level >= CK_LEVEL_AVX2) return ck_take_sums_avx2(sums, count, needed, first, rows, taken);
#endif
    return ck_take_sums_portable(sums, count, needed, first, rows, taken);
}
