// Every kernel of this architecture's levels beside the portable one, which Swift tests compare with the reference, on seeded
// data of odd lengths at odd addresses, each array ending where its memory does, so that a read beyond it is a fault.
//
// Prints a digest of all results that must be equal everywhere: that of AArch64, run by an emulator, is compared with the one
// of the machine the tests run on (Scripts/check-neon.sh). Ends with 1 at the first difference.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "CKernels.h"

static uint64_t state = 0x9E3779B97F4A7C15u;
static uint64_t digest = 0xCBF29CE484222325u;
static size_t comparisons = 0;

static uint64_t next_random(void) { // SplitMix64
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/// Even in -1...1, in steps of 2^-23: exact in Float.
static float next_float(void) { return (float)((int64_t)(next_random() >> 40) - (1 << 23)) / (float)(1 << 23); }

static void add_to_digest(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) digest = (digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001B3u;
}

static void fail(const char *kernel, int level, size_t count) {
    printf("%s differs: level %d, %zu elements\n", kernel, level, count);
    exit(1);
}

/// Equal to the last bit, and a part of the digest.
static void same(const char *kernel, int level, size_t count, const void *found, const void *expected, size_t bytes) {
    comparisons++;
    if (memcmp(found, expected, bytes) != 0) fail(kernel, level, count);
    add_to_digest(expected, bytes);
}

/// As near as the Swift tests ask of sums in no fixed order.
static void near(const char *kernel, int level, size_t count, float found, double expected) {
    comparisons++;
    if (!(fabs((double)found - expected) <= 1e-6 * (double)(count + 1))) fail(kernel, level, count);
}

// Memory that ends at a page nobody may read.

enum { room = 1 << 20 };
typedef struct { uint8_t *end; } fence;

static fence make_fence(void) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + room, page, PROT_NONE) != 0) exit(2);
    return (fence){base + room};
}

/// The last `count` elements of `size` bytes.
static void *last(fence memory, size_t count, size_t size) { return memory.end - count * size; }

enum { most_rows = 13 };
static fence first_memory, second_memory, third_memory;

/// Makes of even numbers such of very different size that cancel each other: what is left of a sum are the roundings on its
/// way, and they follow from its order.
static void cancel(float *query, float *row, size_t count) {
    for (size_t i = 0; i + 1 < count; i += 2) {
        row[i] = ldexpf(row[i], (int)(next_random() % 60) - 30);
        row[i + 1] = -row[i];
        query[i + 1] = query[i];
    }
}

static void floats(int level, size_t count, int is_wide) {
    float *query = last(first_memory, count, 4);
    float *rows = last(second_memory, count * most_rows, 4);
    for (size_t i = 0; i < count; i++) query[i] = next_float();
    for (size_t i = 0; i < count * most_rows; i++) rows[i] = next_float();
    const float *addresses[most_rows];
    uint32_t list[most_rows];
    double products[most_rows];
    float scores[most_rows], distances[most_rows], found[most_rows];
    for (uint32_t row = 0; row < most_rows; row++) {
        addresses[row] = rows + row * count;
        if (is_wide) cancel(query, rows + row * count, count);
        list[row] = (row * 5) % most_rows;
        products[row] = 0;
        for (size_t i = 0; i < count; i++) products[row] += (double)query[i] * (double)addresses[row][i];
        scores[row] = ck_score_portable(query, addresses[row], count);
        distances[row] = ck_distance_portable(query, addresses[row], count);
        if (!is_wide) near("dot", level, count, ck_dot(level, query, addresses[row], count), products[row]);
        float score = ck_score(level, query, addresses[row], count);
        same("score", level, count, &score, &scores[row], 4);
        float distance = ck_distance(level, query, addresses[row], count);
        same("distance", level, count, &distance, &distances[row], 4);
    }
    for (size_t rows_scored = 1; rows_scored <= most_rows; rows_scored++) {
        ck_scores(level, query, addresses, rows_scored, count, found);
        same("scores", level, count, found, scores, rows_scored * sizeof *scores);
    }
    ck_distances(level, query, addresses, most_rows, count, found);
    same("distances", level, count, found, distances, sizeof distances);
    if (is_wide) return;
    ck_dot4(level, query, addresses + most_rows - 4, count, found);
    for (int row = 0; row < 4; row++) near("dot4", level, count, found[row], products[most_rows - 4 + row]);
    ck_dots_at(level, query, rows, count, list, most_rows, count, found);
    for (int row = 0; row < most_rows; row++) near("dots_at", level, count, found[row], products[list[row]]);
}

