#pragma once
// Looking at text sixteen bytes at a time. SSE2 is every x86-64's baseline; elsewhere the plain loop says the same.
#include <stddef.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// What up to 64 bytes of UTF-8 are: bit i stands for byte i.
typedef struct {
    uint64_t letters; // ASCII letters, digits and _
    uint64_t beyond;  // bytes from 0x80 on
} ck_text_classes;

/// The classes of `count` <= 64 bytes; bits from `count` on are 0.
static inline ck_text_classes ck_classify_tail(const uint8_t *text, size_t count) {
    ck_text_classes classes = {0, 0};
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = text[i];
        uint64_t letter = (uint8_t)((byte | 0x20) - 'a') < 26 || (uint8_t)(byte - '0') < 10 || byte == '_';
        classes.letters |= letter << i;
        classes.beyond |= (uint64_t)(byte >> 7) << i;
    }
    return classes;
}

/// The classes of the 64 bytes at `text`.
static inline ck_text_classes ck_classify_64(const uint8_t *text) {
#if defined(__SSE2__)
    ck_text_classes classes = {0, 0};
    for (int part = 0; part < 4; part++) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(text + 16 * part));
        // Signed compares: bytes from 0x80 on are negative and lie below every ASCII bound.
        __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        __m128i letter = _mm_and_si128(
            _mm_cmpgt_epi8(folded, _mm_set1_epi8('a' - 1)), _mm_cmpgt_epi8(_mm_set1_epi8('z' + 1), folded));
        __m128i digit = _mm_and_si128(
            _mm_cmpgt_epi8(bytes, _mm_set1_epi8('0' - 1)), _mm_cmpgt_epi8(_mm_set1_epi8('9' + 1), bytes));
        __m128i part_of_word = _mm_or_si128(_mm_or_si128(letter, digit), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
        classes.letters |= (uint64_t)(uint32_t)_mm_movemask_epi8(part_of_word) << (16 * part);
        classes.beyond |= (uint64_t)(uint32_t)_mm_movemask_epi8(bytes) << (16 * part);
    }
    return classes;
#else
    return ck_classify_tail(text, 64);
#endif
}

/// How many of the 16 bytes at `text` are ASCII letters or digits before the first that is neither; `out` gets those in
/// lower case, and behind them, up to 16 bytes in all, something of no meaning.
static inline uint32_t ck_fold_run_16(const uint8_t *text, uint8_t *out) {
#if defined(__SSE2__)
    __m128i bytes = _mm_loadu_si128((const __m128i *)text);
    // Bit 5 is set in every digit.
    __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    __m128i letter = _mm_and_si128(
        _mm_cmpgt_epi8(folded, _mm_set1_epi8('a' - 1)), _mm_cmpgt_epi8(_mm_set1_epi8('z' + 1), folded));
    __m128i digit = _mm_and_si128(
        _mm_cmpgt_epi8(bytes, _mm_set1_epi8('0' - 1)), _mm_cmpgt_epi8(_mm_set1_epi8('9' + 1), bytes));
    _mm_storeu_si128((__m128i *)out, folded);
    uint32_t others = ~(uint32_t)_mm_movemask_epi8(_mm_or_si128(letter, digit)) | 0x10000;
    return (uint32_t)__builtin_ctz(others);
#else
    uint32_t count = 0;
    while (count < 16 && ((uint8_t)((text[count] | 0x20) - 'a') < 26 || (uint8_t)(text[count] - '0') < 10)) {
        out[count] = text[count] | 0x20;
        count++;
    }
    return count;
#endif
}
