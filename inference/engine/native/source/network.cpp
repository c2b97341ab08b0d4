// A decoder of the Llama family: one step over a packed batch. inference/engine/native/structures.py mirrors
// the structures; packing.py makes the matrices, network.py fills in the rest from a transformers model.

#include <type_traits>

#include "attention.hpp"
#include "matrix.hpp"

namespace parley {

enum Activation : int32_t { SILU = 0, GELU_TANH = 1 };

struct Layer {
    Matrix query_key_value;
    Matrix attention_output;
    Matrix gate_up;
    Matrix down;
    const float* attention_norm;
    const float* query_norm;             // Null where the architecture has none; so the next three.
    const float* key_norm;
    const float* after_attention_norm;
    const float* after_mlp_norm;
    const float* mlp_norm;
    const float* cosines;  // [position][rotary size]
    const float* sines;
    int32_t window;  // 0: every earlier token is visible.
};

struct Network {
    int32_t layers, hidden, heads, kv_heads, head_size, rotary_size, intermediate, vocabulary;
    int32_t activation;
    int32_t half_cache;  // Keys and values as float16, else as float32.
    float epsilon, attention_scale, embedding_scale;
    Matrix embedding;
    Matrix head;
    const float* final_norm;
    const Layer* layer;
};

struct Step {
    int32_t tokens, segments, wanted;
    const int64_t* token;
    const int64_t* position;
    const int64_t* wanted_rows;
    const Segment* segment;
    const int32_t* blocks;
    void* cache;
    float* logits;  // [wanted][vocabulary]
};

namespace {

int padded(int width) { return (width + GROUP - 1) / GROUP * GROUP; }

// Scratch that grows to the largest step seen.
struct Scratch {
    std::vector<float> floats, scales, offsets, residual, attended, wide;
    std::vector<int8_t> bytes;
    std::vector<int32_t> sums;

    Rows rows(int count, int inputs) {
        const size_t width = padded(inputs), size = count * width;
        if (floats.size() < size) {
            floats.resize(size);
            bytes.resize(size);
            scales.resize(size / GROUP);
            offsets.resize(size / GROUP);
            sums.resize(size / GROUP);
        }
        return {static_cast<int>(width), floats.data(), bytes.data(), scales.data(), sums.data(), offsets.data()};
    }
};

float* reserve(std::vector<float>& buffer, size_t size) {
    if (buffer.size() < size) buffer.resize(size);
    return buffer.data();
}

// Root mean square norm (Zhang and Sennrich 2019) of `size` numbers, times `weight`.
void normalise(const float* x, const float* weight, float epsilon, int size, float* to) {
    Floats squares = {};
    int i = 0;
    for (; i + LANES <= size; i += LANES) squares = multiply_add(load(x + i), load(x + i), squares);
    float total = sum(squares);
    for (; i < size; ++i) total += x[i] * x[i];
    const float factor = 1.0f / std::sqrt(total / size + epsilon);
    for (i = 0; i < size; ++i) to[i] = x[i] * factor * weight[i];
}

// Rotary position embedding (Su et al. 2021), halves rotated against each other as in transformers.
void rotate(float* x, const float* cosines, const float* sines, int size) {
    const int half = size / 2;
    for (int d = 0; d < half; ++d) {
        const float a = x[d], b = x[d + half];
        x[d] = a * cosines[d] - b * sines[d];
        x[d + half] = b * cosines[d + half] + a * sines[d + half];
    }
}

Floats activate(Floats x, int kind) {
    // tanh-approximated GELU (Hendrycks and Gimpel 2016) is x times a logistic function too.
    const Floats z = kind == GELU_TANH ? 1.5957691216057308f * (x + 0.044715f * x * x * x) : x;
    const Floats e = exponential(-larger(z, -z));
    return x * choose(z < 0.0f, e / (1.0f + e), 1.0f / (1.0f + e));
}

// A stretch of queries of one segment and one key head, an item of work.
struct Stretch {
    int segment, start, end, head;
};

class Engine {
  public:
    Engine(const Network& network, Team& team) : net_(network), team_(team) {}

    void run(const Step& step) {
        if (net_.half_cache) run_on<_Float16>(step);
        else run_on<float>(step);
    }