static void codes(int level, size_t count) {
    uint8_t *query = last(first_memory, count, 1);
    uint8_t *rows = last(second_memory, count * most_rows, 1);
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        query[i] = (uint8_t)(1 + next_random() % 255);
        if (count % 7 == 0) query[i] = 1;
        sum += query[i] - 128;
    }
    for (size_t i = 0; i < count * most_rows; i++) rows[i] = count % 7 == 0 ? 1 : (uint8_t)(1 + next_random() % 255);
    uint32_t list[most_rows];
    int32_t expected[most_rows], listed[most_rows], found[most_rows];
    for (uint32_t row = 0; row < most_rows; row++) {
        expected[row] = ck_code_dot_portable(query, rows + row * count, count);
        found[row] = ck_code_dot(level, query, sum, rows + row * count, count);
        list[row] = (row * 5) % most_rows;
    }
    same("code_dot", level, count, found, expected, sizeof expected);
    for (uint32_t row = 0; row < most_rows; row++) listed[row] = expected[list[row]];
    ck_code_dots(level, query, sum, rows, count, most_rows, count, found);
    same("code_dots", level, count, found, expected, sizeof expected);
    for (int asked = 0; asked < 2; asked++) {
        ck_code_dots_at(level, query, sum, rows, count, list, most_rows, count, asked, found);
        same("code_dots_at", level, count, found, listed, sizeof listed);
    }
}

static void nibbles(int level, size_t chunks) {
    const size_t count = 64 * chunks;
    int8_t *query = last(first_memory, 2 * count, 1);
    uint8_t *rows = last(second_memory, count * most_rows, 1);
    for (size_t i = 0; i < 2 * count; i++) query[i] = (int8_t)((int)(next_random() % 255) - 127);
    for (size_t i = 0; i < count * most_rows; i++) rows[i] = (uint8_t)next_random();
    if (chunks % 5 == 0) {
        memset(query, 127, 2 * count);
        memset(rows, 255, count * most_rows);
    }
    uint32_t list[most_rows];
    int32_t expected[most_rows], listed[most_rows], found[most_rows];
    for (uint32_t row = 0; row < most_rows; row++) {
        expected[row] = ck_nibble_dot_portable(query, rows + row * count, count);
        found[row] = ck_nibble_dot(level, query, rows + row * count, count);
        list[row] = (row * 5) % most_rows;
    }
    same("nibble_dot", level, count, found, expected, sizeof expected);
    for (uint32_t row = 0; row < most_rows; row++) listed[row] = expected[list[row]];
    for (int asked = 0; asked < 2; asked++) {
        ck_nibble_dots_at(level, query, rows, count, list, most_rows, asked, found);
        same("nibble_dots_at", level, count, found, listed, sizeof listed);
    }
}

static void signs(int level, size_t chunks) {
    const size_t count = 16 * chunks;
    int8_t *query = last(first_memory, 8 * count, 1);
    uint8_t *rows = last(second_memory, count * most_rows, 1);
    for (size_t i = 0; i < 8 * count; i++) query[i] = (int8_t)((int)(next_random() % 255) - 127);
    for (size_t i = 0; i < count * most_rows; i++) rows[i] = (uint8_t)next_random();
    if (chunks % 5 == 0) {
        memset(query, 127, 8 * count);
        memset(rows, 255, count * most_rows);
    }
    uint32_t list[most_rows];
    int32_t expected[most_rows], found[most_rows];
    for (uint32_t row = 0; row < most_rows; row++) {
        list[row] = (row * 5) % most_rows;
        expected[row] = ck_sign_sum_portable(query, rows + list[row] * count, count);
    }
    ck_sign_sums_at(level, query, rows, count, list, most_rows, count, found);
    same("sign_sums_at", level, 8 * count, found, expected, sizeof expected);
}

static void sign_rows(int level, size_t count) {
    float *values = last(first_memory, count, 4), *means = last(second_memory, count, 4);
    for (size_t i = 0; i < count; i++) {
        values[i] = next_float();
        means[i] = i % 9 == 0 ? values[i] : i % 11 == 0 ? NAN : next_float();
    }
    const size_t byte_count = (count + 7) / 8;
    uint8_t *found = last(third_memory, byte_count, 1);
    uint8_t *expected = calloc(byte_count, 1);
    if (!expected) exit(2);
    memset(found, 0, byte_count);
    ck_sign_row_portable(values, means, count, expected);
    ck_sign_row(level, values, means, count, found);
    same("sign_row", level, count, found, expected, byte_count);
    free(expected);
}

