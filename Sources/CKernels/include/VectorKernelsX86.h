#pragma once
// The x86-64 levels of VectorKernels.h: AVX2, AVX2 with VNNI, AVX-512 with VNNI.
#if defined(__x86_64__)
#include <immintrin.h>

#define CK_AVX2 __attribute__((target("avx2,fma")))
#define CK_AVXVNNI __attribute__((target("avx2,fma,avxvnni")))
#define CK_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

/// With everything it calls in one piece: kernels of one level call each other through no boundary.
#define CK_WHOLE_AVX2 __attribute__((target("avx2,fma"), flatten))
#define CK_WHOLE_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"), flatten))

/// Whether this CPU can run a level.
static inline int32_t ck_vector_level_runs(int32_t level) {
    __builtin_cpu_init();
    switch (level) {
    case CK_LEVEL_PORTABLE: return 1;
    case CK_LEVEL_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case CK_LEVEL_AVXVNNI:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("avxvnni");
    case CK_LEVEL_AVX512:
        return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    default: return 0;
    }
}

// Sums

CK_INLINE CK_AVX2 int32_t ck_sum_epi32_avx2(__m256i v) {
    __m128i quad = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    quad = _mm_add_epi32(quad, _mm_shuffle_epi32(quad, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(quad, _mm_shuffle_epi32(quad, 0xB1)));
}

/// One sum per row: two horizontal adds do all four rows together.
CK_INLINE CK_AVX2 __m128i ck_sum4_epi32_avx2(__m256i s0, __m256i s1, __m256i s2, __m256i s3) {
    __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(s0, s1), _mm256_hadd_epi32(s2, s3));
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
}

// Float, fast

static inline CK_AVX2 float ck_sum_avx2(__m256 v) {
    __m128 quad = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    quad = _mm_add_ps(quad, _mm_movehl_ps(quad, quad));
    return _mm_cvtss_f32(_mm_add_ss(quad, _mm_movehdup_ps(quad)));
}

static inline CK_AVX2 float ck_dot_avx2(const float *a, const float *b, size_t count) {
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
    }
    for (; i + 8 <= count; i += 8) s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    float sum = ck_sum_avx2(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
    for (; i < count; i++) sum += a[i] * b[i];
    return sum;
}

static inline CK_AVX512 float ck_dot_avx512(const float *a, const float *b, size_t count) {
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
        s2 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 32), _mm512_loadu_ps(b + i + 32), s2);
        s3 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 48), _mm512_loadu_ps(b + i + 48), s3);
    }
    for (; i < count; i += 16) {
        __mmask16 mask = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, a + i), _mm512_maskz_loadu_ps(mask, b + i), s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

static inline CK_AVX2 void ck_dot4_avx2(const float *q, const float *const rows[4], size_t count, float *out) {
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 x = _mm256_loadu_ps(q + i);
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(rows[0] + i), x, s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(rows[1] + i), x, s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(rows[2] + i), x, s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(rows[3] + i), x, s3);
    }
    out[0] = ck_sum_avx2(s0); out[1] = ck_sum_avx2(s1); out[2] = ck_sum_avx2(s2); out[3] = ck_sum_avx2(s3);
    for (; i < count; i++)
        for (int row = 0; row < 4; row++) out[row] += rows[row][i] * q[i];
}

/// Two sums a row, so that products do not wait for each other.
static inline CK_AVX512 void ck_dot4_avx512(const float *q, const float *const rows[4], size_t count, float *out) {
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0, t0 = s0, t1 = s0, t2 = s0, t3 = s0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m512 x = _mm512_loadu_ps(q + i), y = _mm512_loadu_ps(q + i + 16);
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[0] + i), x, s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[1] + i), x, s1);
        s2 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[2] + i), x, s2);
        s3 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[3] + i), x, s3);
        t0 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[0] + i + 16), y, t0);
        t1 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[1] + i + 16), y, t1);
        t2 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[2] + i + 16), y, t2);
        t3 = _mm512_fmadd_ps(_mm512_loadu_ps(rows[3] + i + 16), y, t3);
    }
    for (; i < count; i += 16) {
        __mmask16 mask = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        __m512 x = _mm512_maskz_loadu_ps(mask, q + i);
        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[0] + i), x, s0);
        s1 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[1] + i), x, s1);
        s2 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[2] + i), x, s2);
        s3 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[3] + i), x, s3);
    }
    out[0] = _mm512_reduce_add_ps(_mm512_add_ps(s0, t0)); out[1] = _mm512_reduce_add_ps(_mm512_add_ps(s1, t1));
    out[2] = _mm512_reduce_add_ps(_mm512_add_ps(s2, t2)); out[3] = _mm512_reduce_add_ps(_mm512_add_ps(s3, t3));
}

// Float, fixed order