  private:
    template <class Element>
    void run_on(const Step& step) {
        const Cache<Element> cache{static_cast<Element*>(step.cache), net_.layers, net_.kv_heads, net_.head_size};
        const int tokens = step.tokens, hidden = net_.hidden;
        plan(step);
        float* stream = reserve(scratch_.residual, static_cast<size_t>(tokens) * hidden);
        team_.each_row(tokens, [&](int row) {
            float* x = stream + static_cast<size_t>(row) * hidden;
            look_up(net_.embedding, step.token[row], x);
            if (net_.embedding_scale != 1.0f)
                for (int i = 0; i < hidden; ++i) x[i] *= net_.embedding_scale;
        });
        for (int index = 0; index < net_.layers; ++index) {
            const Layer& layer = net_.layer[index];
            attention(step, cache, index, stream);
            mlp(layer, tokens, stream);
        }
        const Rows rows = scratch_.rows(step.wanted, hidden);
        team_.each(step.wanted, [&](int row) {
            norm_into(rows, row, stream + step.wanted_rows[row] * hidden, net_.final_norm, net_.head);
        });
        multiply(team_, net_.head, rows, step.wanted, {step.logits, net_.vocabulary, false});
    }

    // Which queries are attended together: those of one key head that lie close in one prompt.
    void plan(const Step& step) {
        stretches_.clear();
        segment_of_.resize(step.tokens);
        for (int s = 0; s < step.segments; ++s) {
            const Segment& segment = step.segment[s];
            for (int row = segment.start; row < segment.end; ++row) segment_of_[row] = s;
            // From the end, where the most keys are visible: the longest pieces of work come first.
            for (int end = segment.end; end > segment.start; end -= STRETCH)
                for (int head = 0; head < net_.kv_heads; ++head)
                    stretches_.push_back({s, std::max(segment.start, end - STRETCH), end, head});
        }
    }

    template <class Element>
    void attention(const Step& step, const Cache<Element>& cache, int index, float* stream) {
        const Layer& layer = net_.layer[index];
        const int tokens = step.tokens, hidden = net_.hidden, size = net_.head_size;
        const int width = (net_.heads + 2 * net_.kv_heads) * size, shared = net_.heads / net_.kv_heads;
        const Rows rows = scratch_.rows(tokens, hidden);
        team_.each_row(tokens, [&](int row) {
            norm_into(rows, row, stream + static_cast<size_t>(row) * hidden, layer.attention_norm,
                      layer.query_key_value);
        });
        float* projected = reserve(scratch_.wide, static_cast<size_t>(tokens) * width);
        multiply(team_, layer.query_key_value, rows, tokens, {projected, width, false});
        team_.each_row(tokens, [&](int row) {
            float* x = projected + static_cast<size_t>(row) * width;
            const int64_t position = step.position[row];
            const float* cosines = layer.cosines + position * net_.rotary_size;
            const float* sines = layer.sines + position * net_.rotary_size;
            for (int head = 0; head < net_.heads + net_.kv_heads; ++head) {
                const float* norm = head < net_.heads ? layer.query_norm : layer.key_norm;
                if (norm) normalise(x + head * size, norm, net_.epsilon, size, x + head * size);
                rotate(x + head * size, cosines, sines, net_.rotary_size);
            }
            for (int i = 0; i < net_.heads * size; ++i) x[i] *= net_.attention_scale;
            const Segment& segment = step.segment[segment_of_[row]];
            const int block = step.blocks[segment.first_block + position / BLOCK];
            const float *keys = x + net_.heads * size, *values = keys + net_.kv_heads * size;
            for (int head = 0; head < net_.kv_heads; ++head)
                cache.put(block, index, head, position % BLOCK, keys + head * size, values + head * size);
        });
        float* attended = reserve(scratch_.attended, static_cast<size_t>(tokens) * net_.heads * size);
        team_.each(static_cast<int>(stretches_.size()), [&](int item) {
            const Stretch& stretch = stretches_[item];
            const Segment& segment = step.segment[stretch.segment];
            thread_local std::vector<Query> queries;
            queries.clear();
            for (int row = stretch.start; row < stretch.end; ++row) {
                const int last = segment.position + row - segment.start + 1;
                const int first = layer.window ? std::max(0, last - layer.window) : 0;
                for (int head = stretch.head * shared; head < (stretch.head + 1) * shared; ++head) {
                    const float* vector = projected + static_cast<size_t>(row) * width + head * size;
                    float* output = attended + (static_cast<size_t>(row) * net_.heads + head) * size;
                    queries.push_back({vector, output, first, last, 0, 0});
                }
            }
            attend(cache, step.blocks + segment.first_block, index, stretch.head, queries.data(),
                   static_cast<int>(queries.size()));
        });
        project_back(layer.attention_output, attended, net_.heads * size, layer.after_attention_norm, tokens, stream);
    }

