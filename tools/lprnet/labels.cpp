#include "labels.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "lprnet/error.hpp"
#include "utf8.h"

namespace lprnet::cli {
namespace {

struct Row {
  std::size_t line = 1;  // where it begins
  std::vector<std::string> cells{1};
};

char separator_of(std::string_view first_line) {
  for (const char c : {'\t', ',', ';'}) {
    if (first_line.find(c) != std::string_view::npos) return c;
  }
  return ',';
}

// The rows of a table; quotes work as in RFC 4180, with tabs too. Empty lines are left out.
std::vector<Row> rows_of(std::string_view text) {
  const char separator = separator_of(text.substr(0, text.find_first_of("\r\n")));
  std::vector<Row> rows;
  Row row;
  std::size_t line = 1;
  bool quoted = false;
  const auto finish = [&] {
    for (std::string& cell : row.cells) cell = std::string(trimmed(cell));
    if (row.cells != std::vector<std::string>(1)) rows.push_back(row);
    row = {line, std::vector<std::string>(1)};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool ends_line = c == '\n' || (c == '\r' && text.substr(i + 1, 1) != "\n");
    if (ends_line) ++line;
    std::string& cell = row.cells.back();
    if (quoted) {
      if (c != '"') {
        cell += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && trimmed(cell).empty()) {
      quoted = true;
      cell.clear();
    } else if (c == separator) {
      row.cells.emplace_back();
    } else if (ends_line) {
      finish();
    } else {
      cell += c;
    }
  }
  finish();
  return rows;
}

std::optional<std::size_t> column_named(const Row& heading,
                                        const std::vector<std::string_view>& names) {
  for (std::size_t i = 0; i < heading.cells.size(); ++i) {
    std::string name = heading.cells[i];
    for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (std::find(names.begin(), names.end(), name) != names.end()) return i;
  }
  return std::nullopt;
}

// Whether cameras and programs name pictures so: IMG, img20240131, DSC01234.
bool is_camera_name(std::string_view label) {
  constexpr std::array<std::string_view, 16> kPrefixes = {
      "CROP", "DSC",   "DSCF", "DSCN",  "FRAME", "GOPR",       "IMAGE",    "IMG",
      "MVI",  "PHOTO", "PICT", "PLATE", "PXL",   "SCREENSHOT", "SNAPSHOT", "VID"};
  std::string letters;
  while (!label.empty() && ((label[0] | 0x20) >= 'a' && (label[0] | 0x20) <= 'z')) {
    letters += static_cast<char>(label[0] & ~0x20);
    label.remove_prefix(1);
  }
  const bool only_digits = label.find_first_not_of("0123456789") == std::string_view::npos;
  constexpr std::size_t kFewDigits = 3;  // ABC123 is a plate in many countries
  return only_digits && (label.empty() || label.size() > kFewDigits) &&
         std::find(kPrefixes.begin(), kPrefixes.end(), letters) != kPrefixes.end();
}

Label label_in_name(const std::string& file) {
  const std::string name = file.substr(file.find_last_of('/') + 1);
  const std::string label = name.substr(0, name.find_first_of("_-."));
  if (label.empty()) return {"", "no label in its name"};
  for (std::string_view rest = label; !rest.empty();) {
    const std::size_t length = first_code_point(rest);
    if (length == 0) {
      return {"",
              "no label: its name is not UTF-8; if it is GBK, rename such files with: "
              "convmv -f GBK -t UTF-8"};
    }
    rest.remove_prefix(length);
  }
  if (is_camera_name(label)) {
    return {"", "no label: its name begins with " + label +
                    ", as cameras name pictures; give the plates with --labels"};
  }
  return {std::string(trimmed(label)), ""};
}

}  // namespace

Labels::Labels(const std::string& table_file) {
  const std::vector<Row> rows = rows_of(table_text(table_file));
  std::size_t file_column = 0;
  std::size_t text_column = 1;
  std::size_t first = 0;
  if (!rows.empty()) {
    const auto file_named = column_named(rows[0], {"file", "path", "image"});
    const auto text_named = column_named(rows[0], {"text", "label", "plate"});
    if (file_named && text_named) {
      file_column = *file_named;
      text_column = *text_named;
      first = 1;
    }
  }
  table_.emplace(table_file);
  std::vector<std::size_t> lines;  // of the texts
  for (std::size_t i = first; i < rows.size(); ++i) {
    const auto& [line, cells] = rows[i];
    if (cells.size() <= std::max(file_column, text_column)) {
      throw Error(ErrorCode::kFormat, table_file + ": row " + std::to_string(line) + " has " +
                                          std::to_string(cells.size()) +
                                          (cells.size() == 1 ? " column" : " columns") +
                                          ", expected a file and its label");
    }
    const std::string& text = cells[text_column];
    expect_utf8(text, table_file, line);
    const std::size_t number = table_->add(cells[file_column]);
    if (number == texts_.size()) {
      texts_.push_back(text);
      lines.push_back(line);
    } else if (texts_[number] != text) {
      throw Error(ErrorCode::kFormat,
                  table_file + ": row " + std::to_string(line) + ": " + cells[file_column] +
                      " is " + text + " here and " + texts_[number] + " in row " +
                      std::to_string(lines[number]) + ", expected one label for each file");
    }
  }
}

Label Labels::of(const std::string& file) {
  if (!table_) return label_in_name(file);
  const std::optional<std::size_t> number = table_->find(file);
  if (!number) return {"", "no label in the table"};
  return {texts_[*number], ""};
}

}  // namespace lprnet::cli
