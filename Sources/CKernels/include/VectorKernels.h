#pragma once
// Inner products for search, one variant per CPU level. `level` is what ck_vector_level() answered, or a lower one.
//
// Codes are bytes that stand for (byte - 128), in -127...127. Their products are exact integers, equal on every level.
// ck_score sums Float products as Double in eight lanes, in one order on every level: bit-equal everywhere (a product
// rounded to Float before it is widened leaves a compiler nothing to fuse). ck_dot is the fast one; its last bits
// depend on the level.
#include <stddef.h>
#include <stdint.h>

#define CK_LEVEL_PORTABLE 0
#define CK_LEVEL_AVX2 1
#define CK_LEVEL_AVX512 2

#define CK_INLINE static inline __attribute__((always_inline))

/// Asks for the cache line at `address`, to be read soon.
CK_INLINE void ck_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Asks for the first `byte_count` bytes at `address`.
CK_INLINE void ck_prefetch_bytes(const void *address, size_t byte_count) {
    for (size_t offset = 0; offset < byte_count; offset += 64)
        __builtin_prefetch((const char *)address + offset, 0, 3);
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

static inline int32_t ck_code_dot_portable(const uint8_t *a, const uint8_t *b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += ((int32_t)a[i] - 128) * ((int32_t)b[i] - 128);
    return sum;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define CK_AVX2 __attribute__((target("avx2,fma")))
#define CK_AVX512 __attribute__((target("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))

static inline int32_t ck_vector_level(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return CK_LEVEL_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return CK_LEVEL_AVX2;
    return CK_LEVEL_PORTABLE;
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

static inline CK_AVX512 void ck_dot4_avx512(const float *q, const float *const rows[4], size_t count, float *out) {
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 mask = count - i >= 16 ? 0xFFFF : (__mmask16)((1u << (count - i)) - 1);
        __m512 x = _mm512_maskz_loadu_ps(mask, q + i);
        s0 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[0] + i), x, s0);
        s1 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[1] + i), x, s1);
        s2 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[2] + i), x, s2);
        s3 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(mask, rows[3] + i), x, s3);
    }
    out[0] = _mm512_reduce_add_ps(s0); out[1] = _mm512_reduce_add_ps(s1);
    out[2] = _mm512_reduce_add_ps(s2); out[3] = _mm512_reduce_add_ps(s3);
}

// Float, fixed order

/// The last 1...7 components, each into its own lane.
CK_INLINE float ck_score_tail(double *lanes, const float *a, const float *b, size_t from, size_t count) {
    for (size_t i = from; i < count; i++) {
        float product = a[i] * b[i];
        lanes[i & 7] += (double)product;
    }
    return ck_sum_lanes(lanes);
}

static inline CK_AVX2 float ck_score_avx2(const float *a, const float *b, size_t count) {
    __m256d low = _mm256_setzero_pd(), high = low;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 product = _mm256_mul_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i));
        low = _mm256_add_pd(low, _mm256_cvtps_pd(_mm256_castps256_ps128(product)));
        high = _mm256_add_pd(high, _mm256_cvtps_pd(_mm256_extractf128_ps(product, 1)));
    }
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
    for (int row = 0; row < 4; row++) out[row] = ck_score_avx2(q, rows[row], count);
}

// Codes

/// Signed bytes: |a| x (b with a's sign). Pairs stay below 2 x 127 x 127 < 32,768, so nothing saturates.
CK_INLINE CK_AVX2 __m256i ck_code_step_avx2(__m256i sum, __m256i a, __m256i b) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

CK_INLINE CK_AVX2 __m256i ck_code_load_avx2(const uint8_t *codes) {
    return _mm256_xor_si256(_mm256_loadu_si256((const __m256i *)codes), _mm256_set1_epi8((char)0x80));
}