    void mlp(const Layer& layer, int tokens, float* stream) {
        const int hidden = net_.hidden, inner = net_.intermediate;
        const Rows rows = scratch_.rows(tokens, hidden);
        team_.each_row(tokens, [&](int row) {
            norm_into(rows, row, stream + static_cast<size_t>(row) * hidden, layer.mlp_norm, layer.gate_up);
        });
        float* both = reserve(scratch_.wide, static_cast<size_t>(tokens) * 2 * inner);
        multiply(team_, layer.gate_up, rows, tokens, {both, 2 * inner, false});
        float* gated = reserve(scratch_.attended, static_cast<size_t>(tokens) * inner);
        team_.each_row(tokens, [&](int row) {
            const float* gate = both + static_cast<size_t>(row) * 2 * inner;
            float* to = gated + static_cast<size_t>(row) * inner;
            for (int i = 0; i < inner; i += LANES)
                store(to + i, activate(load(gate + i), net_.activation) * load(gate + inner + i));
        });
        project_back(layer.down, gated, inner, layer.after_mlp_norm, tokens, stream);
    }

    // Adds the product of `m` and `x` to the residual stream, through a norm where the architecture has one.
    void project_back(const Matrix& m, const float* x, int inputs, const float* norm, int tokens, float* stream) {
        const int hidden = net_.hidden;
        const Rows rows = scratch_.rows(tokens, inputs);
        team_.each_row(tokens, [&](int row) {
            rows.take(row, x + static_cast<size_t>(row) * inputs, inputs, m);
        });
        if (!norm) {
            multiply(team_, m, rows, tokens, {stream, hidden, true});
            return;
        }
        float* output = reserve(scratch_.wide, static_cast<size_t>(tokens) * hidden);
        multiply(team_, m, rows, tokens, {output, hidden, false});
        team_.each_row(tokens, [&](int row) {
            float* y = output + static_cast<size_t>(row) * hidden;
            float* to = stream + static_cast<size_t>(row) * hidden;
            normalise(y, norm, net_.epsilon, hidden, y);
            for (int i = 0; i < hidden; ++i) to[i] += y[i];
        });
    }

    void norm_into(const Rows& rows, int row, const float* x, const float* norm, const Matrix& reader) const {
        float* to = rows.row(row);
        normalise(x, norm, net_.epsilon, net_.hidden, to);
        std::fill(to + net_.hidden, to + rows.width, 0.0f);
        if (reader.is_whole()) rows.quantise(row, to);
    }

    static constexpr int STRETCH = 16;

    const Network net_;
    Team& team_;
    Scratch scratch_;
    std::vector<Stretch> stretches_;
    std::vector<int> segment_of_;
};

}  // namespace
}  // namespace parley

extern "C" {

void* parley_team(int threads, int spin_microseconds) { return new parley::Team(threads, spin_microseconds); }

void parley_disband(void* team) { delete static_cast<parley::Team*>(team); }

void* parley_network(const parley::Network* network, void* team) {
    return new parley::Engine(*network, *static_cast<parley::Team*>(team));
}

void parley_forget(void* engine) { delete static_cast<parley::Engine*>(engine); }

void parley_run(void* engine, const parley::Step* step) { static_cast<parley::Engine*>(engine)->run(*step); }

// One product, for networks that are run otherwise: y [rows][outputs] = x [rows][inputs] times the weights.
void parley_multiply(void* team, const parley::Matrix* matrix, const float* x, int rows, float* y) {
    thread_local parley::Scratch scratch;
    const parley::Rows packed = scratch.rows(rows, matrix->padded_inputs);
    auto& threads = *static_cast<parley::Team*>(team);
    threads.each_row(rows, [&](int row) {
        packed.take(row, x + static_cast<size_t>(row) * matrix->inputs, matrix->inputs, *matrix);
    });
    parley::multiply(threads, *matrix, packed, rows, {y, matrix->outputs, false});
}
}
