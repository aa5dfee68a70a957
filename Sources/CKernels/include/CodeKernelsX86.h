#pragma once
// Rows of codes on x86-64: bytes and half bytes, each by itself and four at once; and lists of rows.
#include "VectorKernelsX86.h"
#if defined(__x86_64__)

// Codes

/// Signed bytes: |a| x (b with a's sign). Pairs stay below 2 x 127 x 127 < 32,768, so nothing saturates.
CK_INLINE CK_AVX2 __m256i ck_code_step_avx2(__m256i sum, __m256i a, __m256i b) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

CK_INLINE CK_AVX2 __m256i ck_code_load_avx2(const uint8_t *codes) {
    return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)codes), _mm256_set1_epi8((char)0x80));
}

static inline CK_AVX2 int32_t ck_code_dot_avx2(const uint8_t *q, const uint8_t *row, size_t count) {
    __m256i s0 = _mm256_setzero_si256(), s1 = s0;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        s0 = ck_code_step_avx2(s0, ck_code_load_avx2(q + i), ck_code_load_avx2(row + i));
        s1 = ck_code_step_avx2(s1, ck_code_load_avx2(q + i + 32), ck_code_load_avx2(row + i + 32));
    }
    return ck_sum_epi32_avx2(_mm256_add_epi32(s0, s1)) + ck_code_dot_portable(q + i, row + i, count - i);
}

static inline CK_AVX2 void ck_code_dot4_avx2(const uint8_t *q, const uint8_t *const rows[4], size_t count,
                                             int32_t *out) {
    __m256i s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        __m256i x = ck_code_load_avx2(q + i);
        s0 = ck_code_step_avx2(s0, x, ck_code_load_avx2(rows[0] + i));
        s1 = ck_code_step_avx2(s1, x, ck_code_load_avx2(rows[1] + i));
        s2 = ck_code_step_avx2(s2, x, ck_code_load_avx2(rows[2] + i));
        s3 = ck_code_step_avx2(s3, x, ck_code_load_avx2(rows[3] + i));
    }
    _mm_storeu_si128((__m128i *)out, ck_sum4_epi32_avx2(s0, s1, s2, s3));
    if (i < count)
        for (int row = 0; row < 4; row++) out[row] += ck_code_dot_portable(q + i, rows[row] + i, count - i);
}

/// vpdpbusd of 32 bytes: rows stay as stored, the query is made signed.
static inline CK_AVXVNNI int32_t ck_code_dot_avxvnni(const uint8_t *q, int32_t query_sum, const uint8_t *row,
                                                     size_t count) {
    const __m256i flip = _mm256_set1_epi8((char)0x80);
    __m256i s0 = _mm256_setzero_si256(), s1 = s0;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        __m256i x0 = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(q + i)), flip);
        __m256i x1 = _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)(q + i + 32)), flip);
        s0 = _mm256_dpbusd_avx_epi32(s0, _mm256_loadu_si256((const __m256i *)(row + i)), x0);
        s1 = _mm256_dpbusd_avx_epi32(s1, _mm256_loadu_si256((const __m256i *)(row + i + 32)), x1);
    }
    int32_t sum = ck_sum_epi32_avx2(_mm256_add_epi32(s0, s1));
    for (; i < count; i++) sum += (int32_t)row[i] * ((int32_t)q[i] - 128);
    return sum - 128 * query_sum;
}

/// vpdpbusd multiplies unsigned by signed: rows stay as stored (byte = code + 128), the query is made signed, and
/// 128 x the sum of the query's codes is taken off at the end.
static inline CK_AVX512 int32_t ck_code_dot_avx512(const uint8_t *q, int32_t query_sum, const uint8_t *row,
                                                   size_t count) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i s0 = _mm512_setzero_si512(), s1 = s0;
    size_t i = 0;
    for (; i + 128 <= count; i += 128) {
        s0 = _mm512_dpbusd_epi32(s0, _mm512_loadu_si512(row + i), _mm512_xor_si512(_mm512_loadu_si512(q + i), flip));
        s1 = _mm512_dpbusd_epi32(s1, _mm512_loadu_si512(row + i + 64),
                                 _mm512_xor_si512(_mm512_loadu_si512(q + i + 64), flip));
    }
    for (; i < count; i += 64) {
        __mmask64 mask = count - i >= 64 ? ~0ull : (1ull << (count - i)) - 1;
        __m512i x = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, q + i), flip));
        s0 = _mm512_dpbusd_epi32(s0, _mm512_maskz_loadu_epi8(mask, row + i), x);
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(s0, s1)) - 128 * query_sum;
}

