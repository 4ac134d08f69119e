#include "formats/json_line.h"

#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "formats/json_document.h"

namespace lprnet::formats {
namespace {

// Goes through a text and keeps the line of the last character that is no white space: a number is
// known to end only when the character behind it was read.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* position, int* line) : position_(position), line_(line) {}
  reference operator*() const { return *position_; }
  CountingIterator& operator++() {
    if (*position_ == '\n') {
      ++ends_;
    } else if (*position_ != ' ' && *position_ != '\t' && *position_ != '\r') {
      *line_ = 1 + ends_;
    }
    ++position_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return position_ == other.position_; }
  bool operator!=(const CountingIterator& other) const { return position_ != other.position_; }

 private:
  const char* position_;
  int* line_;
  int ends_ = 0;
};

class Finder final : public nlohmann::json_sax<Json> {
 public:
  explicit Finder(const std::string& pointer) : wanted_(pointer) {}

  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    open_.back().key = std::move(key);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  bool is_found() const { return is_found_; }

 private:
  // An open list or object. What it holds is compared with the pointer only where it lies on the
  // way there itself, and no pointer is ever built.
  struct Level {
    bool on_the_way = false;
    std::size_t matched = 0;  // of the pointer's characters
    std::string key;
    std::size_t index = 0;
    bool is_array = false;
  };
  // Where the value that begins now lies.
  Level next() {
    Level inside;
    if (open_.empty()) {
      inside.on_the_way = true;
      return inside;
    }
    Level& level = open_.back();
    if (!level.on_the_way) return inside;
    const std::string step =
        level.is_array ? pointer_to("", level.index++) : pointer_to("", level.key);
    inside.on_the_way = std::string_view(wanted_).substr(level.matched).starts_with(step);
    inside.matched = level.matched + step.size();
    return inside;
  }
  bool is_it(const Level& level) {
    is_found_ = level.on_the_way && level.matched == wanted_.size();
    return is_found_;
  }
  bool value() { return !is_it(next()); }
  bool open(bool is_array) {
    Level level = next();
    level.is_array = is_array;
    open_.push_back(std::move(level));
    return !is_it(open_.back());
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::string& wanted_;
  std::vector<Level> open_;
  bool is_found_ = false;
};

}  // namespace

std::string pointer_to(const std::string& pointer, std::string_view key) {
  std::string longer = pointer + '/';
  for (const char c : key) {
    if (c == '~') {
      longer += "~0";
    } else if (c == '/') {
      longer += "~1";
    } else {
      longer += c;
    }
  }
  return longer;
}

std::string pointer_to(const std::string& pointer, std::size_t index) {
  return pointer + '/' + std::to_string(index);
}

int line_of(std::string_view text, const std::string& pointer) {
  int line = 1;
  Finder finder(pointer);
  Json::sax_parse(CountingIterator(text.data(), &line),
                  CountingIterator(text.data() + text.size(), &line), &finder);
  return finder.is_found() ? line : 0;
}

}  // namespace lprnet::formats
