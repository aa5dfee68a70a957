#pragma once
// Beginnings of words. Up to eight sets of three bytes are told apart by the halves of each byte, as in the search for many
// short strings by byte shuffles ("Teddy", of Hyperscan): a set that holds more than its strings only passes more. `level` is
// what ck_vector_level() answered, or a lower one. Needs VectorKernels.h before it.

/// For each of three bytes, by its lower and its upper half, the sets that have it there.
typedef struct {
    uint8_t low[3][16];
    uint8_t high[3][16];
} ck_beginnings;

/// Adds a byte to a place of a set; -1 stands for any byte, letters for both cases.
static inline void ck_beginnings_add(ck_beginnings *sets, int set, int place, int byte) {
    uint8_t bit = (uint8_t)(1u << (set & 7));
    for (int half = 0; half < 16; half++) {
        if (byte < 0 || half == (byte & 15)) sets->low[place][half] |= bit;
        if (byte < 0 || half == byte >> 4) sets->high[place][half] |= bit;
    }
    if ((uint8_t)((byte | 0x20) - 'a') < 26) sets->high[place][(byte >> 4) ^ 2] |= bit;
}

#if defined(__x86_64__)
/// Which of the 64 bytes at `text` may begin a word of a set; a set's second and third bytes count where they and those
/// before them are parts of words, as `letters` says of the 64. Reads two bytes more; the last two always may.
static inline CK_AVX2 uint64_t ck_may_begin_avx2(const ck_beginnings *sets, const uint8_t *text, uint64_t letters) {
    const __m256i nibble = _mm256_set1_epi8(15);
    uint64_t found[3] = {0, 0, 0};
    for (int part = 0; part < 2; part++) {
        __m256i in_sets = _mm256_set1_epi8(-1);
        for (int place = 0; place < 3; place++) {
            __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)sets->low[place]));
            __m256i high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)sets->high[place]));
            __m256i bytes = _mm256_loadu_si256((const __m256i *)(text + 32 * part + place));
            __m256i upper = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
            in_sets = _mm256_and_si256(in_sets, _mm256_shuffle_epi8(low, _mm256_and_si256(bytes, nibble)));
            in_sets = _mm256_and_si256(in_sets, _mm256_shuffle_epi8(high, upper));
            uint32_t none = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(in_sets, _mm256_setzero_si256()));
            found[place] |= (uint64_t)~none << (32 * part);
        }
    }
    uint64_t second = letters >> 1, third = letters >> 2;
    return (found[2] & second & third) | (found[1] & second & ~third) | (found[0] & ~second) | (3ull << 62);
}
#endif

/// Which of the 64 bytes at `text` may begin a word of a set; all of them where nobody can tell fast.
static inline uint64_t ck_may_begin(int32_t level, const ck_beginnings *sets, const uint8_t *text, uint64_t letters) {
#if defined(__x86_64__)
    if (level >= CK_LEVEL_AVX2) return ck_may_begin_avx2(sets, text, letters);
#endif
    (void)level, (void)sets, (void)text, (void)letters;
    return ~0ull;
}
