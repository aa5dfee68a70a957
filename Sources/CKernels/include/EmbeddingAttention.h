// Attention in 16-bit integers: exact sums, so the same bits at every level, and two products an instruction.
//
// Queries and keys are coded to 13 bits and a sign: 32 x 8,191 x 8,191 just fits an int32. Probabilities of a row sum to
// 32,767 and values are coded to 15 bits and a sign, so their products cannot overflow either. Both are far finer than
// the 8-bit codes around them.
#pragma once
#include "EmbeddingKernels.h"

// Dimensions of a head; a pair is two neighbouring int16 of one sum.
enum { EMBEDDING_HEAD = 32, EMBEDDING_HEAD_PAIRS = 16 };

/// Room for one text of `capacity` tokens, a multiple of 32; the caller owns it.
struct embedding_attention_scratch {
    size_t capacity;
    /// [capacity x 32]
    int16_t *queries;
    /// [capacity / 32][16 pairs][32 keys][2]
    int16_t *keys;
    /// [capacity / 2][32 dimensions][2]
    int16_t *values;
    /// [capacity] each
    float *query_scales;
    float *key_scales;
    /// [12 x capacity]
    float *scores;
    /// [12 x capacity]
    int16_t *weights;
};

EMBEDDING_INLINE float embedding_code_head(const embedding_floats *low, const embedding_floats *high, int16_t *codes) {
    EMBEDDING_EXACT
    const float range = 8191.0f;
    embedding_floats low_size = __builtin_elementwise_abs(*low), high_size = __builtin_elementwise_abs(*high);
    embedding_floats peaks = low_size > high_size ? low_size : high_size;
    float peak = embedding_largest(&peaks);
    float inverse = peak > 0.0f ? range / peak : 0.0f;
    embedding_floats scaled = *low * inverse;
    embedding_ints code;
    embedding_round(&scaled, &code);
    *(embedding_shorts *)codes = __builtin_convertvector(code, embedding_shorts);
    scaled = *high * inverse;
    embedding_round(&scaled, &code);
    *(embedding_shorts *)(codes + 16) = __builtin_convertvector(code, embedding_shorts);
    return peak / range;
}

EMBEDDING_INLINE void embedding_code_queries(
    const struct embedding_attention_scratch *scratch, const float *queries, size_t stride, const float *bias,
    size_t tokens
) {
    EMBEDDING_EXACT
    const float factor = 0.17677669529663687f;  // 1 / sqrt(32)
    for (size_t token = 0; token < tokens; token++) {
        const float *query = queries + token * stride;
        embedding_floats low = *(const embedding_floats *)query + *(const embedding_floats *)bias;
        embedding_floats high = *(const embedding_floats *)(query + 16) + *(const embedding_floats *)(bias + 16);
        low *= factor;
        high *= factor;
        scratch->query_scales[token] = embedding_code_head(&low, &high, scratch->queries + token * EMBEDDING_HEAD);
    }
}

EMBEDDING_INLINE void embedding_code_keys(
    const struct embedding_attention_scratch *scratch, const float *keys, size_t stride, size_t tokens, size_t padded
) {
    for (size_t token = 0; token < padded; token++) {
        int16_t codes[EMBEDDING_HEAD] = {0};
        scratch->key_scales[token] = 0.0f;
        if (token < tokens) {
            const embedding_floats *key = (const embedding_floats *)(keys + token * stride);
            scratch->key_scales[token] = embedding_code_head(key, key + 1, codes);
        }
        int16_t *panel = scratch->keys + (token / 32) * 32 * EMBEDDING_HEAD + (token % 32) * 2;
        for (int pair = 0; pair < EMBEDDING_HEAD_PAIRS; pair++) memcpy(panel + pair * 64, codes + pair * 2, 4);
    }
}

