// Kernels of the int8 MiniLM encoder, chosen at run time: AVX-512 with VNNI, AVX2, or portable C.
//
// Every level gives the same bits. Dot products are integer and exact; all other arithmetic is written once, on vectors
// of 16 floats, without fused multiply-add and with one fixed order of summation, and is compiled for each level. So an
// index does not depend on the machine that built it, and the portable level is the oracle of the other two.
//
// Shapes are row-major. Numbers of columns are multiples of 32.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
    EMBEDDING_LEVEL_PORTABLE = 0,
    EMBEDDING_LEVEL_AVX2 = 1,
    EMBEDDING_LEVEL_AVX512_VNNI = 2,
};

// Columns of a weight panel, and heads of 32 dimensions: the width of every tile.
enum { EMBEDDING_TILE_COLUMNS = 32 };
// Query rows whose attention scores are held at once.
enum { EMBEDDING_TILE_ROWS = 12 };

#define EMBEDDING_INLINE static inline __attribute__((always_inline))
// A fused multiply-add rounds once where the portable level rounds twice.
#define EMBEDDING_EXACT _Pragma("clang fp contract(off)")
// Unrolled in full, however long: arrays of accumulators become registers only so.
#define EMBEDDING_UNROLL _Pragma("clang loop unroll(full)")
#if defined(__x86_64__)
#define EMBEDDING_TARGET_AVX2 __attribute__((target("avx2")))
#define EMBEDDING_TARGET_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#endif

/// Returns the best level this processor (and its operating system) can run.
static inline int embedding_best_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2")) return EMBEDDING_LEVEL_PORTABLE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni")) {
        return EMBEDDING_LEVEL_AVX512_VNNI;
    }
    return EMBEDDING_LEVEL_AVX2;
#else
    return EMBEDDING_LEVEL_PORTABLE;
#endif
}

// Sixteen lanes at any address; the compiler makes one, two or four registers of them.
typedef float embedding_floats __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t embedding_ints __attribute__((ext_vector_type(16), aligned(4)));
typedef int16_t embedding_shorts __attribute__((ext_vector_type(16), aligned(2)));
typedef uint8_t embedding_bytes __attribute__((ext_vector_type(16), aligned(1)));

// Vectors go by pointer: by value their calling convention would differ between the levels.

/// Adds the lanes in a fixed tree.
EMBEDDING_INLINE float embedding_sum(const embedding_floats *lanes) {
    EMBEDDING_EXACT
    __attribute__((ext_vector_type(8))) float eight = lanes->lo + lanes->hi;
    __attribute__((ext_vector_type(4))) float four = eight.lo + eight.hi;
    __attribute__((ext_vector_type(2))) float two = four.lo + four.hi;
    return two.x + two.y;
}

EMBEDDING_INLINE float embedding_largest(const embedding_floats *lanes) {
    __attribute__((ext_vector_type(8))) float eight = lanes->lo > lanes->hi ? lanes->lo : lanes->hi;
    __attribute__((ext_vector_type(4))) float four = eight.lo > eight.hi ? eight.lo : eight.hi;
    __attribute__((ext_vector_type(2))) float two = four.lo > four.hi ? four.lo : four.hi;
    return two.x > two.y ? two.x : two.y;
}

// Adding 1.5 x 2^23 leaves a float's nearest integer in the low bits of its pattern.
#define EMBEDDING_ROUNDER 12582912.0f
#define EMBEDDING_ROUNDER_BITS 0x4B400000

/// Rounds to the nearest integer; magnitudes below 2^22.
EMBEDDING_INLINE void embedding_round(const embedding_floats *value, embedding_ints *rounded) {
    EMBEDDING_EXACT
    embedding_floats shifted = *value + EMBEDDING_ROUNDER;
    *rounded = (embedding_ints)shifted - EMBEDDING_ROUNDER_BITS;
}