/// One sum per row, halves added first.
CK_INLINE CK_AVX512 __m128i ck_sum4_epi32_avx512(__m512i s0, __m512i s1, __m512i s2, __m512i s3) {
    __m256i h0 = _mm256_add_epi32(_mm512_castsi512_si256(s0), _mm512_extracti64x4_epi64(s0, 1));
    __m256i h1 = _mm256_add_epi32(_mm512_castsi512_si256(s1), _mm512_extracti64x4_epi64(s1, 1));
    __m256i h2 = _mm256_add_epi32(_mm512_castsi512_si256(s2), _mm512_extracti64x4_epi64(s2, 1));
    __m256i h3 = _mm256_add_epi32(_mm512_castsi512_si256(s3), _mm512_extracti64x4_epi64(s3, 1));
    return ck_sum4_epi32_avx2(h0, h1, h2, h3);
}

static inline CK_AVX512 void ck_code_dot4_avx512(const uint8_t *q, int32_t query_sum, const uint8_t *const rows[4],
                                             size_t count, int32_t *out) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        __m512i x = _mm512_xor_si512(_mm512_loadu_si512(q + i), flip);
        s0 = _mm512_dpbusd_epi32(s0, _mm512_loadu_si512(rows[0] + i), x);
        s1 = _mm512_dpbusd_epi32(s1, _mm512_loadu_si512(rows[1] + i), x);
        s2 = _mm512_dpbusd_epi32(s2, _mm512_loadu_si512(rows[2] + i), x);
        s3 = _mm512_dpbusd_epi32(s3, _mm512_loadu_si512(rows[3] + i), x);
    }
    if (i < count) {
        __mmask64 mask = (1ull << (count - i)) - 1;
        __m512i x = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, q + i), flip));
        s0 = _mm512_dpbusd_epi32(s0, _mm512_maskz_loadu_epi8(mask, rows[0] + i), x);
        s1 = _mm512_dpbusd_epi32(s1, _mm512_maskz_loadu_epi8(mask, rows[1] + i), x);
        s2 = _mm512_dpbusd_epi32(s2, _mm512_maskz_loadu_epi8(mask, rows[2] + i), x);
        s3 = _mm512_dpbusd_epi32(s3, _mm512_maskz_loadu_epi8(mask, rows[3] + i), x);
    }
    __m128i sums = _mm_sub_epi32(ck_sum4_epi32_avx512(s0, s1, s2, s3), _mm_set1_epi32(128 * query_sum));
    _mm_storeu_si128((__m128i *)out, sums);
}

// Nibbles

/// Four sums of pairs, each at most 2 x 15 x 127, make 15,240 at most: they are added as words.
CK_INLINE CK_AVX2 __m256i ck_nibble_step_avx2(__m256i sum, const uint8_t *row, const __m256i x[4]) {
    const __m256i mask = _mm256_set1_epi8(15);
    __m256i first = _mm256_loadu_si256((const __m256i *)row), second = _mm256_loadu_si256((const __m256i *)(row + 32));
    // The low halves go with components 0...63 of a chunk, the high ones with 64...127.
    __m256i p0 = _mm256_maddubs_epi16(_mm256_and_si256(first, mask), x[0]);
    __m256i p1 = _mm256_maddubs_epi16(_mm256_and_si256(second, mask), x[1]);
    __m256i p2 = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(first, 4), mask), x[2]);
    __m256i p3 = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(second, 4), mask), x[3]);
    __m256i pairs = _mm256_add_epi16(_mm256_add_epi16(p0, p1), _mm256_add_epi16(p2, p3));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