/// Codes the values of a head, one scale a dimension; returns the scales in `scales` [32].
EMBEDDING_INLINE void embedding_code_values(
    const struct embedding_attention_scratch *scratch, const float *values, size_t stride, const float *bias,
    size_t tokens, float *scales
) {
    EMBEDDING_EXACT
    const float range = 32767.0f;
    for (int half = 0; half < EMBEDDING_HEAD; half += 16) {
        const embedding_floats shift = *(const embedding_floats *)(bias + half);
        embedding_floats peaks = 0.0f;
        for (size_t token = 0; token < tokens; token++) {
            embedding_floats value = *(const embedding_floats *)(values + token * stride + half) + shift;
            embedding_floats magnitude = __builtin_elementwise_abs(value);
            peaks = magnitude > peaks ? magnitude : peaks;
        }
        *(embedding_floats *)(scales + half) = peaks / range;
        const embedding_floats smallest = 1e-30f;
        embedding_floats inverses = range / (peaks > smallest ? peaks : smallest);
        for (size_t token = 0; token < tokens; token += 2) {
            embedding_floats first = *(const embedding_floats *)(values + token * stride + half) + shift;
            embedding_floats second = 0.0f;
            if (token + 1 < tokens) second = *(const embedding_floats *)(values + (token + 1) * stride + half) + shift;
            first *= inverses;
            second *= inverses;
            embedding_ints low, high;
            embedding_round(&first, &low);
            embedding_round(&second, &high);
            // Two int16 side by side, the first in the low half.
            int16_t *pairs = scratch->values + token * EMBEDDING_HEAD + half * 2;
            *(embedding_ints *)pairs = (low & 0xFFFF) | (high << 16);
        }
    }
}

#if defined(__x86_64__)
EMBEDDING_TARGET_AVX512 EMBEDDING_INLINE void embedding_pairs_tile_avx512(
    const int rows, float *out, size_t out_stride, const int16_t *left, size_t left_stride, const float *row_scales,
    size_t pairs, const int16_t *panel, const float *scales
) {
    EMBEDDING_EXACT
    __m512i low[EMBEDDING_TILE_ROWS], high[EMBEDDING_TILE_ROWS];
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) low[row] = high[row] = _mm512_setzero_si512();
    for (size_t pair = 0; pair < pairs; pair++, panel += 64) {
        __m512i low_right = _mm512_loadu_si512(panel);
        __m512i high_right = _mm512_loadu_si512(panel + 32);
        EMBEDDING_UNROLL
        for (int row = 0; row < rows; row++) {
            int32_t two;
            memcpy(&two, left + row * left_stride + pair * 2, 4);
            __m512i inputs = _mm512_set1_epi32(two);
            low[row] = _mm512_dpwssd_epi32(low[row], inputs, low_right);
            high[row] = _mm512_dpwssd_epi32(high[row], inputs, high_right);
        }
    }
    __m512 low_scales = _mm512_loadu_ps(scales);
    __m512 high_scales = _mm512_loadu_ps(scales + 16);
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) {
        __m512 scale = _mm512_set1_ps(row_scales[row]);
        __m512 low_sum = _mm512_mul_ps(_mm512_cvtepi32_ps(low[row]), low_scales);
        __m512 high_sum = _mm512_mul_ps(_mm512_cvtepi32_ps(high[row]), high_scales);
        _mm512_storeu_ps(out + row * out_stride, _mm512_mul_ps(low_sum, scale));
        _mm512_storeu_ps(out + row * out_stride + 16, _mm512_mul_ps(high_sum, scale));
    }
}

/// Half a panel, 16 columns.
EMBEDDING_TARGET_AVX2 EMBEDDING_INLINE void embedding_pairs_tile_avx2(
    const int rows, float *out, size_t out_stride, const int16_t *left, size_t left_stride, const float *row_scales,
    size_t pairs, const int16_t *panel, const float *scales
) {
    EMBEDDING_EXACT
    __m256i low[4], high[4];
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) low[row] = high[row] = _mm256_setzero_si256();
    for (size_t pair = 0; pair < pairs; pair++, panel += 64) {
        __m256i low_right = _mm256_loadu_si256((const __m256i *)panel);
        __m256i high_right = _mm256_loadu_si256((const __m256i *)(panel + 16));
        EMBEDDING_UNROLL
        for (int row = 0; row < rows; row++) {
            int32_t two;
            memcpy(&two, left + row * left_stride + pair * 2, 4);
            __m256i inputs = _mm256_set1_epi32(two);
            low[row] = _mm256_add_epi32(low[row], _mm256_madd_epi16(inputs, low_right));
            high[row] = _mm256_add_epi32(high[row], _mm256_madd_epi16(inputs, high_right));
        }
    }
    __m256 low_scales = _mm256_loadu_ps(scales);
    __m256 high_scales = _mm256_loadu_ps(scales + 8);
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) {
        __m256 scale = _mm256_set1_ps(row_scales[row]);
        __m256 low_sum = _mm256_mul_ps(_mm256_cvtepi32_ps(low[row]), low_scales);
        __m256 high_sum = _mm256_mul_ps(_mm256_cvtepi32_ps(high[row]), high_scales);
        _mm256_storeu_ps(out + row * out_stride, _mm256_mul_ps(low_sum, scale));
        _mm256_storeu_ps(out + row * out_stride + 8, _mm256_mul_ps(high_sum, scale));
    }
}

