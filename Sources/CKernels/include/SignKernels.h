#pragma once
// Rows of one bit per component, one variant per CPU level.
//
// The bit of component c is bit c % 8 of byte c / 8. A sum is that of the bytes of a query whose components have their bit
// set: an exact integer, equal on every level.
#include "VectorKernels.h"

static inline void ck_sign_row_portable(const float *values, const float *means, size_t count, uint8_t *row) {
    for (size_t i = 0; i < count; i++) row[i / 8] |= (uint8_t)((values[i] >= means[i] ? 1 : 0) << (i % 8));
}

static inline int32_t ck_sign_sum_portable(const int8_t *q, const uint8_t *row, size_t byte_count) {
    int32_t sum = 0;
    for (size_t i = 0; i < byte_count; i++)
        for (size_t bit = 0; bit < 8; bit++) sum += -(int32_t)(row[i] >> bit & 1) & q[8 * i + bit];
    return sum;
}

#if defined(__aarch64__)
static inline int32_t ck_sign_sum_neon(const int8_t *q, const uint8_t *row, size_t byte_count) {
    static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bits = vld1q_u8(places);
    int32x4_t sum = vdupq_n_s32(0);
    for (size_t i = 0; i < byte_count; i += 2) {
        uint8x16_t both = vcombine_u8(vdup_n_u8(row[i]), vdup_n_u8(row[i + 1]));
        int8x16_t taken = vandq_s8(vreinterpretq_s8_u8(vtstq_u8(both, bits)), vld1q_s8(q + 8 * i));
        sum = vpadalq_s16(sum, vpaddlq_s8(taken));
    }
    return vaddvq_s32(sum);
}
#endif

#if defined(__x86_64__)
static inline CK_AVX2 void ck_sign_row_avx2(const float *values, const float *means, size_t count, uint8_t *row) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 above = _mm256_cmp_ps(_mm256_loadu_ps(values + i), _mm256_loadu_ps(means + i), _CMP_GE_OQ);
        row[i / 8] = (uint8_t)_mm256_movemask_ps(above);
    }
    ck_sign_row_portable(values + i, means + i, count - i, row + i / 8);
}

/// 1 for each of 32 components whose bit is set: each byte of bits is spread over eight places, and each place asks for
/// its own bit.
CK_INLINE CK_AVX2 __m256i ck_sign_bits_avx2(const uint8_t *row) {
    const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3,
                                            3, 3, 3, 3, 3, 3);
    const __m256i places = _mm256_set1_epi64x((long long)0x8040201008040201ull);
    int32_t four;
    __builtin_memcpy(&four, row, 4);
    __m256i bits = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(four), spread), places);
    return _mm256_min_epu8(bits, _mm256_set1_epi8(1));
}

/// Adds pairs of 64 components, as words: at most 508 a step.
CK_INLINE CK_AVX2 __m256i ck_sign_step_avx2(__m256i words, const uint8_t *row, __m256i x, __m256i y) {
    return _mm256_add_epi16(words, _mm256_add_epi16(_mm256_maddubs_epi16(ck_sign_bits_avx2(row), x),
                                                    _mm256_maddubs_epi16(ck_sign_bits_avx2(row + 4), y)));
}

/// Bytes of a row after which words are widened: 64 steps x 508 = 32,512.
enum { ck_sign_span = 512 };