CK_INLINE CK_AVX2 void ck_nibble_query_avx2(const int8_t *q, __m256i x[4]) {
    for (int part = 0; part < 4; part++) x[part] = _mm256_loadu_si256((const __m256i *)(q + 32 * part));
}

static inline CK_AVX2 int32_t ck_nibble_dot_avx2(const int8_t *q, const uint8_t *row, size_t byte_count) {
    __m256i x[4], sum = _mm256_setzero_si256();
    for (size_t i = 0; i < byte_count; i += 64) {
        ck_nibble_query_avx2(q + 2 * i, x);
        sum = ck_nibble_step_avx2(sum, row + i, x);
    }
    return ck_sum_epi32_avx2(sum);
}

static inline CK_AVX2 void ck_nibble_dot4_avx2(const int8_t *q, const uint8_t *const rows[4], size_t byte_count,
                                               int32_t *out) {
    __m256i x[4], s0 = _mm256_setzero_si256(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < byte_count; i += 64) {
        ck_nibble_query_avx2(q + 2 * i, x);
        s0 = ck_nibble_step_avx2(s0, rows[0] + i, x);
        s1 = ck_nibble_step_avx2(s1, rows[1] + i, x);
        s2 = ck_nibble_step_avx2(s2, rows[2] + i, x);
        s3 = ck_nibble_step_avx2(s3, rows[3] + i, x);
    }
    _mm_storeu_si128((__m128i *)out, ck_sum4_epi32_avx2(s0, s1, s2, s3));
}

static inline CK_AVXVNNI int32_t ck_nibble_dot_avxvnni(const int8_t *q, const uint8_t *row, size_t byte_count) {
    const __m256i mask = _mm256_set1_epi8(15);
    __m256i s0 = _mm256_setzero_si256(), s1 = s0;
    for (size_t i = 0; i < byte_count; i += 32) {
        const int8_t *x = q + 2 * (i & ~(size_t)63) + (i & 32);
        __m256i bytes = _mm256_loadu_si256((const __m256i *)(row + i));
        s0 = _mm256_dpbusd_avx_epi32(s0, _mm256_and_si256(bytes, mask), _mm256_loadu_si256((const __m256i *)x));
        s1 = _mm256_dpbusd_avx_epi32(s1, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask),
                                     _mm256_loadu_si256((const __m256i *)(x + 64)));
    }
    return ck_sum_epi32_avx2(_mm256_add_epi32(s0, s1));
}

static inline CK_AVX512 int32_t ck_nibble_dot_avx512(const int8_t *q, const uint8_t *row, size_t byte_count) {
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i s0 = _mm512_setzero_si512(), s1 = s0;
    for (size_t i = 0; i < byte_count; i += 64) {
        __m512i bytes = _mm512_loadu_si512(row + i);
        s0 = _mm512_dpbusd_epi32(s0, _mm512_and_si512(bytes, mask), _mm512_loadu_si512(q + 2 * i));
        s1 = _mm512_dpbusd_epi32(s1, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask),
                                 _mm512_loadu_si512(q + 2 * i + 64));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(s0, s1));
}

/// Adds both halves of a chunk's products to a row's sum.
CK_INLINE CK_AVX512 __m512i ck_nibble_step_avx512(__m512i sum, const uint8_t *row, __m512i low, __m512i high) {
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i bytes = _mm512_loadu_si512(row);
    sum = _mm512_dpbusd_epi32(sum, _mm512_and_si512(bytes, mask), low);
    return _mm512_dpbusd_epi32(sum, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask), high);
}