static void queries(int level, size_t count) {
    float *values = last(first_memory, count, 4);
    float *steps = last(second_memory, count, 4);
    float *mean = last(third_memory, count, 4);
    for (size_t i = 0; i < count; i++) {
        values[i] = next_float();
        steps[i] = next_float();
        mean[i] = next_float();
    }
    static float folded[2][4096];
    static uint8_t bytes[2][4096];
    for (int part = 0; part < 2; part++) {
        const float *centre = part ? mean : NULL;
        float largest = ck_fold_query(level, values, centre, steps, count, folded[0]);
        float expected = ck_fold_query(CK_LEVEL_PORTABLE, values, centre, steps, count, folded[1]);
        same("fold_query", level, count, &largest, &expected, 4);
        same("fold_query", level, count, folded[0], folded[1], 4 * count);
        float factor = largest > 0 ? 127 / largest : 0;
        int32_t sums[2] = {ck_round_query(level, folded[0], factor, count, part ? 128 : 0, bytes[0]),
                           ck_round_query(CK_LEVEL_PORTABLE, folded[0], factor, count, part ? 128 : 0, bytes[1])};
        same("round_query", level, count, &sums[0], &sums[1], 4);
        same("round_query", level, count, bytes[0], bytes[1], count);
    }
    float magnitudes[2] = {ck_largest_magnitude(level, values, count), ck_largest_magnitude_portable(values, count)};
    same("largest_magnitude", level, count, &magnitudes[0], &magnitudes[1], 4);
    const float scale = magnitudes[0] / 127, inverse = magnitudes[0] > 0 ? 1 / scale : 0;
    double errors[2] = {0, 0};
    int32_t sums[2] = {ck_encode_row(level, values, scale, inverse, count, bytes[0], &errors[0]),
                       ck_encode_row_portable(values, scale, inverse, count, bytes[1], &errors[1])};
    same("encode_row", level, count, &sums[0], &sums[1], 4);
    same("encode_row", level, count, &errors[0], &errors[1], 8);
    same("encode_row", level, count, bytes[0], bytes[1], count);
    static uint32_t places[2][4096 + 16];
    size_t found = ck_at_least(level, values, 0, count, 0.25f, places[0]);
    size_t expected = ck_at_least_portable(values, 0, count, 0.25f, places[1]);
    if (found != expected) fail("at_least", level, count);
    same("at_least", level, count, places[0], places[1], 4 * found);
}

static void sums(int level, size_t count) {
    static uint32_t rows[2][4096 + 8];
    static double taken[2][4096 + 8], copy[4096];
    double *window = last(first_memory, count, 8);
    for (size_t i = 0; i < count; i++) copy[i] = window[i] = next_random() % 3 ? -0.0 : (double)next_float();
    size_t found = ck_take_sums(level, window, count, 0.1, 77, rows[0], taken[0]);
    size_t expected = ck_take_sums_portable(copy, count, 0.1, 77, rows[1], taken[1]);
    if (found != expected) fail("take_sums", level, count);
    same("take_sums", level, count, rows[0], rows[1], 4 * found);
    same("take_sums", level, count, taken[0], taken[1], 8 * found);
    same("take_sums", level, count, window, copy, 8 * count);
}

/// Numbers put into their order one by one, some of them equal, the greatest dropped once `count` are there.
static void sorted(int level, size_t count) {
    uint64_t *values = last(first_memory, (count + 7) / 8 * 8, 8), expected[256];
    size_t there = 0;
    for (int round = 0; round < 600; round++) {
        uint64_t value = round % 50 == 0 ? UINT64_MAX - (round % 100 == 0) : next_random() >> (round % 3 * 29);
        if (there == count && value >= values[count - 1]) continue;
        if (there == count) there--;
        size_t place = 0, found = ck_insert(level, values, there, value);
        while (place < there && expected[place] < value) place++;
        memmove(expected + place + 1, expected + place, 8 * (there - place));
        expected[place] = value;
        same("insert", level, count, &found, &place, sizeof place);
        same("insert", level, count, values, expected, 8 * ++there);
    }
}