static inline CK_AVX2 int32_t ck_sign_sum_avx2(const int8_t *q, const uint8_t *row, size_t byte_count) {
    __m256i sum = _mm256_setzero_si256();
    for (size_t i = 0; i < byte_count;) {
        const size_t end = byte_count - i > ck_sign_span ? i + ck_sign_span : byte_count;
        __m256i words = _mm256_setzero_si256();
        for (; i < end; i += 8)
            words = ck_sign_step_avx2(words, row + i, _mm256_loadu_si256((const __m256i *)(q + 8 * i)),
                                      _mm256_loadu_si256((const __m256i *)(q + 8 * i + 32)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
    }
    return ck_sum_epi32_avx2(sum);
}

/// Four rows at once: more of them are on their way from memory than of one after the other.
static inline CK_AVX2 void ck_sign_sum4_avx2(const int8_t *q, const uint8_t *const rows[4], size_t byte_count,
                                             int32_t *out) {
    __m256i sums[4];
    for (int row = 0; row < 4; row++) sums[row] = _mm256_setzero_si256();
    for (size_t i = 0; i < byte_count;) {
        const size_t end = byte_count - i > ck_sign_span ? i + ck_sign_span : byte_count;
        __m256i w0 = _mm256_setzero_si256(), w1 = w0, w2 = w0, w3 = w0;
        for (; i < end; i += 8) {
            __m256i x = _mm256_loadu_si256((const __m256i *)(q + 8 * i));
            __m256i y = _mm256_loadu_si256((const __m256i *)(q + 8 * i + 32));
            w0 = ck_sign_step_avx2(w0, rows[0] + i, x, y);
            w1 = ck_sign_step_avx2(w1, rows[1] + i, x, y);
            w2 = ck_sign_step_avx2(w2, rows[2] + i, x, y);
            w3 = ck_sign_step_avx2(w3, rows[3] + i, x, y);
        }
        const __m256i words[4] = {w0, w1, w2, w3};
        for (int row = 0; row < 4; row++)
            sums[row] = _mm256_add_epi32(sums[row], _mm256_madd_epi16(words[row], _mm256_set1_epi16(1)));
    }
    _mm_storeu_si128((__m128i *)out, ck_sum4_epi32_avx2(sums[0], sums[1], sums[2], sums[3]));
}

static inline CK_WHOLE_AVX2 void ck_sign_sums_at_avx2(const int8_t *q, const uint8_t *base, size_t stride,
                                                      const uint32_t *list, size_t row_count, size_t byte_count,
                                                      int32_t *out) {
    enum { asked = 1 };
    CK_FOR_LIST(uint8_t, 0, ck_prefetch_codes, byte_count, ck_sign_sum4_avx2(q, rows, byte_count, out + row),
                ck_sign_sum_avx2(q, only, byte_count))
}

/// 64 bits are the mask by which the query's bytes are taken.
CK_INLINE CK_AVX512 __m512i ck_sign_step_avx512(__m512i sum, const uint8_t *row, __m512i x) {
    uint64_t mask;
    __builtin_memcpy(&mask, row, 8);
    return _mm512_dpbusd_epi32(sum, _mm512_set1_epi8(1), _mm512_maskz_mov_epi8((__mmask64)mask, x));
}

static inline CK_AVX512 int32_t ck_sign_sum_avx512(const int8_t *q, const uint8_t *row, size_t byte_count) {
    __m512i s0 = _mm512_setzero_si512(), s1 = s0;
    for (size_t i = 0; i < byte_count; i += 16) {
        s0 = ck_sign_step_avx512(s0, row + i, _mm512_loadu_si512(q + 8 * i));
        s1 = ck_sign_step_avx512(s1, row + i + 8, _mm512_loadu_si512(q + 8 * i + 64));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(s0, s1));
}

static inline CK_AVX512 void ck_sign_sum4_avx512(const int8_t *q, const uint8_t *const rows[4], size_t byte_count,
                                                 int32_t *out) {
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < byte_count; i += 8) {
        __m512i x = _mm512_loadu_si512(q + 8 * i);
        s0 = ck_sign_step_avx512(s0, rows[0] + i, x);
        s1 = ck_sign_step_avx512(s1, rows[1] + i, x);
        s2 = ck_sign_step_avx512(s2, rows[2] + i, x);
        s3 = ck_sign_step_avx512(s3, rows[3] + i, x);
    }
    _mm_storeu_si128((__m128i *)out, ck_sum4_epi32_avx512(s0, s1, s2, s3));
}

static inline CK_WHOLE_AVX512 void ck_sign_sums_at_avx512(const int8_t *q, const uint8_t *base, size_t stride,
                                                          const uint32_t *list, size_t row_count, size_t byte_count,
                                                          int32_t *out) {
    enum { asked = 1 };
    CK_FOR_LIST(uint8_t, 0, ck_prefetch_codes, byte_count, ck_sign_sum4_avx512(q, rows, byte_count, out + row),
                ck_sign_sum_avx512(q, only, byte_count))
}
#endif

// Dispatch

/// Sets the bits of those of `count` values that are at least their means in a row of zeros.
static inline void ck_sign_row(int32_t level, const float *values, const float *means, size_t count, uint8_t *row) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX2) { ck_sign_row_avx2(values, means, count, row); return; }
#endif
    (void)level;
    ck_sign_row_portable(values, means, count, row);
}

/// The sums of the rows listed in `list`, `stride` bytes apart, which memory was asked for before; `byte_count` is a
/// multiple of 16.
static inline void ck_sign_sums_at(int32_t level, const int8_t *q, const uint8_t *base, size_t stride,
                                   const uint32_t *list, size_t row_count, size_t byte_count, int32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_sign_sums_at_avx512(q, base, stride, list, row_count, byte_count, out); return; }
    if (level >= CK_LEVEL_AVX2) { ck_sign_sums_at_avx2(q, base, stride, list, row_count, byte_count, out); return; }
#endif
    for (size_t row = 0; row < row_count; row++) {
        const uint8_t *bits = base + list[row] * stride;
#if defined(__aarch64__)
        if (level >= CK_LEVEL_NEON) { out[row] = ck_sign_sum_neon(q, bits, byte_count); continue; }
#endif
        (void)level;
        out[row] = ck_sign_sum_portable(q, bits, byte_count);
    }
}
