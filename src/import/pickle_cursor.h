#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error_text.h"
#include "base/file_bytes.h"
#include "import/little_endian.h"

namespace lprnet::importer {

// The bytes of a pickle, one piece after another, and the messages that say where it is at fault.
class PickleCursor {
 public:
  static constexpr std::size_t kMaxLine = 512;

  // `where` begins every message and must live as long.
  PickleCursor(const base::Bytes& bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  const std::string& where() const noexcept { return where_; }
  std::size_t position() const noexcept { return position_; }
  std::size_t left() const noexcept { return bytes_.size - position_; }

  // Messages name the place of the last one.
  std::uint8_t opcode() {
    opcode_position_ = position_;
    return number<std::uint8_t>();
  }
  std::string_view take(std::uint64_t count) {
    if (count > left()) refuse("needs ", count, " more bytes, but ", left(), " are left");
    const auto* begin = reinterpret_cast<const char*>(bytes_.data) + position_;
    position_ += static_cast<std::size_t>(count);
    return {begin, static_cast<std::size_t>(count)};
  }
  template <typename T>
  T number() {
    return read_little_endian<T>(reinterpret_cast<const std::uint8_t*>(take(sizeof(T)).data()));
  }
  // Without its end. At most kMaxLine bytes.
  std::string_view line() {
    const std::string_view rest = take(left());
    const std::size_t end = rest.substr(0, kMaxLine).find('\n');
    if (end == std::string_view::npos) refuse("a global's name has no end");
    position_ -= rest.size() - end - 1;
    return rest.substr(0, end);
  }

  // kFormat: the pickle contradicts itself.
  template <typename... Parts>
  [[noreturn]] void refuse(const Parts&... parts) const {
    base::fail(ErrorCode::kFormat, where_, ": damaged pickle: byte ", opcode_position_, ": ",
               parts...);
  }
  // kUnsupported: the pickle asks for what is not allowed.
  template <typename... Parts>
  [[noreturn]] void forbid(const Parts&... parts) const {
    base::fail(ErrorCode::kUnsupported, where_, ": byte ", opcode_position_, ": ", parts...,
               kAdvice);
  }
  [[noreturn]] void refuse_quantised() const {
    base::fail(ErrorCode::kUnsupported, where_,
               ": holds quantised tensors, which are not read; take the checkpoint in float32 that "
               "the network was quantised from");
  }
  static constexpr const char* kAdvice =
      "; nothing was run; in Python, save the weights alone: torch.save(model.state_dict(), "
      "'weights.pth')";

 private:
  base::Bytes bytes_;
  const std::string& where_;
  std::size_t position_ = 0;
  std::size_t opcode_position_ = 0;
};

}  // namespace lprnet::importer