/// Adds eight products to the lanes of a row.
CK_INLINE CK_AVX2 void ck_score_step_avx2(__m256d *low, __m256d *high, __m256 x, const float *row) {
    __m256 product = _mm256_mul_ps(x, _mm256_loadu_ps(row));
    *low = _mm256_add_pd(*low, _mm256_cvtps_pd(_mm256_castps256_ps128(product)));
    *high = _mm256_add_pd(*high, _mm256_cvtps_pd(_mm256_extractf128_ps(product, 1)));
}

static inline CK_AVX2 float ck_score_avx2(const float *a, const float *b, size_t count) {
    __m256d low = _mm256_setzero_pd(), high = low;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) ck_score_step_avx2(&low, &high, _mm256_loadu_ps(a + i), b + i);
    double lanes[8];
    _mm256_storeu_pd(lanes, low);
    _mm256_storeu_pd(lanes + 4, high);
    return ck_score_tail(lanes, a, b, i, count);
}

static inline CK_AVX512 float ck_score_avx512(const float *a, const float *b, size_t count) {
    __m512d sum = _mm512_setzero_pd();
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        sum = _mm512_add_pd(sum, _mm512_cvtps_pd(_mm256_mul_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i))));
    double lanes[8];
    _mm512_storeu_pd(lanes, sum);
    return ck_score_tail(lanes, a, b, i, count);
}

/// Four rows at once: their sums do not wait for each other.
static inline CK_AVX512 void ck_score4_avx512(const float *q, const float *const rows[4], size_t count, float *out) {
    __m512d s0 = _mm512_setzero_pd(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 x = _mm256_loadu_ps(q + i);
        s0 = _mm512_add_pd(s0, _mm512_cvtps_pd(_mm256_mul_ps(x, _mm256_loadu_ps(rows[0] + i))));
        s1 = _mm512_add_pd(s1, _mm512_cvtps_pd(_mm256_mul_ps(x, _mm256_loadu_ps(rows[1] + i))));
        s2 = _mm512_add_pd(s2, _mm512_cvtps_pd(_mm256_mul_ps(x, _mm256_loadu_ps(rows[2] + i))));
        s3 = _mm512_add_pd(s3, _mm512_cvtps_pd(_mm256_mul_ps(x, _mm256_loadu_ps(rows[3] + i))));
    }
    double lanes[4][8];
    _mm512_storeu_pd(lanes[0], s0); _mm512_storeu_pd(lanes[1], s1);
    _mm512_storeu_pd(lanes[2], s2); _mm512_storeu_pd(lanes[3], s3);
    for (int row = 0; row < 4; row++) out[row] = ck_score_tail(lanes[row], q, rows[row], i, count);
}

static inline CK_AVX2 void ck_score4_avx2(const float *q, const float *const rows[4], size_t count, float *out) {
    __m256d low[4], high[4];
    for (int row = 0; row < 4; row++) low[row] = high[row] = _mm256_setzero_pd();
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 x = _mm256_loadu_ps(q + i);
        for (int row = 0; row < 4; row++) ck_score_step_avx2(&low[row], &high[row], x, rows[row] + i);
    }
    for (int row = 0; row < 4; row++) {
        double lanes[8];
        _mm256_storeu_pd(lanes, low[row]);
        _mm256_storeu_pd(lanes + 4, high[row]);
        out[row] = ck_score_tail(lanes, q, rows[row], i, count);
    }
}

static inline CK_AVX2 float ck_distance_avx2(const float *a, const float *b, size_t count) {
    __m256d low = _mm256_setzero_pd(), high = low;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i));
        __m256 product = _mm256_mul_ps(difference, difference);
        low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(product)));
        high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps(product, 1)));
    }
    double lanes[8];
    _mm256_storeu_pd(lanes, low);
    _mm256_storeu_pd(lanes + 4, high);
    return ck_distance_tail(lanes, a, b, i, count);
}

static inline CK_AVX512 float ck_distance_avx512(const float *a, const float *b, size_t count) {
    __m512d s0 = _mm512_setzero_pd();
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 difference = _mm256_sub_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i));
        s0 = _mm512_add_pd(s0, _mm512_cvtps_pd(_mm256_mul_ps(difference, difference)));
    }
    double lanes[8];
    _mm512_storeu_pd(lanes, s0);
    return ck_distance_tail(lanes, a, b, i, count);
}

// Sorted numbers

/// Eight at a time, from the end on: what stands at a place is the greater of what stood before it and the lesser of what
/// stood there and the new one. No place is looked for, so no branch is guessed wrong but the last.
static inline CK_AVX512 size_t ck_insert_avx512(uint64_t *values, size_t count, uint64_t value) {
    const __m512i added = _mm512_set1_epi64((long long)value);
    size_t first = count & ~(size_t)7;
    __m512i here = _mm512_mask_loadu_epi64(_mm512_set1_epi64(-1), (__mmask8)((1u << (count & 7)) - 1), values + first);
    for (;;) {
        const __m512i before = first ? _mm512_loadu_si512(values + first - 8) : _mm512_setzero_si512();
        const __mmask8 less = _mm512_cmplt_epu64_mask(here, added);
        if (less == 0xFF) return first + 8;
        _mm512_storeu_si512(values + first, _mm512_max_epu64(_mm512_alignr_epi64(here, before, 7), _mm512_min_epu64(here, added)));
        if (less || !first) return first + (size_t)__builtin_popcount(less);
        here = before;
        first -= 8;
    }
}

