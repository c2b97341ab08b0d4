// Products with weights that are packed in tiles of sixteen outputs.
#pragma once

#include <algorithm>

#include "bytes.hpp"
#include "team.hpp"

namespace parley {

constexpr int GROUP = 32;  // Inputs that share a scale.

// Rows and tiles that are multiplied at once: as many as the registers hold.
#if defined(__AVX512F__)
constexpr int ROWS = 6, TILES = 2;
#else
constexpr int ROWS = 4, TILES = 1;
#endif

enum Format : int32_t { FLOAT32 = 0, BFLOAT16 = 1, INT8 = 2, INT4 = 3 };

// Weights of `outputs` x `inputs`, as inference/engine/native/packing.py lays them out, tile after tile:
//   FLOAT32, BFLOAT16  [inputs][16 outputs]
//   INT8               scales half[groups][16], then [inputs / 4][16 outputs][4 inputs] of level + 128
//   INT4               for each group: scales half[16], minima half[16], then 4 x [16 outputs][4 inputs] of
//                      nibbles: the low ones hold the first sixteen inputs, the high ones the rest
// Outputs are filled up to a multiple of 32, inputs to one of 32, with zeros.
struct Matrix {
    int32_t format;
    int32_t outputs;
    int32_t inputs;
    int32_t padded_inputs;
    const uint8_t* data;
    const float* bias;

    bool is_whole() const { return format == INT8 || format == INT4; }
    int tiles() const { return (outputs + 2 * LANES - 1) / (2 * LANES) * 2; }
    size_t tile_bytes() const {
        const size_t inputs = padded_inputs;
        switch (format) {
            case FLOAT32: return inputs * LANES * 4;
            case BFLOAT16: return inputs * LANES * 2;
            case INT8: return inputs / GROUP * LANES * 2 + inputs * LANES;
            default: return inputs / GROUP * (2 * LANES * 2 + GROUP * LANES / 2);
        }
    }
    const uint8_t* tile(int index) const { return data + index * tile_bytes(); }
};

// Rows that a product reads: as they are, or as bytes with a scale for each group.
struct Rows {
    int width;  // A multiple of GROUP; what lies beyond the real inputs is zero.
    float* floats;
    int8_t* bytes;
    float* scales;   // Of each group of a row; so the next two.
    int32_t* sums;   // Of the bytes of the group.
    float* offsets;  // Sum times scale.

    int groups() const { return width / GROUP; }
    size_t place(int index) const { return static_cast<size_t>(index) * groups(); }
    float* row(int index) const { return floats + static_cast<size_t>(index) * width; }

    // Takes `inputs` numbers as row `index`, in the form that `reader` wants.
    void take(int index, const float* x, int inputs, const Matrix& reader) const {
        if (reader.is_whole() && inputs == width) {
            quantise(index, x);
            return;
        }
        float* to = row(index);
        std::copy(x, x + inputs, to);
        std::fill(to + inputs, to + width, 0.0f);
        if (reader.is_whole()) quantise(index, to);
    }

