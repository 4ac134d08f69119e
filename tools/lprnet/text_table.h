#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lprnet::cli {

// Rows of text in columns, the first row the headings. Columns of numbers are set to the right.
class TextTable {
 public:
  enum class Side { kLeft, kRight };

  explicit TextTable(std::vector<Side> sides) : sides_(std::move(sides)) {}

  // REQUIRES: one cell for each column. Cells are shown() as they may be a file's or a model's.
  void add(const std::vector<std::string>& cells);
  // Each line begins with `indent` and ends with a newline.
  std::string to_string(const std::string& indent = "") const;

 private:
  std::vector<Side> sides_;
  std::vector<std::vector<std::string>> rows_;
};

inline constexpr auto kLeft = TextTable::Side::kLeft;
inline constexpr auto kRight = TextTable::Side::kRight;

// The text as printf would write it.
[[gnu::format(printf, 1, 2)]] std::string formatted(const char* format, ...);
// 1234567 as "1,234,567".
std::string grouped(long long number);
inline double millions(std::int64_t count) { return static_cast<double>(count) / 1e6; }

}  // namespace lprnet::cli