// Queries of codes

/// The same products and magnitudes, sixteen at a time.
static inline CK_AVX512 float ck_fold_query_avx512(const float *values, const float *mean, const float *steps,
                                                   size_t count, float *out) {
    const __m512i positive = _mm512_set1_epi32(0x7FFFFFFF);
    __m512i largest = _mm512_setzero_si512();
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 mask = count - i >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        __m512 value = _mm512_maskz_loadu_ps(mask, values + i);
        if (mean) value = _mm512_sub_ps(value, _mm512_maskz_loadu_ps(mask, mean + i));
        __m512 product = _mm512_mul_ps(value, _mm512_maskz_loadu_ps(mask, steps + i));
        largest = _mm512_max_epi32(largest, _mm512_and_si512(_mm512_castps_si512(product), positive));
        _mm512_mask_storeu_ps(out + i, mask, product);
    }
    int32_t bits = _mm512_reduce_max_epi32(largest);
    float result;
    __builtin_memcpy(&result, &bits, 4);
    return result;
}

/// The same codes, sixteen at a time: product and sum are rounded each for itself.
static inline CK_AVX512 int32_t ck_round_query_avx512(const float *values, float factor, size_t count, uint8_t flip,
                                                      uint8_t *out) {
    const __m512 factors = _mm512_set1_ps(factor), magic = _mm512_set1_ps(12582912.0f);
    const __m512i zero = _mm512_set1_epi32(0x4B400000), top = _mm512_set1_epi32(127), bottom = _mm512_set1_epi32(-127);
    const __m128i flips = _mm_set1_epi8((char)flip);
    __m512i sum = _mm512_setzero_si512();
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 mask = count - i >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        __m512 shifted = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, values + i), factors);
        shifted = _mm512_add_ps(shifted, magic);
        __m512i code = _mm512_sub_epi32(_mm512_castps_si512(shifted), zero);
        code = _mm512_max_epi32(_mm512_min_epi32(code, top), bottom);
        sum = _mm512_add_epi32(sum, code);
        _mm_mask_storeu_epi8(out + i, mask, _mm_xor_si128(_mm512_cvtepi32_epi8(code), flips));
    }
    return _mm512_reduce_add_epi32(sum);
}

// Codes of vectors

/// The largest magnitude, sixteen at a time.
static inline CK_AVX512 float ck_largest_magnitude_avx512(const float *values, size_t count) {
    const __m512i positive = _mm512_set1_epi32(0x7FFFFFFF);
    __m512i largest = _mm512_setzero_si512();
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 mask = count - i >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        __m512i value = _mm512_castps_si512(_mm512_maskz_loadu_ps(mask, values + i));
        largest = _mm512_max_epi32(largest, _mm512_and_si512(value, positive));
    }
    int32_t bits = _mm512_reduce_max_epi32(largest);
    float result;
    __builtin_memcpy(&result, &bits, 4);
    return result;
}

/// The same codes and squares, eight at a time; the squares are added one by one, in their order.
static inline CK_AVX512 int32_t ck_encode_row_avx512(const float *values, float scale, float inverse, size_t count,
                                                     uint8_t *out, double *squared_error) {
    const __m256 factors = _mm256_set1_ps(inverse), magic = _mm256_set1_ps(12582912.0f);
    const __m256i zero = _mm256_set1_epi32(0x4B400000), top = _mm256_set1_epi32(127), bottom = _mm256_set1_epi32(-127);
    const __m512d scales = _mm512_set1_pd((double)scale);
    __m256i sum = _mm256_setzero_si256();
    double total = *squared_error;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 value = _mm256_loadu_ps(values + i);
        __m256 shifted = _mm256_mul_ps(value, factors);
        shifted = _mm256_add_ps(shifted, magic);
        __m256i code = _mm256_sub_epi32(_mm256_castps_si256(shifted), zero);
        code = _mm256_max_epi32(_mm256_min_epi32(code, top), bottom);
        sum = _mm256_add_epi32(sum, code);
        _mm_storel_epi64((__m128i *)(out + i), _mm256_cvtepi32_epi8(_mm256_add_epi32(code, _mm256_set1_epi32(128))));
        // The product is exact: 24 bits by 7.
        __m512d difference = _mm512_sub_pd(_mm512_cvtps_pd(value), _mm512_mul_pd(scales, _mm512_cvtepi32_pd(code)));
        double squares[8];
        _mm512_storeu_pd(squares, _mm512_mul_pd(difference, difference));
        for (int lane = 0; lane < 8; lane++) total += squares[lane];
    }
    int32_t codes = ck_sum_epi32_avx2(sum);
    codes += ck_encode_row_portable(values + i, scale, inverse, count - i, out + i, &total);
    *squared_error = total;
    return codes;
}

#endif
