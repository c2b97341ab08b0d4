// Rows as bytes, and their products with weights of 4 and 8 bits.
#pragma once

#include "vectors.hpp"

namespace parley {

// Rounded to whole numbers, halves to even ones.
inline Ints to_nearest(Floats value) {
#if defined(__AVX512F__)
    return (Ints)_mm512_cvtps_epi32((__m512)value);
#elif defined(__AVX2__)
    return {{(Ints8)_mm256_cvtps_epi32((__m256)value.part[0]), (Ints8)_mm256_cvtps_epi32((__m256)value.part[1])}};
#else
    int32_t whole[LANES];
    for (int lane = 0; lane < LANES; ++lane) whole[lane] = static_cast<int32_t>(std::nearbyint(value[lane]));
    return loaded<Ints>(whole);
#endif
}

// Writes 32 whole numbers from -127 to 127 as bytes and returns their sum.
inline int32_t store_bytes(int8_t* to, Ints low, Ints high) {
#if defined(__AVX512F__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm512_cvtepi32_epi8((__m512i)low));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + LANES), _mm512_cvtepi32_epi8((__m512i)high));
    return _mm512_reduce_add_epi32(_mm512_add_epi32((__m512i)low, (__m512i)high));
#elif defined(__AVX2__)
    // Packing keeps the quarters of its sources apart, which the permutation puts in order.
    const __m256i lower = _mm256_packs_epi32((__m256i)low.part[0], (__m256i)low.part[1]);
    const __m256i upper = _mm256_packs_epi32((__m256i)high.part[0], (__m256i)high.part[1]);
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(lower, upper), order);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), bytes);
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), bytes);
    const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    const __m128i two = _mm_add_epi32(_mm256_castsi256_si128(fours), _mm256_extracti128_si256(fours, 1));
    const __m128i one = _mm_add_epi32(two, _mm_unpackhi_epi64(two, two));
    return _mm_cvtsi128_si32(one) + _mm_extract_epi32(one, 1);
#else
    int32_t total = 0;
    for (int lane = 0; lane < LANES; ++lane) {
        to[lane] = static_cast<int8_t>(low[lane]);
        to[LANES + lane] = static_cast<int8_t>(high[lane]);
        total += low[lane] + high[lane];
    }
    return total;
#endif
}

// Products of bytes, four a lane at a time. `Sums` are what they add up to over a group of 32 inputs, in each
// lane:
//   add_nibbles  weights from 0 to 15; over as many parts as the processor likes, which `whole_nibbles` adds up
//   add_levels   weights from -127 to 127, stored with 128 added; what is added is too large by `EXCESS` times the
//                sum of the rows' bytes
#if defined(__AVX512VNNI__)

using Sums = Ints;
constexpr int EXCESS = 128;

inline Sums add_nibbles(Sums sums, Bytes weights, int32_t four) {
    return (Ints)_mm512_dpbusd_epi32((__m512i)sums, (__m512i)weights, _mm512_set1_epi32(four));
}
inline Sums add_levels(Sums sums, Bytes weights, int32_t four) { return add_nibbles(sums, weights, four); }
inline Ints whole_nibbles(Sums sums) { return sums; }

#elif defined(__AVX512BW__)

using Sums = Ints;
constexpr int EXCESS = 0;

// Sixteen bits hold the sums of sixteen products of a nibble: 16 x 15 x 127 = 30,480.
inline Sums add_nibbles(Sums sums, Bytes weights, int32_t four) {
    const __m512i products = _mm512_maddubs_epi16((__m512i)weights, _mm512_set1_epi32(four));
    return (Ints)_mm512_add_epi16((__m512i)sums, products);
}
inline Ints whole_nibbles(Sums sums) { return (Ints)_mm512_madd_epi16((__m512i)sums, _mm512_set1_epi16(1)); }

inline Sums add_levels(Sums sums, Bytes weights, int32_t four) {
    const __m512i levels = _mm512_xor_si512((__m512i)weights, _mm512_set1_epi8(-128));
    const __m512i bytes = _mm512_set1_epi32(four);
    const __m512i turned = _mm512_mask_sub_epi8(bytes, _mm512_movepi8_mask(levels), __m512i{}, bytes);
    const __m512i products = _mm512_maddubs_epi16(_mm512_abs_epi8(levels), turned);
    return (Ints)_mm512_add_epi32((__m512i)sums, _mm512_madd_epi16(products, _mm512_set1_epi16(1)));
}

#elif defined(__AVX2__)

using Sums = Ints;
constexpr int EXCESS = 0;

// Sixteen bits hold the sums of sixteen products of a nibble: 16 x 15 x 127 = 30,480.
inline Sums add_nibbles(Sums sums, Bytes weights, int32_t four) {
    const __m256i bytes = _mm256_set1_epi32(four);
    for (int part = 0; part < 2; ++part) {
        const __m256i products = _mm256_maddubs_epi16((__m256i)weights.part[part], bytes);
        sums.part[part] = (Ints8)_mm256_add_epi16((__m256i)sums.part[part], products);
    }
    return sums;
}
inline Ints whole_nibbles(Sums sums) {
    const __m256i ones = _mm256_set1_epi16(1);
    return {{(Ints8)_mm256_madd_epi16((__m256i)sums.part[0], ones), (Ints8)_mm256_madd_epi16((__m256i)sums.part[1], ones)}};
}

// The instruction wants one factor without sign: the weight's sign goes to the other.
inline Sums add_levels(Sums sums, Bytes weights, int32_t four) {
    const __m256i bytes = _mm256_set1_epi32(four), ones = _mm256_set1_epi16(1);
    for (int part = 0; part < 2; ++part) {
        const __m256i levels = _mm256_xor_si256((__m256i)weights.part[part], _mm256_set1_epi8(-128));
        const __m256i products = _mm256_maddubs_epi16(_mm256_abs_epi8(levels), _mm256_sign_epi8(bytes, levels));
        sums.part[part] += (Ints8)_mm256_madd_epi16(products, ones);
    }
    return sums;
}

#else

using Sums = Ints;
constexpr int EXCESS = 128;

inline Sums add_nibbles(Sums sums, Bytes weights, int32_t four) {
    int8_t factors[4];
    uint8_t levels[4 * LANES];
    int32_t totals[LANES];
    std::memcpy(factors, &four, sizeof factors);
    std::memcpy(levels, &weights, sizeof levels);
    std::memcpy(totals, &sums, sizeof totals);
    for (int lane = 0; lane < LANES; ++lane)
        for (int k = 0; k < 4; ++k) totals[lane] += levels[4 * lane + k] * factors[k];
    std::memcpy(&sums, totals, sizeof sums);
    return sums;
}
inline Sums add_levels(Sums sums, Bytes weights, int32_t four) { return add_nibbles(sums, weights, four); }
inline Ints whole_nibbles(Sums sums) { return sums; }

#endif

}  // namespace parley
