// Sixteen lanes at a time: one register with AVX-512, pairs of eight lanes elsewhere.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace parley {

constexpr int LANES = 16;

#if defined(__AVX512F__)

typedef float Floats __attribute__((vector_size(64)));
typedef int32_t Ints __attribute__((vector_size(64)));
typedef uint8_t Bytes __attribute__((vector_size(64)));

inline Floats all(float value) { return value - Floats{}; }
inline Ints all(int32_t value) { return value - Ints{}; }
inline Floats choose(Ints where, Floats a, Floats b) { return where ? a : b; }
inline Floats to_floats(Ints value) { return __builtin_convertvector(value, Floats); }
inline Ints to_ints(Floats value) { return __builtin_convertvector(value, Ints); }
inline Floats as_floats(Ints bits) { return (Floats)bits; }
inline Bytes low_nibbles(Bytes both) { return both & 15; }
inline Bytes high_nibbles(Bytes both) { return both >> 4; }

// a * b + c, rounded once: the same in every row, however many rows there are.
inline Floats multiply_add(Floats a, Floats b, Floats c) {
    return (Floats)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}

#else

// Two vectors of eight lanes, which compilers handle well where sixteen would be spread over the stack.
template <class Vector, class Element>
struct Pair {
    Vector part[2];

    Element operator[](int lane) const { return part[lane / 8][lane % 8]; }

    friend Pair operator+(Pair a, Pair b) { return {{a.part[0] + b.part[0], a.part[1] + b.part[1]}}; }
    friend Pair operator-(Pair a, Pair b) { return {{a.part[0] - b.part[0], a.part[1] - b.part[1]}}; }
    friend Pair operator*(Pair a, Pair b) { return {{a.part[0] * b.part[0], a.part[1] * b.part[1]}}; }
    friend Pair operator/(Pair a, Pair b) { return {{a.part[0] / b.part[0], a.part[1] / b.part[1]}}; }
    friend Pair operator&(Pair a, Pair b) { return {{a.part[0] & b.part[0], a.part[1] & b.part[1]}}; }
    friend Pair operator<<(Pair a, int bits) { return {{a.part[0] << bits, a.part[1] << bits}}; }
    Pair operator-() const { return {{-part[0], -part[1]}}; }

    static Pair of(Element value) { return {{value - Vector{}, value - Vector{}}}; }
    friend Pair operator+(Pair a, Element b) { return a + of(b); }
    friend Pair operator+(Element a, Pair b) { return of(a) + b; }
    friend Pair operator-(Pair a, Element b) { return a - of(b); }
    friend Pair operator*(Pair a, Element b) { return a * of(b); }
    friend Pair operator*(Element a, Pair b) { return of(a) * b; }
    friend Pair operator/(Element a, Pair b) { return of(a) / b; }
};

typedef float Floats8 __attribute__((vector_size(32)));
typedef int32_t Ints8 __attribute__((vector_size(32)));
typedef uint8_t Bytes32 __attribute__((vector_size(32)));
using Floats = Pair<Floats8, float>;
using Ints = Pair<Ints8, int32_t>;
struct Bytes {
    Bytes32 part[2];
};

inline Floats all(float value) { return Floats::of(value); }
inline Ints all(int32_t value) { return Ints::of(value); }
inline Ints operator>(Floats a, Floats b) { return {{a.part[0] > b.part[0], a.part[1] > b.part[1]}}; }
inline Ints operator<(Floats a, float b) { return all(b) > a; }
inline Ints operator<(Ints a, int b) { return {{a.part[0] < b, a.part[1] < b}}; }
inline Ints operator>=(Ints a, int b) { return {{a.part[0] >= b, a.part[1] >= b}}; }
inline Floats choose(Ints where, Floats a, Floats b) {
    return {{where.part[0] ? a.part[0] : b.part[0], where.part[1] ? a.part[1] : b.part[1]}};
}
inline Floats to_floats(Ints value) {
    return {{__builtin_convertvector(value.part[0], Floats8), __builtin_convertvector(value.part[1], Floats8)}};
}
inline Ints to_ints(Floats value) {
    return {{__builtin_convertvector(value.part[0], Ints8), __builtin_convertvector(value.part[1], Ints8)}};
}
inline Floats as_floats(Ints bits) { return {{(Floats8)bits.part[0], (Floats8)bits.part[1]}}; }
inline Bytes low_nibbles(Bytes both) { return {{both.part[0] & 15, both.part[1] & 15}}; }
inline Bytes high_nibbles(Bytes both) { return {{both.part[0] >> 4, both.part[1] >> 4}}; }

// a * b + c, rounded once where the processor can: the same in every row, however many rows there are.
inline Floats multiply_add(Floats a, Floats b, Floats c) {
#if defined(__FMA__)
    return {{(Floats8)_mm256_fmadd_ps((__m256)a.part[0], (__m256)b.part[0], (__m256)c.part[0]),
             (Floats8)_mm256_fmadd_ps((__m256)a.part[1], (__m256)b.part[1], (__m256)c.part[1])}};
#else
    return a * b + c;
#endif
}

#endif

