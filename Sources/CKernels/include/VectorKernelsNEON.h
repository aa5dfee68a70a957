#pragma once
// The AArch64 levels of VectorKernels.h: NEON, and NEON with the dot product instructions of ARMv8.2.
#if defined(__aarch64__)
#include <arm_neon.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#define CK_DOTPROD __attribute__((target("dotprod")))

/// Whether this CPU can run a level. Bit 20 of the kernel's first word is HWCAP_ASIMDDP.
static inline int32_t ck_vector_level_runs(int32_t level) {
    if (level == CK_LEVEL_PORTABLE || level == CK_LEVEL_NEON) return 1;
#if defined(__linux__)
    if (level == CK_LEVEL_DOTPROD) return (getauxval(AT_HWCAP) >> 20) & 1;
#endif
    return 0;
}

// Float, fast

static inline float ck_dot_neon(const float *a, const float *b, size_t count) {
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        s0 = vfmaq_f32(s0, vld1q_f32(a + i), vld1q_f32(b + i));
        s1 = vfmaq_f32(s1, vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
        s2 = vfmaq_f32(s2, vld1q_f32(a + i + 8), vld1q_f32(b + i + 8));
        s3 = vfmaq_f32(s3, vld1q_f32(a + i + 12), vld1q_f32(b + i + 12));
    }
    float sum = vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
    for (; i < count; i++) sum += a[i] * b[i];
    return sum;
}

static inline void ck_dot4_neon(const float *q, const float *const rows[4], size_t count, float *out) {
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        float32x4_t x = vld1q_f32(q + i);
        s0 = vfmaq_f32(s0, vld1q_f32(rows[0] + i), x);
        s1 = vfmaq_f32(s1, vld1q_f32(rows[1] + i), x);
        s2 = vfmaq_f32(s2, vld1q_f32(rows[2] + i), x);
        s3 = vfmaq_f32(s3, vld1q_f32(rows[3] + i), x);
    }
    out[0] = vaddvq_f32(s0); out[1] = vaddvq_f32(s1); out[2] = vaddvq_f32(s2); out[3] = vaddvq_f32(s3);
    for (; i < count; i++)
        for (int row = 0; row < 4; row++) out[row] += rows[row][i] * q[i];
}

// Float, fixed order

/// Eight lanes of Double in four registers.
struct ck_lanes_neon { float64x2_t v[4]; };

CK_INLINE void ck_add_lanes_neon(struct ck_lanes_neon *lanes, float32x4_t low, float32x4_t high) {
    lanes->v[0] = vaddq_f64(lanes->v[0], vcvt_f64_f32(vget_low_f32(low)));
    lanes->v[1] = vaddq_f64(lanes->v[1], vcvt_high_f64_f32(low));
    lanes->v[2] = vaddq_f64(lanes->v[2], vcvt_f64_f32(vget_low_f32(high)));
    lanes->v[3] = vaddq_f64(lanes->v[3], vcvt_high_f64_f32(high));
}

CK_INLINE void ck_store_lanes_neon(double *to, const struct ck_lanes_neon *lanes) {
    for (int pair = 0; pair < 4; pair++) vst1q_f64(to + 2 * pair, lanes->v[pair]);
}

static inline float ck_score_neon(const float *a, const float *b, size_t count) {
    struct ck_lanes_neon sums = {{vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0)}};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        ck_add_lanes_neon(&sums, vmulq_f32(vld1q_f32(a + i), vld1q_f32(b + i)),
                          vmulq_f32(vld1q_f32(a + i + 4), vld1q_f32(b + i + 4)));
    double lanes[8];
    ck_store_lanes_neon(lanes, &sums);
    return ck_score_tail(lanes, a, b, i, count);
}

static inline float ck_distance_neon(const float *a, const float *b, size_t count) {
    struct ck_lanes_neon sums = {{vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0), vdupq_n_f64(0)}};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        float32x4_t low = vsubq_f32(vld1q_f32(a + i), vld1q_f32(b + i));
        float32x4_t high = vsubq_f32(vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
        ck_add_lanes_neon(&sums, vmulq_f32(low, low), vmulq_f32(high, high));
    }
    double lanes[8];
    ck_store_lanes_neon(lanes, &sums);
    return ck_distance_tail(lanes, a, b, i, count);
}

// Codes

CK_INLINE int8x16_t ck_code_load_neon(const uint8_t *codes) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(codes), vdupq_n_u8(0x80)));
}

/// Products of bytes as 16 bits, added in pairs to 32.
CK_INLINE int32x4_t ck_product_neon(int32x4_t sum, int8x16_t a, int8x16_t b) {
    sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
    return vpadalq_s16(sum, vmull_high_s8(a, b));
}

static inline int32_t ck_code_dot_neon(const uint8_t *q, const uint8_t *row, size_t count) {
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        s0 = ck_product_neon(s0, ck_code_load_neon(q + i), ck_code_load_neon(row + i));
        s1 = ck_product_neon(s1, ck_code_load_neon(q + i + 16), ck_code_load_neon(row + i + 16));
    }
    return vaddvq_s32(vaddq_s32(s0, s1)) + ck_code_dot_portable(q + i, row + i, count - i);
}

static inline CK_DOTPROD int32_t ck_code_dot_dotprod(const uint8_t *q, const uint8_t *row, size_t count) {
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        s0 = vdotq_s32(s0, ck_code_load_neon(q + i), ck_code_load_neon(row + i));
        s1 = vdotq_s32(s1, ck_code_load_neon(q + i + 16), ck_code_load_neon(row + i + 16));
    }
    return vaddvq_s32(vaddq_s32(s0, s1)) + ck_code_dot_portable(q + i, row + i, count - i);
}

// Nibbles

CK_INLINE int8x16_t ck_nibble_low_neon(uint8x16_t bytes) {
    return vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(15)));
}

CK_INLINE int8x16_t ck_nibble_high_neon(uint8x16_t bytes) { return vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4)); }

static inline int32_t ck_nibble_dot_neon(const int8_t *q, const uint8_t *row, size_t byte_count) {
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0;
    for (size_t i = 0; i < byte_count; i += 16) {
        const int8_t *x = q + 2 * (i & ~(size_t)63) + (i & 63);
        uint8x16_t bytes = vld1q_u8(row + i);
        s0 = ck_product_neon(s0, ck_nibble_low_neon(bytes), vld1q_s8(x));
        s1 = ck_product_neon(s1, ck_nibble_high_neon(bytes), vld1q_s8(x + 64));
    }
    return vaddvq_s32(vaddq_s32(s0, s1));
}

static inline CK_DOTPROD int32_t ck_nibble_dot_dotprod(const int8_t *q, const uint8_t *row, size_t byte_count) {
    int32x4_t s0 = vdupq_n_s32(0), s1 = s0;
    for (size_t i = 0; i < byte_count; i += 16) {
        const int8_t *x = q + 2 * (i & ~(size_t)63) + (i & 63);
        uint8x16_t bytes = vld1q_u8(row + i);
        s0 = vdotq_s32(s0, ck_nibble_low_neon(bytes), vld1q_s8(x));
        s1 = vdotq_s32(s1, ck_nibble_high_neon(bytes), vld1q_s8(x + 64));
    }
    return vaddvq_s32(vaddq_s32(s0, s1));
}

#endif
