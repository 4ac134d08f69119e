#include "standard_input.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lprnet/error.hpp"
#include "lprnet/image.hpp"

namespace lprnet::cli {
namespace {

constexpr std::size_t kBlockBytes = 65536;

const std::uint8_t* bytes_of(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

bool StandardInput::read_more() {
  buffer_.erase(0, taken_);
  taken_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kBlockBytes);
  ssize_t count = 0;
  do {
    count = ::read(STDIN_FILENO, buffer_.data() + size, kBlockBytes);
  } while (count < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(count < 0 ? 0 : count));
  if (count < 0) {
    throw Error(ErrorCode::kIo, std::string("standard input: ") + std::strerror(error));
  }
  return count > 0;
}

// Whether more bytes could show a picture. A whole line is a path that somebody waits to have
// answered, but for the first line of a PNM, which holds its type alone.
bool StandardInput::is_undecided() const {
  constexpr std::size_t kEnough = 18;
  const bool is_line = buffer_.ends_with('\n');
  return buffer_.size() < kEnough &&
         (!is_line || (buffer_.size() == 3 && buffer_.starts_with('P')));
}

bool StandardInput::is_picture() {
  while (!Image::is_picture(bytes_of(buffer_), buffer_.size())) {
    if (!is_undecided() || !read_more()) return false;
  }
  return true;
}

std::optional<std::string> StandardInput::next_entry(char separator) {
  std::size_t searched = taken_;
  while (true) {
    const std::size_t end = buffer_.find(separator, searched);
    const bool is_last = end == std::string::npos;
    if (is_last && buffer_.size() - taken_ <= kMaxPathBytes) {
      searched = buffer_.size() - taken_;
      if (read_more()) continue;
      if (buffer_.empty()) return std::nullopt;
    }
    std::string entry = buffer_.substr(taken_, is_last ? std::string::npos : end - taken_);
    taken_ = is_last ? buffer_.size() : end + 1;
    if (entry.find('\0') != std::string::npos) {
      throw Error(
          ErrorCode::kFormat,
          "standard input: holds a zero byte, so it is neither a list of paths, one a line, "
          "nor a picture of a known type; -0 reads a list separated by zero bytes, as from "
          "find -print0");
    }
    if (entry.size() > kMaxPathBytes) {
      throw Error(ErrorCode::kFormat, "standard input: an entry of more than " +
                                          std::to_string(kMaxPathBytes) +
                                          " bytes, expected a list of paths");
    }
    return entry;
  }
}

std::vector<std::uint8_t> StandardInput::rest(std::int64_t max_bytes) {
  while (read_more()) {
    if (buffer_.size() > static_cast<std::uint64_t>(max_bytes)) {
      throw Error(ErrorCode::kIo, "standard input: a picture of more than the limit of " +
                                      std::to_string(max_bytes) + " bytes");
    }
  }
  std::vector<std::uint8_t> bytes(buffer_.begin(), buffer_.end());
  buffer_ = {};
  taken_ = 0;
  return bytes;
}

}  // namespace lprnet::cli
