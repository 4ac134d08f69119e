#include "multipart.h"

#include <utility>

namespace lprnet::serve {
namespace {

constexpr std::size_t kLongestBoundary = 70;  // RFC 2046
constexpr std::size_t kLongestHeader = 8192;  // of a part

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A header's value and its parameters: `form-data; name="a"; filename="b"`.
class Parameters {
 public:
  explicit Parameters(std::string_view header) : rest_(header) {
    const std::size_t end = rest_.find(';');
    value_ = trimmed(rest_.substr(0, end));
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end);
  }

  std::string_view value() const { return value_; }

  // The next one; no value at the end, and where the header goes on otherwise.
  std::optional<std::pair<std::string_view, std::string>> next() {
    if (rest_.empty()) return std::nullopt;
    rest_.remove_prefix(1);  // ;
    const std::size_t equals = rest_.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = trimmed(rest_.substr(0, equals));
    rest_ = rest_.substr(equals + 1);
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
    if (!rest_.empty() && rest_.front() == '"') return quoted(name);
    const std::size_t end = rest_.find(';');
    std::string value(trimmed(rest_.substr(0, end)));
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end);
    return std::pair(name, std::move(value));
  }

 private:
  // Browsers write a quote in a name as %22, others as \".
  std::optional<std::pair<std::string_view, std::string>> quoted(std::string_view name) {
    std::string value;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\' && at + 1 < rest_.size() &&
          (rest_[at + 1] == '"' || rest_[at + 1] == '\\')) {
        ++at;
      }
      value += rest_[at];
    }
    if (at >= rest_.size()) return std::nullopt;  // no closing quote
    rest_ = trimmed(rest_.substr(at + 1));
    if (!rest_.empty() && rest_.front() != ';') return std::nullopt;
    return std::pair(name, std::move(value));
  }

  std::string_view value_;
  std::string_view rest_;
};

// Of a part's header lines; no value where it is not form-data with a name.
std::optional<Part> described(std::string_view header) {
  while (!header.empty()) {
    const std::size_t end = header.find("\r\n");
    const std::string_view line = header.substr(0, end);
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 2);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (!same_word(trimmed(line.substr(0, colon)), "Content-Disposition")) continue;
    Parameters parameters(line.substr(colon + 1));
    if (!same_word(parameters.value(), "form-data")) return std::nullopt;
    Part part;
    bool has_name = false;
    while (auto parameter = parameters.next()) {
      if (same_word(parameter->first, "name")) {
        part.name = std::move(parameter->second);
        has_name = true;
      } else if (same_word(parameter->first, "filename")) {
        part.file_name = std::move(parameter->second);
      }
    }
    if (!has_name) return std::nullopt;
    return part;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> boundary_of(std::string_view content_type) {
  Parameters parameters(content_type);
  if (!same_word(parameters.value(), "multipart/form-data")) return std::nullopt;
  while (auto parameter = parameters.next()) {
    if (!same_word(parameter->first, "boundary")) continue;
    const std::string& boundary = parameter->second;
    if (boundary.empty() || boundary.size() > kLongestBoundary) return std::nullopt;
    if (boundary.find_first_of("\r\n") != std::string::npos) return std::nullopt;
    return boundary;
  }
  return std::nullopt;
}

Parts parts_of(std::string_view body, std::string_view boundary, std::size_t most) {
  const std::string mark = "--" + std::string(boundary);
  const std::string next_mark = "\r\n" + mark;
  Parts result;
  const auto refused = [&](const char* error) {
    result.parts.clear();
    result.error = error;
    return result;
  };
  // Text before the first boundary, which RFC 2046 allows, means nothing.
  std::size_t at = body.starts_with(mark) ? mark.size() : body.find(next_mark);
  if (at == std::string_view::npos) return refused("the body does not begin with its boundary");
  if (at != mark.size() || !body.starts_with(mark)) at += next_mark.size();
  while (true) {
    std::string_view rest = body.substr(at);
    if (rest.starts_with("--")) return result;  // what follows the last boundary means nothing
    const std::size_t line = rest.find_first_not_of(" \t");
    rest.remove_prefix(line == std::string_view::npos ? rest.size() : line);
    if (!rest.starts_with("\r\n")) return refused("a boundary is not followed by an end of line");
    if (result.parts.size() == most) {
      result.too_many = true;
      return refused("there are too many parts");
    }
    rest.remove_prefix(2);
    const std::size_t header_end = rest.substr(0, kLongestHeader).find("\r\n\r\n");
    if (header_end == std::string_view::npos) {
      return refused("a part has no header, or one of more than 8192 bytes");
    }
    std::optional<Part> part = described(rest.substr(0, header_end));
    if (!part) return refused("a part has no Content-Disposition: form-data with a name");
    // An empty part's end of line is that of its header.
    const std::size_t begin = header_end + 2;
    const std::size_t end = rest.find(next_mark, begin);
    if (end == std::string_view::npos) return refused("the last boundary is missing");
    if (end > begin) part->bytes = rest.substr(begin + 2, end - begin - 2);
    result.parts.push_back(*std::move(part));
    at = body.size() - rest.size() + end + next_mark.size();
  }
}

}  // namespace lprnet::serve
