// Attention over keys and values that lie in blocks of 32 tokens.
#pragma once

#include <algorithm>

#include "team.hpp"
#include "vectors.hpp"

namespace parley {

constexpr int BLOCK = 32;  // Tokens.

// Query vectors that share what is loaded of a block, and pieces of a value that are added up at once: as many as
// the registers hold.
#if defined(__AVX512F__)
constexpr int QUERIES = 4, PIECES = 4;
#else
constexpr int QUERIES = 3, PIECES = 2;
#endif

// Rows `start` to `end` of a batch: consecutive tokens of one request, from `position` on.
struct Segment {
    int32_t start;
    int32_t end;
    int32_t position;
    int32_t first_block;  // Place of its block table in Step::blocks.
};

// The cache of all layers: [block][layer][keys, values]. Of a block, head after head, the keys are
// [head size][32 tokens], so that sixteen scores are computed at once, and the values [32 tokens][head size].
template <class Element>
struct Cache {
    Element* data;
    int layers, heads, head_size;

    size_t half() const { return static_cast<size_t>(heads) * head_size * BLOCK; }
    Element* keys(int block, int layer, int head) const {
        return data + (static_cast<size_t>(block) * layers + layer) * 2 * half() +
               static_cast<size_t>(head) * head_size * BLOCK;
    }
    Element* values(int block, int layer, int head) const { return keys(block, layer, head) + half(); }

    void put(int block, int layer, int head, int place, const float* key, const float* value) const {
        Element* keys_of = keys(block, layer, head) + place;
        Element* values_of = values(block, layer, head) + static_cast<size_t>(place) * head_size;
        for (int d = 0; d < head_size; d += LANES) {
            Element narrow[LANES];
            store(narrow, load(key + d));
            for (int lane = 0; lane < LANES; ++lane) keys_of[static_cast<size_t>(d + lane) * BLOCK] = narrow[lane];
            store(values_of + d, load(value + d));
        }
    }
};

// A query with what it has seen so far: the running maximum and sum of its softmax and the weighted values
// (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax").
struct Query {
    const float* vector;
    float* output;
    int first, last;  // Positions that it may see: first <= position < last.
    float most, total;
};

template <int N>
inline void attend_block(Query* queries, const float* keys, const float* values, int position, int head_size) {
    Floats scores[N][2] = {};
    for (int d = 0; d < head_size; ++d) {
        const Floats low = load(keys + d * BLOCK), high = load(keys + d * BLOCK + LANES);
        unrolled<N>([&](auto n) {
            const Floats q = all(queries[n].vector[d]);
            scores[n][0] = multiply_add(q, low, scores[n][0]);
            scores[n][1] = multiply_add(q, high, scores[n][1]);
        });
    }
    // Finite, so that a block of which a query sees nothing leaves no NaN: the next one scales it away to zero.
    const Floats hidden = all(-1e30f);
    float weights[N][BLOCK];
    unrolled<N>([&](auto n) {
        Query& query = queries[n];
        unrolled<2>([&](auto half) {
            const Ints at = numbered() + (position + half * LANES);
            scores[n][half] = choose((at >= query.first) & (at < query.last), scores[n][half], hidden);
        });
        const float most = std::max(query.most, largest(larger(scores[n][0], scores[n][1])));
        const Floats low = exponential(scores[n][0] - most), high = exponential(scores[n][1] - most);
        store(weights[n], low);
        store(weights[n] + LANES, high);
        if (most > query.most) {
            const float fade = exponential(all(query.most - most))[0];
            query.total *= fade;
            query.most = most;
            for (int d = 0; d < head_size; d += LANES) store(query.output + d, load(query.output + d) * fade);
        }
        query.total += sum(low + high);
    });
    int d = 0;
    for (; d + PIECES * LANES <= head_size; d += PIECES * LANES) {
        Floats out[N][PIECES];
        unrolled<N>([&](auto n) {
            unrolled<PIECES>([&](auto j) { out[n][j] = load(queries[n].output + d + j * LANES); });
        });
        for (int token = 0; token < BLOCK; ++token) {
            unrolled<PIECES>([&](auto j) {
                const Floats value = load(values + static_cast<size_t>(token) * head_size + d + j * LANES);
                unrolled<N>([&](auto n) { out[n][j] = multiply_add(value, all(weights[n][token]), out[n][j]); });
            });
        }
        unrolled<N>([&](auto n) {
            unrolled<PIECES>([&](auto j) { store(queries[n].output + d + j * LANES, out[n][j]); });
        });
    }
    for (; d < head_size; d += LANES) {
        for (int n = 0; n < N; ++n) {
            Floats out = load(queries[n].output + d);
            for (int token = 0; token < BLOCK; ++token) {
                const Floats value = load(values + static_cast<size_t>(token) * head_size + d);
                out = multiply_add(value, all(weights[n][token]), out);
            }
            store(queries[n].output + d, out);
        }
    }
}

// Lets `count` queries see, of one head, the blocks that any of them may see. They are taken in the same
// steps whatever else is in the batch, and a block that a query does not see changes nothing for it.
template <class Element>
void attend(const Cache<Element>& cache, const int32_t* blocks, int layer, int head, Query* queries, int count) {
    const int size = cache.head_size;
    constexpr bool CONVERTS = !std::is_same_v<Element, float>;
    thread_local std::vector<float> buffer;
    if constexpr (CONVERTS) buffer.resize(2 * static_cast<size_t>(size) * BLOCK);
    int first = queries[0].first, last = queries[0].last;
    for (int n = 0; n < count; ++n) {
        first = std::min(first, queries[n].first);
        last = std::max(last, queries[n].last);
        queries[n].most = -1e30f;
        queries[n].total = 0;
        std::fill(queries[n].output, queries[n].output + size, 0.0f);
    }
    for (int block = first / BLOCK; block * BLOCK < last; ++block) {
        const Element* key_data = cache.keys(blocks[block], layer, head);
        const Element* value_data = cache.values(blocks[block], layer, head);
        const float *keys, *values;
        if constexpr (CONVERTS) {
            for (int i = 0; i < size * BLOCK; i += LANES) {
                store(&buffer[i], load(key_data + i));
                store(&buffer[size * BLOCK + i], load(value_data + i));
            }
            keys = &buffer[0];
            values = &buffer[size * BLOCK];
        } else {
            keys = key_data;
            values = value_data;
        }
        int n = 0;
        for (; n + QUERIES <= count; n += QUERIES)
            attend_block<QUERIES>(queries + n, keys, values, block * BLOCK, size);
        switch (count - n) {
            case 3: attend_block<3>(queries + n, keys, values, block * BLOCK, size); break;
            case 2: attend_block<2>(queries + n, keys, values, block * BLOCK, size); break;
            case 1: attend_block<1>(queries + n, keys, values, block * BLOCK, size); break;
        }
    }
    for (int n = 0; n < count; ++n)
        for (int d = 0; d < size; d += LANES)
            store(queries[n].output + d, load(queries[n].output + d) / all(queries[n].total));
}

}  // namespace parley