/// e^x by the polynomial of Cephes' expf, relative error about 1e-7; x is first limited to -87...88.
EMBEDDING_INLINE void embedding_exp(embedding_floats *value) {
    EMBEDDING_EXACT
    const embedding_floats highest = 88.0f, lowest = -87.0f;
    embedding_floats x = *value;
    x = x < highest ? x : highest;
    x = x > lowest ? x : lowest;
    embedding_floats shifted = x * 1.44269504088896341f + EMBEDDING_ROUNDER;
    embedding_floats power = shifted - EMBEDDING_ROUNDER;
    embedding_floats r = x - power * 0.693359375f;
    r = r + power * 2.12194440e-4f;
    embedding_floats p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    embedding_ints exponent = ((embedding_ints)shifted - EMBEDDING_ROUNDER_BITS + 127) << 23;
    *value = p * (embedding_floats)exponent;
}

/// GELU, x/2 (1 + erf(x / sqrt 2)); erf by Abramowitz & Stegun 7.1.26, absolute error below 2e-7.
EMBEDDING_INLINE void embedding_gelu(embedding_floats *value) {
    EMBEDDING_EXACT
    embedding_floats x = *value;
    embedding_floats z = x * 0.70710678118654752f;
    embedding_floats magnitude = __builtin_elementwise_abs(z);
    embedding_floats t = 1.0f / (1.0f + 0.3275911f * magnitude);
    embedding_floats p = t * 1.061405429f - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    p = p * t;
    embedding_floats tail = -(magnitude * magnitude);
    embedding_exp(&tail);
    embedding_floats erf = 1.0f - p * tail;
    erf = z < 0.0f ? -erf : erf;
    *value = 0.5f * x * (1.0f + erf);
}

// Defines NAME(level, …) and its compiled form for each level out of the body NAME_body(level, …). In a body the level
// is a constant, so a body may pick a tile by it at no cost.
#if defined(__x86_64__)
#define EMBEDDING_DISPATCH(name, parameters, ...)                                                                      \
    EMBEDDING_TARGET_AVX512 static inline void name##_avx512 parameters {                                              \
        name##_body(EMBEDDING_LEVEL_AVX512_VNNI, __VA_ARGS__);                                                         \
    }                                                                                                                  \
    EMBEDDING_TARGET_AVX2 static inline void name##_avx2 parameters {                                                  \
        name##_body(EMBEDDING_LEVEL_AVX2, __VA_ARGS__);                                                                \
    }                                                                                                                  \
    static inline void name##_portable parameters { name##_body(EMBEDDING_LEVEL_PORTABLE, __VA_ARGS__); }
#define EMBEDDING_CALL(level, name, ...)                                                                               \
    do {                                                                                                               \
        if ((level) == EMBEDDING_LEVEL_AVX512_VNNI) name##_avx512(__VA_ARGS__);                                        \
        else if ((level) == EMBEDDING_LEVEL_AVX2) name##_avx2(__VA_ARGS__);                                            \
        else name##_portable(__VA_ARGS__);                                                                             \
    } while (0)
#else
#define EMBEDDING_DISPATCH(name, parameters, ...)                                                                      \
    static inline void name##_portable parameters { name##_body(EMBEDDING_LEVEL_PORTABLE, __VA_ARGS__); }
#define EMBEDDING_CALL(level, name, ...) name##_portable(__VA_ARGS__)
#endif

// Quantisation of activations

/// The byte added to every code at a level: VNNI multiplies unsigned by signed bytes.
EMBEDDING_INLINE int embedding_code_bias(int level) { return level == EMBEDDING_LEVEL_AVX512_VNNI ? 128 : 0; }

EMBEDDING_INLINE void embedding_quantize_rows_body(
    int level, const float *values, size_t rows, size_t columns, uint8_t *codes, float *scales
) {
    EMBEDDING_EXACT
    const int bias = embedding_code_bias(level);
    for (size_t row = 0; row < rows; row++) {
        const float *source = values + row * columns;
        embedding_floats peaks = 0.0f;
        for (size_t i = 0; i < columns; i += 16) {
            embedding_floats magnitude = __builtin_elementwise_abs(*(const embedding_floats *)(source + i));
            peaks = magnitude > peaks ? magnitude : peaks;
        }
        float peak = embedding_largest(&peaks);
        float inverse = peak > 0.0f ? 127.0f / peak : 0.0f;
        scales[row] = peak / 127.0f;
        for (size_t i = 0; i < columns; i += 16) {
            embedding_floats scaled = *(const embedding_floats *)(source + i) * inverse;
            embedding_ints code;
            embedding_round(&scaled, &code);
            *(embedding_bytes *)(codes + row * columns + i) = __builtin_convertvector(code + bias, embedding_bytes);
        }
    }
}
EMBEDDING_DISPATCH(
    embedding_quantize_rows, (const float *values, size_t rows, size_t columns, uint8_t *codes, float *scales), values,
    rows, columns, codes, scales
)

