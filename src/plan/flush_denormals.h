#pragma once

#include <cstdint>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace lprnet::plan {

// Denormal floats count as zero in this thread while an object of this class lives; afterwards the
// floating-point mode is what it was. They would change no plate and cost up to a hundred times the
// time.
class FlushDenormals {
 public:
  FlushDenormals() noexcept : saved_(mode()) { set_mode(saved_ | kFlush); }
  ~FlushDenormals() { set_mode(saved_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  using Mode = unsigned;
  static constexpr Mode kFlush = 0x8040;  // results (FTZ) and operands (DAZ)
  static Mode mode() noexcept { return _mm_getcsr(); }
  static void set_mode(Mode mode) noexcept { _mm_setcsr(mode); }
#elif defined(__aarch64__)
  using Mode = std::uint64_t;
  static constexpr Mode kFlush = Mode{1} << 24;  // FZ
  static Mode mode() noexcept {
    Mode mode = 0;
    asm volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
  }
  static void set_mode(Mode mode) noexcept { asm volatile("msr fpcr, %0" : : "r"(mode)); }
#else
  using Mode = unsigned;  // nothing to set: slow, not wrong
  static constexpr Mode kFlush = 0;
  static Mode mode() noexcept { return 0; }
  static void set_mode(Mode /*mode*/) noexcept {}
#endif

  Mode saved_;
};

}  // namespace lprnet::plan