CK_INLINE CK_AVX2 int32_t ck_sum_epi32_avx2(__m256i v) {
    __m128i quad = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    quad = _mm_add_epi32(quad, _mm_shuffle_epi32(quad, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(quad, _mm_shuffle_epi32(quad, 0xB1)));
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
    out[0] = ck_sum_epi32_avx2(s0); out[1] = ck_sum_epi32_avx2(s1);
    out[2] = ck_sum_epi32_avx2(s2); out[3] = ck_sum_epi32_avx2(s3);
    if (i < count)
        for (int row = 0; row < 4; row++) out[row] += ck_code_dot_portable(q + i, rows[row] + i, count - i);
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

/// One sum per row: halves added, then two horizontal adds do all four rows together.
CK_INLINE CK_AVX512 __m128i ck_sum4_epi32_avx512(__m512i s0, __m512i s1, __m512i s2, __m512i s3) {
    __m256i h0 = _mm256_add_epi32(_mm512_castsi512_si256(s0), _mm512_extracti64x4_epi64(s0, 1));
    __m256i h1 = _mm256_add_epi32(_mm512_castsi512_si256(s1), _mm512_extracti64x4_epi64(s1, 1));
    __m256i h2 = _mm256_add_epi32(_mm512_castsi512_si256(s2), _mm512_extracti64x4_epi64(s2, 1));
    __m256i h3 = _mm256_add_epi32(_mm512_castsi512_si256(s3), _mm512_extracti64x4_epi64(s3, 1));
    __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(h0, h1), _mm256_hadd_epi32(h2, h3));
    return _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
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

#else

static inline int32_t ck_vector_level(void) { return CK_LEVEL_PORTABLE; }

#endif

// Dispatch

/// The inner product, fast.
static inline float ck_dot(int32_t level, const float *a, const float *b, size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_dot_avx512(a, b, count);
    if (level == CK_LEVEL_AVX2) return ck_dot_avx2(a, b, count);
#endif
    return ck_dot_portable(a, b, count);
}

/// The inner products of `q` with four rows, fast.
static inline void ck_dot4(int32_t level, const float *q, const float *const rows[4], size_t count, float *out) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) { ck_dot4_avx512(q, rows, count, out); return; }
    if (level == CK_LEVEL_AVX2) { ck_dot4_avx2(q, rows, count, out); return; }
#endif
    for (int row = 0; row < 4; row++) out[row] = ck_dot_portable(q, rows[row], count);
}

/// The inner product in the fixed order.
static inline float ck_score(int32_t level, const float *a, const float *b, size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_score_avx512(a, b, count);
    if (level == CK_LEVEL_AVX2) return ck_score_avx2(a, b, count);
#endif
    return ck_score_portable(a, b, count);
}

/// Fixed-order inner products of `q` with `row_count` rows, given by their addresses.
static inline void ck_scores(int32_t level, const float *q, const float *const *rows, size_t row_count, size_t count,
                             float *out) {
    // The first lines are asked for; the hardware follows the stream from there.
    const size_t head = count < 128 ? count * 4 : 512;
    size_t row = 0;
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX2) {
        for (size_t ahead = 0; ahead < row_count && ahead < 4; ahead++) ck_prefetch_bytes(rows[ahead], head);
        for (; row + 4 <= row_count; row += 4) {
            for (size_t ahead = row + 4; ahead < row_count && ahead < row + 8; ahead++)
                ck_prefetch_bytes(rows[ahead], head);
            if (level >= CK_LEVEL_AVX512) ck_score4_avx512(q, rows + row, count, out + row);
            else ck_score4_avx2(q, rows + row, count, out + row);
        }
    }
#endif
    for (; row < row_count; row++) out[row] = ck_score(level, q, rows[row], count);
}

/// The exact integer inner product of two code rows; `query_sum` is the sum of q's codes (byte - 128).
static inline int32_t ck_code_dot(int32_t level, const uint8_t *q, int32_t query_sum, const uint8_t *row,
                                  size_t count) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX512) return ck_code_dot_avx512(q, query_sum, row, count);
    if (level == CK_LEVEL_AVX2) return ck_code_dot_avx2(q, row, count);
#endif
    (void)query_sum;
    return ck_code_dot_portable(q, row, count);
}

/// Four consecutive entries of a row list (or four consecutive rows where there is no list).
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

/// The same for the rows listed in `list`, asking for each row 8 entries before it is read.
static inline void ck_code_dots_at(int32_t level, const uint8_t *q, int32_t query_sum, const uint8_t *base,
                                   size_t stride, const uint32_t *list, size_t row_count, size_t count, int32_t *out) {
    enum { distance = 8 };
    for (size_t ahead = 0; ahead < row_count && ahead < distance; ahead++)
        ck_prefetch_bytes(base + list[ahead] * stride, count);
    size_t row = 0;
    for (; row + 4 <= row_count; row += 4) {
        for (size_t ahead = row + distance; ahead < row_count && ahead < row + distance + 4; ahead++)
            ck_prefetch_bytes(base + list[ahead] * stride, count);
        const uint8_t *rows[4] = {base + list[row] * stride, base + list[row + 1] * stride,
                                  base + list[row + 2] * stride, base + list[row + 3] * stride};
        ck_code_dot4(level, q, query_sum, rows, count, out + row);
    }
    for (; row < row_count; row++) out[row] = ck_code_dot(level, q, query_sum, base + list[row] * stride, count);
}