/// Codes each row of `values` [rows x columns] as 8-bit integers of its own scale, max|x| / 127.
///
/// The codes are only for `embedding_linear` at the same level.
static inline void embedding_quantize_rows(
    int level, const float *values, size_t rows, size_t columns, uint8_t *codes, float *scales
) {
    EMBEDDING_CALL(level, embedding_quantize_rows, values, rows, columns, codes, scales);
}

// Linear layers: int8 codes times int8 weights

/// Weights [outputs x depth] as the tiles read them: panels of 32 outputs, and in a panel four consecutive inputs of
/// each output side by side, [outputs / 32][depth / 4][32][4].
struct embedding_linear_weights {
    const int8_t *panels;
    const float *scales;
    /// Sum of each output's weights: what the bias of the codes adds, divided by the bias.
    const int32_t *sums;
    size_t outputs;
    size_t depth;
};

#if defined(__x86_64__)
EMBEDDING_TARGET_AVX512 EMBEDDING_INLINE void embedding_linear_tile_avx512(
    const int rows, float *out, size_t stride, const uint8_t *codes, const float *code_scales, size_t depth,
    const int8_t *panel, const float *scales, const int32_t *sums
) {
    EMBEDDING_EXACT
    __m512i low[EMBEDDING_TILE_ROWS], high[EMBEDDING_TILE_ROWS];
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) low[row] = high[row] = _mm512_setzero_si512();
    for (size_t k = 0; k < depth; k += 4, panel += 128) {
        __m512i low_weights = _mm512_loadu_si512(panel);
        __m512i high_weights = _mm512_loadu_si512(panel + 64);
        EMBEDDING_UNROLL
        for (int row = 0; row < rows; row++) {
            int32_t four;
            memcpy(&four, codes + row * depth + k, 4);
            __m512i inputs = _mm512_set1_epi32(four);
            low[row] = _mm512_dpbusd_epi32(low[row], inputs, low_weights);
            high[row] = _mm512_dpbusd_epi32(high[row], inputs, high_weights);
        }
    }
    __m512i low_excess = _mm512_slli_epi32(_mm512_loadu_si512(sums), 7);
    __m512i high_excess = _mm512_slli_epi32(_mm512_loadu_si512(sums + 16), 7);
    __m512 low_scales = _mm512_loadu_ps(scales);
    __m512 high_scales = _mm512_loadu_ps(scales + 16);
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) {
        __m512 scale = _mm512_set1_ps(code_scales[row]);
        __m512 low_sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(low[row], low_excess));
        __m512 high_sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(high[row], high_excess));
        _mm512_storeu_ps(out + row * stride, _mm512_mul_ps(_mm512_mul_ps(low_sum, low_scales), scale));
        _mm512_storeu_ps(out + row * stride + 16, _mm512_mul_ps(_mm512_mul_ps(high_sum, high_scales), scale));
    }
}

