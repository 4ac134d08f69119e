#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace lprnet::base {

// The widest vector of any target, and a cache line.
inline constexpr std::size_t kAlignment = 64;

// `size` floats, zero at first, aligned to kAlignment. Moves, never copies.
class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : data_(static_cast<float*>(
            ::operator new (size * sizeof(float), std::align_val_t{kAlignment}))),
        size_(size) {
    if (size > 0) std::memset(data_.get(), 0, size * sizeof(float));
  }

  float* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }

 private:
  struct Free {
    void operator()(float* p) const noexcept {
      ::operator delete (p, std::align_val_t{kAlignment});
    }
  };
  std::unique_ptr<float, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace lprnet::base
