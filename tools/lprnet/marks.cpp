#include "marks.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "lprnet/error.hpp"

namespace lprnet::cli {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Digits with an optional point and sign: what tables of marks hold.
std::optional<float> number_in(std::string_view text) {
  bool negative = false;
  if (!text.empty() && text.front() == '-') {
    negative = true;
    text.remove_prefix(1);
  }
  const std::vector<std::string_view> parts = split(text, '.');
  if (parts.size() > 2) return std::nullopt;
  double value = 0;
  double unit = 1;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) return std::nullopt;
    for (const char c : parts[i]) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
      if (i == 1) unit *= 10;
    }
  }
  return static_cast<float>((negative ? -value : value) / unit);
}

std::optional<Mark> mark_in(const std::vector<std::string_view>& columns) {
  Mark mark;
  std::vector<std::optional<float>> numbers;
  if (columns.size() == 5) {
    for (std::size_t i = 1; i < 5; ++i) numbers.push_back(number_in(columns[i]));
  } else if (columns.size() == 4) {
    mark.text = columns[2];
    for (const std::string_view corner : split(columns[3], ';')) {
      const std::vector<std::string_view> xy = split(corner, ',');
      if (xy.size() != 2) return std::nullopt;
      for (const std::string_view value : xy) numbers.push_back(number_in(value));
    }
  }
  for (const auto& number : numbers) {
    if (!number) return std::nullopt;
  }
  if (numbers.size() == 4) {
    mark.exact = false;
    mark.corners =
        rectangle(*numbers[0], *numbers[1], *numbers[2] - *numbers[0], *numbers[3] - *numbers[1]);
    return mark;
  }
  if (numbers.size() != 8) return std::nullopt;
  for (std::size_t i = 0; i < 4; ++i)
    mark.corners.corners[i] = {*numbers[2 * i], *numbers[2 * i + 1]};
  return mark;
}

}  // namespace

Marks::Marks(const std::string& table_file) : files_(table_file) {
  const std::string text = table_text(table_file);
  std::size_t row = 0;
  for (const std::string_view untrimmed : split(text, '\n')) {
    ++row;
    const std::string_view line = trimmed(untrimmed);
    if (line.empty()) continue;
    std::vector<std::string_view> columns = split(line, '\t');
    for (std::string_view& column : columns) column = trimmed(column);
    const std::optional<Mark> mark = mark_in(columns);
    if (!mark) {
      throw Error(ErrorCode::kFormat, table_file + ": row " + std::to_string(row) +
                                          ": expected, between tabs, file, kind, text and "
                                          "x,y;x,y;x,y;x,y, or file, left, top, right, bottom");
    }
    expect_utf8(mark->text, table_file, row);
    const std::size_t number = files_.add(columns[0]);
    if (number == marks_.size()) marks_.emplace_back();
    marks_[number].push_back(*mark);
  }
}

const std::vector<Mark>* Marks::of(const std::string& file) {
  const std::optional<std::size_t> number = files_.find(file);
  return number ? &marks_[*number] : nullptr;
}

}  // namespace lprnet::cli