/// Half a panel, 16 columns: the 16 registers of AVX2 hold no more than four rows of it.
EMBEDDING_TARGET_AVX2 EMBEDDING_INLINE void embedding_linear_tile_avx2(
    const int rows, float *out, size_t stride, const uint8_t *codes, const float *code_scales, size_t depth,
    const int8_t *panel, const float *scales
) {
    EMBEDDING_EXACT
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i low[4], high[4];
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) low[row] = high[row] = _mm256_setzero_si256();
    for (size_t k = 0; k < depth; k += 4, panel += 128) {
        __m256i low_weights = _mm256_loadu_si256((const __m256i *)panel);
        __m256i high_weights = _mm256_loadu_si256((const __m256i *)(panel + 32));
        // maddubs wants unsigned times signed: |w| and a with the sign of w. Both are at most 127, so that the sum of
        // two products, at most 32,258, never saturates.
        __m256i low_magnitudes = _mm256_abs_epi8(low_weights);
        __m256i high_magnitudes = _mm256_abs_epi8(high_weights);
        EMBEDDING_UNROLL
        for (int row = 0; row < rows; row++) {
            int32_t four;
            memcpy(&four, codes + row * depth + k, 4);
            __m256i inputs = _mm256_set1_epi32(four);
            __m256i low_pairs = _mm256_maddubs_epi16(low_magnitudes, _mm256_sign_epi8(inputs, low_weights));
            __m256i high_pairs = _mm256_maddubs_epi16(high_magnitudes, _mm256_sign_epi8(inputs, high_weights));
            low[row] = _mm256_add_epi32(low[row], _mm256_madd_epi16(low_pairs, ones));
            high[row] = _mm256_add_epi32(high[row], _mm256_madd_epi16(high_pairs, ones));
        }
    }
    __m256 low_scales = _mm256_loadu_ps(scales);
    __m256 high_scales = _mm256_loadu_ps(scales + 8);
    EMBEDDING_UNROLL
    for (int row = 0; row < rows; row++) {
        __m256 scale = _mm256_set1_ps(code_scales[row]);
        __m256 low_sum = _mm256_cvtepi32_ps(low[row]);
        __m256 high_sum = _mm256_cvtepi32_ps(high[row]);
        _mm256_storeu_ps(out + row * stride, _mm256_mul_ps(_mm256_mul_ps(low_sum, low_scales), scale));
        _mm256_storeu_ps(out + row * stride + 8, _mm256_mul_ps(_mm256_mul_ps(high_sum, high_scales), scale));
    }
}
#endif

EMBEDDING_INLINE void embedding_linear_row_portable(
    float *out, const uint8_t *codes, float code_scale, size_t depth, const int8_t *panel, const float *scales
) {
    EMBEDDING_EXACT
    int32_t sums[EMBEDDING_TILE_COLUMNS] = {0};
    const int8_t *inputs = (const int8_t *)codes;
    for (size_t k = 0; k < depth; k += 4, panel += 4 * EMBEDDING_TILE_COLUMNS) {
        const int16_t a = inputs[k], b = inputs[k + 1], c = inputs[k + 2], d = inputs[k + 3];
        for (int j = 0; j < EMBEDDING_TILE_COLUMNS; j++) {
            const int8_t *w = panel + 4 * j;
            sums[j] += a * (int16_t)w[0] + b * (int16_t)w[1] + c * (int16_t)w[2] + d * (int16_t)w[3];
        }
    }
    for (int j = 0; j < EMBEDDING_TILE_COLUMNS; j++) out[j] = (float)sums[j] * scales[j] * code_scale;
}

// Runs `tile(rows)` with the number of rows a constant, so that its accumulators are registers.
#define EMBEDDING_ROWS_UP_TO_12(count, tile)                                                                           \
    switch (count) {                                                                                                   \
    case 1: tile(1); break;                                                                                            \
    case 2: tile(2); break;                                                                                            \
    case 3: tile(3); break;                                                                                            \
    case 4: tile(4); break;                                                                                            \
    case 5: tile(5); break;                                                                                            \
    case 6: tile(6); break;                                                                                            \
    case 7: tile(7); break;                                                                                            \
    case 8: tile(8); break;                                                                                            \
    case 9: tile(9); break;                                                                                            \
    case 10: tile(10); break;                                                                                          \
    case 11: tile(11); break;                                                                                          \
    default: tile(12); break;                                                                                          \
    }
#define EMBEDDING_ROWS_UP_TO_4(count, tile)                                                                            \
    switch (count) {                                                                                                   \
    case 1: tile(1); break;                                                                                            \
    case 2: tile(2); break;                                                                                            \
    case 3: tile(3); break;                                                                                            \
    default: tile(4); break;                                                                                           \
    }