EMBEDDING_TARGET_AVX512 static inline void embedding_pairs_avx512(
    float *out, size_t out_stride, const int16_t *left, size_t left_stride, const float *row_scales, size_t rows,
    size_t pairs, const int16_t *panel, const float *scales
) {
#define EMBEDDING_TILE(count)                                                                                          \
    embedding_pairs_tile_avx512(count, out, out_stride, left, left_stride, row_scales, pairs, panel, scales)
    EMBEDDING_ROWS_UP_TO_12(rows, EMBEDDING_TILE)
#undef EMBEDDING_TILE
}

EMBEDDING_TARGET_AVX2 static inline void embedding_pairs_avx2(
    float *out, size_t out_stride, const int16_t *left, size_t left_stride, const float *row_scales, size_t rows,
    size_t pairs, const int16_t *panel, const float *scales
) {
    for (size_t half = 0; half < EMBEDDING_TILE_COLUMNS; half += 16) {
        for (size_t row = 0; row < rows; row += 4) {
#define EMBEDDING_TILE(count)                                                                                          \
    embedding_pairs_tile_avx2(                                                                                         \
        count, out + row * out_stride + half, out_stride, left + row * left_stride, left_stride, row_scales + row,     \
        pairs, panel + half * 2, scales + half                                                                         \
    )
            EMBEDDING_ROWS_UP_TO_4(rows - row, EMBEDDING_TILE)
#undef EMBEDDING_TILE
        }
    }
}
#endif

EMBEDDING_INLINE void embedding_pairs_portable(
    float *out, size_t out_stride, const int16_t *left, size_t left_stride, const float *row_scales, size_t rows,
    size_t pairs, const int16_t *panel, const float *scales
) {
    EMBEDDING_EXACT
    for (size_t row = 0; row < rows; row++) {
        int32_t sums[EMBEDDING_TILE_COLUMNS] = {0};
        for (size_t pair = 0; pair < pairs; pair++) {
            const int16_t *right = panel + pair * 64;
            const int16_t a = left[row * left_stride + pair * 2], b = left[row * left_stride + pair * 2 + 1];
            for (int j = 0; j < EMBEDDING_TILE_COLUMNS; j++) sums[j] += a * right[2 * j] + b * right[2 * j + 1];
        }
        float *result = out + row * out_stride;
        for (int j = 0; j < EMBEDDING_TILE_COLUMNS; j++) result[j] = (float)sums[j] * scales[j] * row_scales[row];
    }
}

/// out [rows x 32] = left [rows x 2 pairs] times one panel [pairs][32][2], by both scales; at most 12 rows.
#if defined(__x86_64__)
#define EMBEDDING_PAIRS(level, ...)                                                                                    \
    do {                                                                                                               \
        if ((level) == EMBEDDING_LEVEL_AVX512_VNNI) embedding_pairs_avx512(__VA_ARGS__);                               \
        else if ((level) == EMBEDDING_LEVEL_AVX2) embedding_pairs_avx2(__VA_ARGS__);                                   \
        else embedding_pairs_portable(__VA_ARGS__);                                                                    \
    } while (0)
#else
#define EMBEDDING_PAIRS(level, ...) embedding_pairs_portable(__VA_ARGS__)
#endif