inline Floats load(const float* from) {
    Floats value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

inline void store(float* to, Floats value) { std::memcpy(to, &value, sizeof value); }

inline Bytes load_bytes(const uint8_t* from) {
    Bytes value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

inline Ints numbered() {
    const int32_t numbers[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    Ints value;
    std::memcpy(&value, numbers, sizeof value);
    return value;
}

inline Floats larger(Floats a, Floats b) { return choose(a > b, a, b); }

inline float sum(Floats value) {
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)value);
#else
    float total = 0;
    for (int lane = 0; lane < LANES; ++lane) total += value[lane];
    return total;
#endif
}

inline float largest(Floats value) {
#if defined(__AVX512F__)
    return _mm512_reduce_max_ps((__m512)value);
#else
    float most = value[0];
    for (int lane = 1; lane < LANES; ++lane) most = value[lane] > most ? value[lane] : most;
    return most;
#endif
}

inline Floats load(const _Float16* from) {
#if defined(__AVX512F__)
    return (Floats)_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
#elif defined(__F16C__)
    const __m128i* halves = reinterpret_cast<const __m128i*>(from);
    return {{(Floats8)_mm256_cvtph_ps(_mm_loadu_si128(halves)),
             (Floats8)_mm256_cvtph_ps(_mm_loadu_si128(halves + 1))}};
#else
    float wide[LANES];
    for (int lane = 0; lane < LANES; ++lane) wide[lane] = static_cast<float>(from[lane]);
    return load(wide);
#endif
}

inline void store(_Float16* to, Floats value) {
#if defined(__AVX512F__)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtps_ph((__m512)value, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__F16C__)
    __m128i* halves = reinterpret_cast<__m128i*>(to);
    _mm_storeu_si128(halves, _mm256_cvtps_ph((__m256)value.part[0], _MM_FROUND_TO_NEAREST_INT));
    _mm_storeu_si128(halves + 1, _mm256_cvtps_ph((__m256)value.part[1], _MM_FROUND_TO_NEAREST_INT));
#else
    for (int lane = 0; lane < LANES; ++lane) to[lane] = static_cast<_Float16>(value[lane]);
#endif
}

// bfloat16 is the upper half of a float32.
inline Floats load_bfloat16(const uint16_t* from) {
#if defined(__AVX512F__)
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
    return (Floats)_mm512_slli_epi32(wide, 16);
#else
    uint32_t wide[LANES];
    for (int lane = 0; lane < LANES; ++lane) wide[lane] = static_cast<uint32_t>(from[lane]) << 16;
    Floats value;
    std::memcpy(&value, wide, sizeof value);
    return value;
#endif
}

// In each lane: total + the four products of the unsigned bytes of `weights` with the signed bytes of `four`.
inline Ints dot4(Ints total, Bytes weights, int32_t four) {
#if defined(__AVX512VNNI__)
    return (Ints)_mm512_dpbusd_epi32((__m512i)total, (__m512i)weights, _mm512_set1_epi32(four));
#elif defined(__AVX512BW__)
    const __m512i both = _mm512_set1_epi32(four);
    const __m512i even = _mm512_srai_epi16(_mm512_slli_epi16(both, 8), 8), odd = _mm512_srai_epi16(both, 8);
    const __m512i low = _mm512_and_si512((__m512i)weights, _mm512_set1_epi16(0xff));
    const __m512i high = _mm512_srli_epi16((__m512i)weights, 8);
    const __m512i products = _mm512_add_epi32(_mm512_madd_epi16(low, even), _mm512_madd_epi16(high, odd));
    return (Ints)_mm512_add_epi32((__m512i)total, products);
#elif defined(__AVX2__)
    // Even and odd bytes apart, so that no sum of two products overflows 16 bits.
    const __m256i both = _mm256_set1_epi32(four);
    const __m256i even = _mm256_srai_epi16(_mm256_slli_epi16(both, 8), 8), odd = _mm256_srai_epi16(both, 8);
    for (int part = 0; part < 2; ++part) {
        const __m256i low = _mm256_and_si256((__m256i)weights.part[part], _mm256_set1_epi16(0xff));
        const __m256i high = _mm256_srli_epi16((__m256i)weights.part[part], 8);
        const __m256i products = _mm256_add_epi32(_mm256_madd_epi16(low, even), _mm256_madd_epi16(high, odd));
        total.part[part] += (Ints8)products;
    }
    return total;
#else
    int8_t factors[4];
    uint8_t levels[4 * LANES];
    int32_t totals[LANES];
    std::memcpy(factors, &four, sizeof factors);
    std::memcpy(levels, &weights, sizeof levels);
    std::memcpy(totals, &total, sizeof totals);
    for (int lane = 0; lane < LANES; ++lane)
        for (int k = 0; k < 4; ++k) totals[lane] += levels[4 * lane + k] * factors[k];
    std::memcpy(&total, totals, sizeof total);
    return total;
#endif
}

// e to the power of x for x <= 0, within 2 units in the last place: 2^n times a polynomial (Cephes' expf). Nothing
// at all for what is below float32's normal numbers, so that what is hidden leaves no trace.
inline Floats exponential(Floats x) {
    const Ints vanishes = x < -87.0f;
    x = larger(x, all(-87.0f));
    const Ints whole = to_ints(x * 1.44269504088896341f - 0.5f);
    const Floats n = to_floats(whole);
    Floats r = multiply_add(n, all(-0.693359375f), x);
    r = multiply_add(n, all(2.12194440e-4f), r);
    Floats p = all(1.9875691500e-4f);
    p = multiply_add(p, r, all(1.3981999507e-3f));
    p = multiply_add(p, r, all(8.3334519073e-3f));
    p = multiply_add(p, r, all(4.1665795894e-2f));
    p = multiply_add(p, r, all(1.6666665459e-1f));
    p = multiply_add(p, r, all(5.0000001201e-1f));
    p = multiply_add(p * r, r, r + 1.0f);
    return choose(vanishes, Floats{}, p * as_floats((whole + 127) << 23));
}

}  // namespace parley