#if defined(__x86_64__)
EMBEDDING_TARGET_AVX512 static inline void embedding_linear_avx512(
    const struct embedding_linear_weights *weights, const uint8_t *codes, const float *code_scales, size_t rows,
    float *out
) {
    const size_t depth = weights->depth, stride = weights->outputs;
    for (size_t column = 0; column < stride; column += EMBEDDING_TILE_COLUMNS) {
        const int8_t *panel = weights->panels + column * depth;
        for (size_t row = 0; row < rows; row += EMBEDDING_TILE_ROWS) {
#define EMBEDDING_TILE(count)                                                                                          \
    embedding_linear_tile_avx512(                                                                                      \
        count, out + row * stride + column, stride, codes + row * depth, code_scales + row, depth, panel,              \
        weights->scales + column, weights->sums + column                                                               \
    )
            EMBEDDING_ROWS_UP_TO_12(rows - row, EMBEDDING_TILE)
#undef EMBEDDING_TILE
        }
    }
}

EMBEDDING_TARGET_AVX2 static inline void embedding_linear_avx2(
    const struct embedding_linear_weights *weights, const uint8_t *codes, const float *code_scales, size_t rows,
    float *out
) {
    const size_t depth = weights->depth, stride = weights->outputs;
    for (size_t column = 0; column < stride; column += 16) {
        const size_t half = column % EMBEDDING_TILE_COLUMNS;
        const int8_t *panel = weights->panels + (column - half) * depth + half * 4;
        for (size_t row = 0; row < rows; row += 4) {
#define EMBEDDING_TILE(count)                                                                                          \
    embedding_linear_tile_avx2(                                                                                        \
        count, out + row * stride + column, stride, codes + row * depth, code_scales + row, depth, panel,              \
        weights->scales + column                                                                                       \
    )
            EMBEDDING_ROWS_UP_TO_4(rows - row, EMBEDDING_TILE)
#undef EMBEDDING_TILE
        }
    }
}
#endif

static inline void embedding_linear_portable(
    const struct embedding_linear_weights *weights, const uint8_t *codes, const float *code_scales, size_t rows,
    float *out
) {
    const size_t depth = weights->depth, stride = weights->outputs;
    for (size_t column = 0; column < stride; column += EMBEDDING_TILE_COLUMNS) {
        const int8_t *panel = weights->panels + column * depth;
        for (size_t row = 0; row < rows; row++) {
            embedding_linear_row_portable(
                out + row * stride + column, codes + row * depth, code_scales[row], depth, panel,
                weights->scales + column
            );
        }
    }
}

/// out [rows x outputs] = codes [rows x depth] times the weights, without their bias.
///
/// A row of the result depends on its own codes only, not on the rows beside it.
static inline void embedding_linear(
    int level, const struct embedding_linear_weights *weights, const uint8_t *codes, const float *code_scales,
    size_t rows, float *out
) {
    EMBEDDING_CALL(level, embedding_linear, weights, codes, code_scales, rows, out);
}

// Layer norm, GELU, embeddings, pooling

EMBEDDING_INLINE void embedding_add_norm_body(
    int level, float *out, const float *values, const float *residual, const float *bias, const float *gain,
    const float *shift, size_t rows, size_t columns
) {
    EMBEDDING_EXACT
    (void)level;
    for (size_t row = 0; row < rows; row++) {
        const float *value = values + row * columns, *rest = residual + row * columns;
        float *result = out + row * columns;
        embedding_floats total = 0.0f;
        for (size_t i = 0; i < columns; i += 16) {
            embedding_floats sum = *(const embedding_floats *)(value + i) + *(const embedding_floats *)(rest + i);
            sum = sum + *(const embedding_floats *)(bias + i);
            *(embedding_floats *)(result + i) = sum;
            total += sum;
        }
        float mean = embedding_sum(&total) / (float)columns;
        embedding_floats squares = 0.0f;
        for (size_t i = 0; i < columns; i += 16) {
            embedding_floats distance = *(embedding_floats *)(result + i) - mean;
            squares += distance * distance;
        }
        float variance = embedding_sum(&squares) / (float)columns;
        float inverse = 1.0f / __builtin_sqrtf(variance + 1e-12f);
        for (size_t i = 0; i < columns; i += 16) {
            embedding_floats distance = *(embedding_floats *)(result + i) - mean;
            embedding_floats scaled = distance * inverse * *(const embedding_floats *)(gain + i);
            *(embedding_floats *)(result + i) = scaled + *(const embedding_floats *)(shift + i);
        }
    }
}
EMBEDDING_DISPATCH(
    embedding_add_norm,
    (float *out, const float *values, const float *residual, const float *bias, const float *gain, const float *shift,
     size_t rows, size_t columns),
    out, values, residual, bias, gain, shift, rows, columns
)

