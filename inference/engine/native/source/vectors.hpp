// Sixteen lanes at a time: one register with AVX-512, pairs of eight lanes elsewhere.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace parley {

constexpr int LANES = 16;

// Calls `step` with 0 .. N-1 as constants: a loop written out, so that an array of vectors lives in registers.
template <int N, class Step>
[[gnu::always_inline]] inline void unrolled(const Step& step) {
    [&]<int... I>(std::integer_sequence<int, I...>) { (step(std::integral_constant<int, I>{}), ...); }(
        std::make_integer_sequence<int, N>{});
}

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

// Halves are copied one by one: copied as a whole they would pass over the stack in quarters.
template <class Vector>
inline Vector loaded(const void* from) {
    Vector value;
#if defined(__AVX512F__)
    std::memcpy(&value, from, sizeof value);
#else
    const auto* halves = static_cast<const char*>(from);
    std::memcpy(&value.part[0], halves, sizeof value.part[0]);
    std::memcpy(&value.part[1], halves + sizeof value.part[0], sizeof value.part[1]);
#endif
    return value;
}

inline Floats load(const float* from) { return loaded<Floats>(from); }
inline Bytes load_bytes(const uint8_t* from) { return loaded<Bytes>(from); }

inline void store(float* to, Floats value) {
#if defined(__AVX512F__)
    std::memcpy(to, &value, sizeof value);
#else
    std::memcpy(to, &value.part[0], sizeof value.part[0]);
    std::memcpy(to + LANES / 2, &value.part[1], sizeof value.part[1]);
#endif
}

inline Ints numbered() {
    const int32_t numbers[LANES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    return loaded<Ints>(numbers);
}

inline Floats larger(Floats a, Floats b) { return choose(a > b, a, b); }

inline float sum(Floats value) {
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps((__m512)value);
#elif defined(__AVX2__)
    const __m256 eight = (__m256)(value.part[0] + value.part[1]);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
#else
    float total = 0;
    for (int lane = 0; lane < LANES; ++lane) total += value[lane];
    return total;
#endif
}

inline float largest(Floats value) {
#if defined(__AVX512F__)
    return _mm512_reduce_max_ps((__m512)value);
#elif defined(__AVX2__)
    const __m256 eight = _mm256_max_ps((__m256)value.part[0], (__m256)value.part[1]);
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
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
#elif defined(__AVX2__)
    const __m128i* halves = reinterpret_cast<const __m128i*>(from);
    return {{(Floats8)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(halves)), 16),
             (Floats8)_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(halves + 1)), 16)}};
#else
    uint32_t wide[LANES];
    for (int lane = 0; lane < LANES; ++lane) wide[lane] = static_cast<uint32_t>(from[lane]) << 16;
    Floats value;
    std::memcpy(&value, wide, sizeof value);
    return value;
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
