#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lprnet::cli {

// Standard input: the bytes of one picture, or a list of paths. Reads no more than it must, so that
// a program can feed paths and wait for each answer. From one thread at a time.
class StandardInput {
 public:
  // Told by the first bytes (Image::is_picture); a list otherwise. To be asked before the others.
  bool is_picture();

  // The next entry of a list without the `separator` that ends it; no value at the end. Throws
  // Error: kIo, kFormat (an entry that is no path: with a zero byte, or over kMaxPathBytes).
  std::optional<std::string> next_entry(char separator);

  // All that is left. Throws Error(kIo), also where that is more than `max_bytes`.
  std::vector<std::uint8_t> rest(std::int64_t max_bytes);

  static constexpr std::size_t kMaxPathBytes = 65536;

 private:
  bool read_more();  // false at the end
  bool is_undecided() const;

  std::string buffer_;
  std::size_t taken_ = 0;  // bytes at the front of the buffer that were given out
};

}  // namespace lprnet::cli