/// Turns one row of scores [padded] into weights that sum to about 32,767; returns one over their sum.
EMBEDDING_INLINE float embedding_softmax_row(float *scores, int16_t *weights, size_t tokens, size_t padded) {
    EMBEDDING_EXACT
    for (size_t token = tokens; token < padded; token++) scores[token] = -1e30f;
    embedding_floats peaks = -1e30f;
    for (size_t i = 0; i < padded; i += 16) {
        embedding_floats score = *(embedding_floats *)(scores + i);
        peaks = score > peaks ? score : peaks;
    }
    const float peak = embedding_largest(&peaks);
    embedding_floats totals = 0.0f;
    for (size_t i = 0; i < padded; i += 16) {
        embedding_floats score = *(embedding_floats *)(scores + i) - peak;
        embedding_exp(&score);
        *(embedding_floats *)(scores + i) = score;
        totals += score;
    }
    const float factor = 32767.0f / embedding_sum(&totals);
    embedding_ints sum = 0;
    for (size_t i = 0; i < padded; i += 16) {
        embedding_floats weight = *(embedding_floats *)(scores + i) * factor;
        embedding_ints code;
        embedding_round(&weight, &code);
        *(embedding_shorts *)(weights + i) = __builtin_convertvector(code, embedding_shorts);
        sum += code;
    }
    return 1.0f / (float)__builtin_reduce_add(sum);
}

EMBEDDING_INLINE void embedding_attention_body(
    int level, const struct embedding_attention_scratch *scratch, float *out, size_t out_stride, const float *queries,
    const float *keys, const float *values, size_t stride, const float *query_bias, const float *value_bias,
    size_t tokens, size_t heads
) {
    const size_t padded = (tokens + 31) / 32 * 32;
    const size_t pairs = (tokens + 1) / 2;
    for (size_t head = 0; head < heads; head++) {
        const size_t first = head * EMBEDDING_HEAD;
        float value_scales[EMBEDDING_HEAD];
        embedding_code_queries(scratch, queries + first, stride, query_bias + first, tokens);
        embedding_code_keys(scratch, keys + first, stride, tokens, padded);
        embedding_code_values(scratch, values + first, stride, value_bias + first, tokens, value_scales);
        for (size_t row = 0; row < tokens; row += EMBEDDING_TILE_ROWS) {
            const size_t rows = tokens - row < EMBEDDING_TILE_ROWS ? tokens - row : EMBEDDING_TILE_ROWS;
            for (size_t key = 0; key < padded; key += EMBEDDING_TILE_COLUMNS) {
                EMBEDDING_PAIRS(
                    level, scratch->scores + key, padded, scratch->queries + row * EMBEDDING_HEAD, EMBEDDING_HEAD,
                    scratch->query_scales + row, rows, EMBEDDING_HEAD_PAIRS, scratch->keys + key * EMBEDDING_HEAD,
                    scratch->key_scales + key
                );
            }
            float row_scales[EMBEDDING_TILE_ROWS];
            for (size_t i = 0; i < rows; i++) {
                row_scales[i] = embedding_softmax_row(
                    scratch->scores + i * padded, scratch->weights + i * padded, tokens, padded
                );
            }
            EMBEDDING_PAIRS(
                level, out + row * out_stride + first, out_stride, scratch->weights, padded, row_scales, rows, pairs,
                scratch->values, value_scales
            );
        }
    }
}
EMBEDDING_DISPATCH(
    embedding_attention,
    (const struct embedding_attention_scratch *scratch, float *out, size_t out_stride, const float *queries,
     const float *keys, const float *values, size_t stride, const float *query_bias, const float *value_bias,
     size_t tokens, size_t heads),
    scratch, out, out_stride, queries, keys, values, stride, query_bias, value_bias, tokens, heads
)

/// Multi-head attention within one text of at most `scratch->capacity` tokens.
///
/// A key bias shifts all scores of a row alike and so changes nothing: there is none.
/// - queries, keys, values: first row of each; rows are `stride` floats apart and hold `heads` x 32 columns.
/// - out [tokens x heads x 32], rows `out_stride` floats apart.
static inline void embedding_attention(
    int level, const struct embedding_attention_scratch *scratch, float *out, size_t out_stride, const float *queries,
    const float *keys, const float *values, size_t stride, const float *query_bias, const float *value_bias,
    size_t tokens, size_t heads
) {
    EMBEDDING_CALL(
        level, embedding_attention, scratch, out, out_stride, queries, keys, values, stride, query_bias, value_bias,
        tokens, heads
    );
}
