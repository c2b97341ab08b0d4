// Threads that share out numbered items, and of which a slow one holds nobody up.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace parley {

inline void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// The calling thread leads; helpers take items while there are any. The leader waits for items that a helper
// has begun, never for a helper to show up: on a machine that does other work too, it does the work alone.
class Team {
  public:
    // Helpers look for work for `spin_microseconds` before they sleep.
    Team(int threads, int spin_microseconds) : spin_(spin_microseconds) {
        for (int helper = 1; helper < threads; ++helper) helpers_.emplace_back([this] { help(); });
    }

    ~Team() {
        ending_ = true;
        wake();
        for (auto& helper : helpers_) helper.join();
    }

    Team(const Team&) = delete;

    // Calls `work(item)` once for each of 0 .. items-1 and returns when all are done. One caller at a time.
    template <class Work>
    void each(int items, const Work& work) {
        if (items <= 1 || helpers_.empty()) {
            for (int item = 0; item < items; ++item) work(item);
            return;
        }
        context_ = &work;
        run_ = [](const void* context, int item) { (*static_cast<const Work*>(context))(item); };
        done_.store(0, std::memory_order_relaxed);
        phase_ = (phase_ + 1) & PHASE_MASK;
        ticket_.store(phase_ << PHASE_SHIFT | static_cast<uint64_t>(items) << COUNT_SHIFT);
        if (sleeping_.load()) wake();
        take_items();
        for (int turns = 0; done_.load(std::memory_order_acquire) != items; ++turns) {
            if (turns < TURNS_BEFORE_YIELD) pause();
            else std::this_thread::yield();
        }
    }

    // The same for rows of a batch, little work each: many at a time, where there are many.
    template <class Work>
    void each_row(int rows, const Work& work) {
        const int together = rows < 4 * ROWS_TOGETHER ? 1 : ROWS_TOGETHER;
        each((rows + together - 1) / together, [&](int item) {
            const int end = std::min(rows, (item + 1) * together);
            for (int row = item * together; row < end; ++row) work(row);
        });
    }

  private:
    static constexpr int ROWS_TOGETHER = 16;

    // A ticket holds the phase, its count of items and the next item, so that one atomic addition both claims an
    // item and says of which phase it is: a helper that overslept finds the phase over, never another's item.
    static constexpr int COUNT_SHIFT = 22, PHASE_SHIFT = 44;
    static constexpr uint64_t ITEM_MASK = (1ull << COUNT_SHIFT) - 1, PHASE_MASK = (1ull << 20) - 1;
    static constexpr int TURNS_BEFORE_YIELD = 2000;

    bool take_items() {
        bool any = false;
        while (has_items(ticket_.load(std::memory_order_acquire))) {
            const uint64_t ticket = ticket_.fetch_add(1, std::memory_order_acq_rel);
            if (!has_items(ticket)) break;
            run_(context_, static_cast<int>(ticket & ITEM_MASK));
            done_.fetch_add(1, std::memory_order_release);
            any = true;
        }
        return any;
    }

    static bool has_items(uint64_t ticket) { return (ticket & ITEM_MASK) < (ticket >> COUNT_SHIFT & ITEM_MASK); }

    void help() {
        using Clock = std::chrono::steady_clock;
        auto last = Clock::now();
        while (!ending_) {
            if (take_items()) {
                last = Clock::now();
                continue;
            }
            for (int turn = 0; turn < 64; ++turn) pause();
            if (Clock::now() - last < std::chrono::microseconds(spin_)) continue;
            const uint32_t before = alarm_.load();
            sleeping_.fetch_add(1);
            if (!has_items(ticket_.load()) && !ending_) alarm_.wait(before);
            sleeping_.fetch_sub(1);
            last = Clock::now();
        }
    }

    void wake() {
        alarm_.fetch_add(1);
        alarm_.notify_all();
    }

    const int spin_;
    const void* context_ = nullptr;
    void (*run_)(const void*, int) = nullptr;
    uint64_t phase_ = 0;
    alignas(64) std::atomic<uint64_t> ticket_{0};
    alignas(64) std::atomic<int> done_{0};
    alignas(64) std::atomic<uint32_t> alarm_{0};
    std::atomic<int> sleeping_{0};
    std::atomic<bool> ending_{false};
    std::vector<std::thread> helpers_;
};

}  // namespace parley