/// Kernels of fixed size, or without levels.
static void rest(int level) {
    uint32_t *rows = last(first_memory, 128, 4);
    for (int round = 0; round < 200; round++) {
        uint32_t row = (uint32_t)(next_random() >> (round % 32 + 32));
        for (int i = 0; i < 128; i++) rows[i] = row += (uint32_t)(next_random() % 1000) + 1;
        uint32_t target = rows[next_random() % 128] + (uint32_t)(next_random() % 3) - 1;
        size_t below = 0, found = ck_rows_below(level, rows, target);
        while (below < 128 && rows[below] < target) below++;
        if (row > rows[0]) same("rows_below", level, 128, &found, &below, sizeof found);
    }
    for (size_t count = 0; count <= 128; count++) {
        float *scores = last(first_memory, count, 4);
        uint32_t *places = last(second_memory, count + 16, 4), expected[128];
        for (size_t i = 0; i < count; i++) scores[i] = (float)(next_random() % 8);
        for (size_t first = 0; first <= count; first += 1 + next_random() % 16) {
            const float least = first % 9 == 8 ? -INFINITY : (float)(next_random() % 10);
            size_t wanted = 0, found = ck_at_least(level, scores, first, count, least, places);
            for (size_t i = first; i < count; i++)
                if (scores[i] >= least) expected[wanted++] = (uint32_t)i;
            same("at_least", level, count, &found, &wanted, sizeof found);
            same("at_least", level, count, places, expected, 4 * wanted);
        }
        uint64_t *keys = last(first_memory, count, 8);
        uint32_t *ranks = last(second_memory, count, 4);
        for (size_t i = 0; i < count; i++) keys[i] = next_random() % 40 * 0x076543210FEDCBA9ull;
        ck_ranks(level, keys, count, ranks);
        for (size_t i = 0; i < count; i++) {
            expected[i] = 0;
            for (size_t j = 0; j < count; j++) expected[i] += keys[j] < keys[i] || (keys[j] == keys[i] && j < i);
        }
        same("ranks", level, count, ranks, expected, 4 * count);
        // Up to the last word: bits of which the bitmap has no more words are not asked for.
        uint8_t *bitmap = last(first_memory, (count + 63) / 64 * 8, 1);
        for (size_t i = 0; i < (count + 63) / 64 * 8; i++) bitmap[i] = (uint8_t)next_random();
        size_t set = 0, found = ck_bits_below(level, bitmap, count);
        for (size_t i = 0; i < count; i++) set += bitmap[i / 8] >> i % 8 & 1;
        same("bits_below", level, count, &found, &set, sizeof found);
    }
    for (int width = 0; width <= 32; width++) {
        uint32_t values[128], unpacked[128], expected[128];
        uint8_t *packed = last(first_memory, 16 * (size_t)width, 1);
        for (int i = 0; i < 128; i++) {
            values[i] = width == 0 ? 0 : (uint32_t)(next_random() >> (64 - width));
            expected[i] = values[i] + 1;
        }
        ck_pack(values, width, packed);
        add_to_digest(packed, 16 * (size_t)width);
        ck_unpack_plus_one(packed, width, unpacked);
        same("unpack_plus_one", level, (size_t)width, unpacked, expected, sizeof expected);
        for (int i = 0; i < 128; i++) expected[i] += i ? expected[i - 1] : 5;
        ck_unpack_rows(packed, width, 5, unpacked);
        same("unpack_rows", level, (size_t)width, unpacked, expected, sizeof expected);
    }
    uint8_t *text = last(first_memory, 4096, 1);
    for (int i = 0; i < 4096; i++) text[i] = (uint8_t)next_random();
    for (int i = 0; i <= 4096 - 64; i++) {
        ck_text_classes found = ck_classify_64(text + i), expected = ck_classify_tail(text + i, 64);
        same("classify", level, 64, &found, &expected, sizeof found);
    }
    for (size_t count = 0; count <= 4096; count += count < 80 ? 1 : 251) {
        uint32_t found = ck_crc32c_hardware(7, last(first_memory, count, 1), count);
        uint32_t expected = ck_crc32c_portable(7, last(first_memory, count, 1), count);
        same("crc32c", level, count, &found, &expected, 4);
    }
}

int main(void) {
    first_memory = make_fence();
    second_memory = make_fence();
    third_memory = make_fence();
    const uint64_t seed = state;
    uint64_t digests[CK_LEVEL_DOTPROD + 1];
    for (int level = 0; level <= CK_LEVEL_DOTPROD; level++) {
        if (!ck_vector_level_runs(level)) continue;
        state = seed;
        digest = 0xCBF29CE484222325u;
        for (size_t count = 1; count <= 4096; count += count < 140 ? 1 : 1 + 2 * (next_random() % 20)) {
            floats(level, count, 0);
            floats(level, count, 1);
            codes(level, count);
            queries(level, count);
            sums(level, count);
        }
        for (size_t count = 4093; count <= 4096; count++) {
            floats(level, count, 0);
            floats(level, count, 1);
            codes(level, count);
            queries(level, count);
        }
        for (size_t chunks = 1; chunks <= 64; chunks++) nibbles(level, chunks);
        for (size_t chunks = 1; chunks <= 40; chunks++) signs(level, chunks);
        for (size_t count = 1; count <= 70; count++) sign_rows(level, count);
        for (size_t count = 1; count <= 200; count += 1 + count / 8) sorted(level, count);
        rest(level);
        digests[level] = digest;
        if (digest != digests[0]) fail("the digest", level, 0);
        fprintf(stderr, "level %d: equal\n", level);
    }
    fprintf(stderr, "%zu comparisons\n", comparisons);
    printf("%016llx\n", (unsigned long long)digests[0]);
    return 0;
}