/// out = layer norm of (values + residual + bias), epsilon 1e-12; `out` may be `values` or `residual`.
static inline void embedding_add_norm(
    int level, float *out, const float *values, const float *residual, const float *bias, const float *gain,
    const float *shift, size_t rows, size_t columns
) {
    EMBEDDING_CALL(level, embedding_add_norm, out, values, residual, bias, gain, shift, rows, columns);
}

EMBEDDING_INLINE void embedding_bias_gelu_body(
    int level, float *values, const float *bias, size_t rows, size_t columns
) {
    EMBEDDING_EXACT
    (void)level;
    for (size_t row = 0; row < rows; row++) {
        float *value = values + row * columns;
        for (size_t i = 0; i < columns; i += 16) {
            embedding_floats x = *(embedding_floats *)(value + i) + *(const embedding_floats *)(bias + i);
            embedding_gelu(&x);
            *(embedding_floats *)(value + i) = x;
        }
    }
}
EMBEDDING_DISPATCH(
    embedding_bias_gelu, (float *values, const float *bias, size_t rows, size_t columns), values, bias, rows, columns
)

/// values = GELU(values + bias), in place.
static inline void embedding_bias_gelu(int level, float *values, const float *bias, size_t rows, size_t columns) {
    EMBEDDING_CALL(level, embedding_bias_gelu, values, bias, rows, columns);
}

EMBEDDING_INLINE void embedding_add_row_body(
    int level, float *out, const int8_t *codes, float scale, const float *position, size_t columns
) {
    EMBEDDING_EXACT
    (void)level;
    typedef int8_t codes16 __attribute__((ext_vector_type(16), aligned(1)));
    for (size_t i = 0; i < columns; i += 16) {
        embedding_floats word = __builtin_convertvector(*(const codes16 *)(codes + i), embedding_floats);
        *(embedding_floats *)(out + i) = word * scale + *(const embedding_floats *)(position + i);
    }
}
EMBEDDING_DISPATCH(
    embedding_add_row, (float *out, const int8_t *codes, float scale, const float *position, size_t columns), out,
    codes, scale, position, columns
)

/// out [columns] = word vector (codes x scale) + position vector.
static inline void embedding_add_row(
    int level, float *out, const int8_t *codes, float scale, const float *position, size_t columns
) {
    EMBEDDING_CALL(level, embedding_add_row, out, codes, scale, position, columns);
}

EMBEDDING_INLINE void embedding_pool_body(int level, float *out, const float *values, size_t rows, size_t columns) {
    EMBEDDING_EXACT
    (void)level;
    embedding_floats squares = 0.0f;
    for (size_t i = 0; i < columns; i += 16) {
        embedding_floats total = 0.0f;
        for (size_t row = 0; row < rows; row++) total += *(const embedding_floats *)(values + row * columns + i);
        *(embedding_floats *)(out + i) = total;
        squares += total * total;
    }
    float length = __builtin_sqrtf(embedding_sum(&squares));
    float inverse = length > 0.0f ? 1.0f / length : 0.0f;
    for (size_t i = 0; i < columns; i += 16) *(embedding_floats *)(out + i) *= inverse;
}
EMBEDDING_DISPATCH(
    embedding_pool, (float *out, const float *values, size_t rows, size_t columns), out, values, rows, columns
)

/// out [columns] = mean of the rows, scaled to unit length (so the division of the mean is left out).
static inline void embedding_pool(int level, float *out, const float *values, size_t rows, size_t columns) {
    EMBEDDING_CALL(level, embedding_pool, out, values, rows, columns);
}
#include "EmbeddingAttention.h"