    // Rounds `x` to bytes as row `index`: level = x / scale with scale = max |x| / 127.
    void quantise(int index, const float* x) const {
        int8_t* to = bytes + static_cast<size_t>(index) * width;
        size_t at = place(index);
        for (int group = 0; group < groups(); ++group, x += GROUP, to += GROUP, ++at) {
            const Floats a = load(x), b = load(x + LANES);
            const float most = largest(larger(larger(a, -a), larger(b, -b)));
            const float inverse = most > 0 ? 127.0f / most : 0.0f;
            const int32_t total = store_bytes(to, to_nearest(a * inverse), to_nearest(b * inverse));
            scales[at] = most / 127.0f;
            sums[at] = total;
            offsets[at] = scales[at] * total;
        }
    }
};

inline int32_t four_bytes(const int8_t* from) {
    int32_t four;
    std::memcpy(&four, from, sizeof four);
    return four;
}

// Outputs of R rows from C tiles. Each row adds up in the same order whatever R and C are, so that a request's
// result does not depend, to the last bit, on who else is in the batch.
template <int R, int C>
inline void product_int4(const Matrix& m, const Rows& x, int first_row, int first_tile, Floats (&out)[R][C]) {
    const int groups = m.padded_inputs / GROUP;
    constexpr size_t GROUP_BYTES = 2 * LANES * 2 + GROUP * LANES / 2;
    const uint8_t* weights = m.tile(first_tile);
    const size_t next_tile = m.tile_bytes();
    const int8_t* bytes = x.bytes + static_cast<size_t>(first_row) * x.width;
    const size_t place = x.place(first_row);
    for (int group = 0; group < groups; ++group, weights += GROUP_BYTES, bytes += GROUP) {
        Sums sums[R][C] = {};
        unrolled<4>([&](auto quad) {
            unrolled<C>([&](auto c) {
                const Bytes both = load_bytes(weights + c * next_tile + 4 * LANES + quad * 64);
                const Bytes low = low_nibbles(both), high = high_nibbles(both);
                unrolled<R>([&](auto r) {
                    const int8_t* four = bytes + static_cast<size_t>(r) * x.width + 4 * quad;
                    sums[r][c] = add_nibbles(sums[r][c], low, four_bytes(four));
                    sums[r][c] = add_nibbles(sums[r][c], high, four_bytes(four + GROUP / 2));
                });
            });
        });
        unrolled<C>([&](auto c) {
            const _Float16* halves = reinterpret_cast<const _Float16*>(weights + c * next_tile);
            const Floats scale = load(halves), minimum = load(halves + LANES);
            unrolled<R>([&](auto r) {
                const size_t at = place + static_cast<size_t>(r) * groups + group;
                const Floats base = multiply_add(minimum, all(x.offsets[at]), out[r][c]);
                const Floats product = to_floats(whole_nibbles(sums[r][c])) * x.scales[at];
                out[r][c] = multiply_add(product, scale, base);
            });
        });
    }
}

template <int R, int C>
inline void product_int8(const Matrix& m, const Rows& x, int first_row, int first_tile, Floats (&out)[R][C]) {
    const int groups = m.padded_inputs / GROUP;
    const uint8_t* scales = m.tile(first_tile);
    const uint8_t* weights = scales + groups * LANES * 2;
    const size_t next_tile = m.tile_bytes();
    const int8_t* bytes = x.bytes + static_cast<size_t>(first_row) * x.width;
    const size_t place = x.place(first_row);
    for (int group = 0; group < groups; ++group, weights += GROUP * LANES, scales += LANES * 2, bytes += GROUP) {
        Sums sums[R][C];
        unrolled<R>([&](auto r) {
            const Ints excess = all(-EXCESS * x.sums[place + static_cast<size_t>(r) * groups + group]);
            unrolled<C>([&](auto c) { sums[r][c] = excess; });
        });
        unrolled<GROUP / 4>([&](auto quad) {
            unrolled<C>([&](auto c) {
                const Bytes levels = load_bytes(weights + c * next_tile + quad * 64);
                unrolled<R>([&](auto r) {
                    const int8_t* four = bytes + static_cast<size_t>(r) * x.width + 4 * quad;
                    sums[r][c] = add_levels(sums[r][c], levels, four_bytes(four));
                });
            });
        });
        unrolled<C>([&](auto c) {
            const Floats scale = load(reinterpret_cast<const _Float16*>(scales + c * next_tile));
            unrolled<R>([&](auto r) {
                const float step = x.scales[place + static_cast<size_t>(r) * groups + group];
                out[r][c] = multiply_add(to_floats(sums[r][c]) * step, scale, out[r][c]);
            });
        });
    }
}

template <bool HALF, int R, int C>
inline void product_float(const Matrix& m, const Rows& x, int first_row, int first_tile, Floats (&out)[R][C]) {
    const uint8_t* weights = m.tile(first_tile);
    const size_t next_tile = m.tile_bytes();
    const float* row = x.row(first_row);
    for (int input = 0; input < m.padded_inputs; ++input, weights += LANES * (HALF ? 2 : 4)) {
        unrolled<C>([&](auto c) {
            Floats w;
            if constexpr (HALF) w = load_bfloat16(reinterpret_cast<const uint16_t*>(weights + c * next_tile));
            else w = load(reinterpret_cast<const float*>(weights + c * next_tile));
            unrolled<R>([&](auto r) {
                out[r][c] = multiply_add(w, all(row[static_cast<size_t>(r) * x.width + input]), out[r][c]);
            });
        });
    }
}

// Where the outputs of a product go.
struct Target {
    float* data;
    int width;
    bool adds;  // To what is there already: the residual stream.