static inline CK_AVX512 void ck_nibble_dot4_avx512(const int8_t *q, const uint8_t *const rows[4], size_t byte_count,
                                               int32_t *out) {
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < byte_count; i += 64) {
        __m512i low = _mm512_loadu_si512(q + 2 * i), high = _mm512_loadu_si512(q + 2 * i + 64);
        s0 = ck_nibble_step_avx512(s0, rows[0] + i, low, high);
        s1 = ck_nibble_step_avx512(s1, rows[1] + i, low, high);
        s2 = ck_nibble_step_avx512(s2, rows[2] + i, low, high);
        s3 = ck_nibble_step_avx512(s3, rows[3] + i, low, high);
    }
    _mm_storeu_si128((__m128i *)out, ck_sum4_epi32_avx512(s0, s1, s2, s3));
}

// Lists of rows

/// The body of a loop over a list: each row is asked for `ahead` entries before it is read, but for rows that are under
/// way already (`asked`); four are multiplied at once.
#define CK_FOR_LIST(type, ahead, prefetch, byte_count, four, one)                                                      \
    for (size_t next = 0; !asked && next < row_count && next < (ahead); next++)                                        \
        prefetch(base + list[next] * stride, byte_count);                                                              \
    size_t row = 0;                                                                                                    \
    for (; row + 4 <= row_count; row += 4) {                                                                           \
        for (size_t next = row + (ahead); !asked && next < row_count && next < row + (ahead) + 4; next++)              \
            prefetch(base + list[next] * stride, byte_count);                                                          \
        const type *rows[4] = {base + list[row] * stride, base + list[row + 1] * stride,                               \
                               base + list[row + 2] * stride, base + list[row + 3] * stride};                          \
        four;                                                                                                          \
    }                                                                                                                  \
    for (; row < row_count; row++) {                                                                                   \
        const type *only = base + list[row] * stride;                                                                  \
        out[row] = one;                                                                                                \
    }

static inline CK_WHOLE_AVX512 void ck_dots_at_avx512(const float *q, const float *base, size_t stride, const uint32_t *list,
                                               size_t row_count, size_t count, float *out) {
    enum { asked = 0 };
    CK_FOR_LIST(float, 8, ck_prefetch_row, count * 4, ck_dot4_avx512(q, rows, count, out + row),
                ck_dot_avx512(q, only, count))
}

static inline CK_WHOLE_AVX512 void ck_code_dots_at_avx512(const uint8_t *q, int32_t query_sum, const uint8_t *base,
                                                    size_t stride, const uint32_t *list, size_t row_count,
                                                    size_t count, int32_t asked, int32_t *out) {
    CK_FOR_LIST(uint8_t, 16, ck_prefetch_codes, count, ck_code_dot4_avx512(q, query_sum, rows, count, out + row),
                ck_code_dot_avx512(q, query_sum, only, count))
}

static inline CK_WHOLE_AVX512 void ck_nibble_dots_at_avx512(const int8_t *q, const uint8_t *base, size_t stride,
                                                      const uint32_t *list, size_t row_count, int32_t asked,
                                                      int32_t *out) {
    CK_FOR_LIST(uint8_t, 16, ck_prefetch_codes, stride, ck_nibble_dot4_avx512(q, rows, stride, out + row),
                ck_nibble_dot_avx512(q, only, stride))
}

static inline CK_WHOLE_AVX2 void ck_code_dots_at_avx2(const uint8_t *q, const uint8_t *base, size_t stride,
                                                      const uint32_t *list, size_t row_count, size_t count,
                                                      int32_t asked, int32_t *out) {
    CK_FOR_LIST(uint8_t, 16, ck_prefetch_codes, count, ck_code_dot4_avx2(q, rows, count, out + row),
                ck_code_dot_avx2(q, only, count))
}

static inline CK_WHOLE_AVX2 void ck_nibble_dots_at_avx2(const int8_t *q, const uint8_t *base, size_t stride,
                                                        const uint32_t *list, size_t row_count, int32_t asked,
                                                        int32_t *out) {
    CK_FOR_LIST(uint8_t, 16, ck_prefetch_codes, stride, ck_nibble_dot4_avx2(q, rows, stride, out + row),
                ck_nibble_dot_avx2(q, only, stride))
}
#endif