    void put(int row, int output, Floats value) const {
        float* place = data + static_cast<size_t>(row) * width + output;
        const int count = width - output;
        if (count >= LANES) {
            store(place, adds ? load(place) + value : value);
            return;
        }
        for (int lane = 0; lane < count; ++lane) place[lane] = adds ? place[lane] + value[lane] : value[lane];
    }
};

template <int R>
void product_rows(const Matrix& m, const Rows& x, int first_row, int first_tile, const Target& y) {
    Floats out[R][TILES] = {};
    switch (m.format) {
        case INT4: product_int4(m, x, first_row, first_tile, out); break;
        case INT8: product_int8(m, x, first_row, first_tile, out); break;
        case BFLOAT16: product_float<true>(m, x, first_row, first_tile, out); break;
        default: product_float<false>(m, x, first_row, first_tile, out);
    }
    unrolled<TILES>([&](auto c) {
        const int output = (first_tile + c) * LANES;
        if (output >= m.outputs) return;
        const Floats bias = m.bias ? load(m.bias + output) : Floats{};
        unrolled<R>([&](auto r) { y.put(first_row + r, output, out[r][c] + bias); });
    });
}

// The last rows, fewer than fill the registers.
template <int R>
void product_rest(const Matrix& m, const Rows& x, int first_row, int rows, int first_tile, const Target& y) {
    if constexpr (R > 0) {
        if (rows == R) product_rows<R>(m, x, first_row, first_tile, y);
        else product_rest<R - 1>(m, x, first_row, rows, first_tile, y);
    }
}

// y = x W' + bias, or added to y; an item of work is 32 outputs of all rows, so each weight is read once.
inline void multiply(Team& team, const Matrix& m, const Rows& x, int rows, const Target& y) {
    team.each(m.tiles() / 2, [&](int pair) {
        for (int tile = 2 * pair; tile < 2 * pair + 2; tile += TILES) {
            int row = 0;
            for (; row + ROWS <= rows; row += ROWS) product_rows<ROWS>(m, x, row, tile, y);
            product_rest<ROWS - 1>(m, x, row, rows - row, tile, y);
        }
    });
}

// Writes row `index` of the weights, as an embedding table has it.
inline void look_up(const Matrix& m, int64_t index, float* to) {
    const uint8_t* tile = m.tile(static_cast<int>(index / LANES));
    const int lane = static_cast<int>(index % LANES);
    for (int input = 0; input < m.inputs; ++input) {
        if (m.format == FLOAT32) {
            to[input] = reinterpret_cast<const float*>(tile)[input * LANES + lane];
        } else if (m.format == BFLOAT16) {
            const uint32_t bits = reinterpret_cast<const uint16_t*>(tile)[input * LANES + lane] << 16;
            std::memcpy(to + input, &bits, sizeof bits);
        } else if (m.format == INT8) {
            const _Float16* scales = reinterpret_cast<const _Float16*>(tile) + input / GROUP * LANES;
            const uint8_t* levels = tile + m.padded_inputs / GROUP * LANES * 2;
            const int level = levels[input / 4 * 64 + lane * 4 + input % 4];
            to[input] = static_cast<float>(scales[lane]) * (level - 128);
        } else {
            const uint8_t* group = tile + input / GROUP * (2 * LANES * 2 + GROUP * LANES / 2);
            const _Float16* halves = reinterpret_cast<const _Float16*>(group);
            const int place = input % GROUP;
            const uint8_t both = group[64 + (place % 16) / 4 * 64 + lane * 4 + place % 4];
            const int level = place < 16 ? both & 15 : both >> 4;
            to[input] = static_cast<float>(halves[lane]) * level + static_cast<float>(halves[LANES + lane]);
        }
    }
}

}  // namespace parley
