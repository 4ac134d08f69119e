#include "labels.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "lprnet/error.hpp"

namespace lprnet::cli {
namespace {

std::string bytes_of_file(const std::string& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"),
                                                               std::fclose);
  std::string bytes;
  std::array<char, 65536> block{};
  std::size_t count = 0;
  if (stream != nullptr) {
    while ((count = std::fread(block.data(), 1, block.size(), stream.get())) > 0) {
      bytes.append(block.data(), count);
    }
  }
  if (stream == nullptr || std::ferror(stream.get()) != 0) {
    throw Error(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                file + ": cannot read the labels: " + std::strerror(errno));
  }
  return bytes;
}

using Row = std::vector<std::string>;

// The rows of a table; quotes work as in RFC 4180, with tabs too. Empty lines are left out.
std::vector<Row> rows_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string_view first_line = text.substr(0, text.find('\n'));
  const char separator = first_line.find('\t') != std::string_view::npos ? '\t' : ',';
  std::vector<Row> rows;
  Row row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        row.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        row.back() += text[++i];
      } else {
        quoted = false;
      }
    } else if (c == '"' && row.back().empty()) {
      quoted = true;
    } else if (c == separator) {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::exchange(row, Row(1)));
    } else if (c != '\r') {
      row.back() += c;
    }
  }
  rows.push_back(row);
  std::erase(rows, Row(1));
  return rows;
}

std::optional<std::size_t> column_named(const Row& heading,
                                        const std::vector<std::string_view>& names) {
  for (std::size_t i = 0; i < heading.size(); ++i) {
    if (std::find(names.begin(), names.end(), heading[i]) != names.end()) return i;
  }
  return std::nullopt;
}

std::string last_part(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

Labels::Labels(const std::string& table_file) {
  const std::vector<Row> rows = rows_of(bytes_of_file(table_file));
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
  table_.emplace();
  for (std::size_t i = first; i < rows.size(); ++i) {
    if (rows[i].size() <= std::max(file_column, text_column)) {
      throw Error(ErrorCode::kFormat, table_file + ": row " + std::to_string(i + 1) + " has " +
                                          std::to_string(rows[i].size()) +
                                          " columns, expected a file and its label");
    }
    (*table_)[rows[i][file_column]] = rows[i][text_column];
  }
}

std::optional<std::string> Labels::of(const std::string& file) const {
  const std::string name = last_part(file);
  if (!table_) {
    const std::string label = name.substr(0, name.find_first_of("_-."));
    return label.empty() ? std::nullopt : std::optional(label);
  }
  auto found = table_->find(file);
  if (found == table_->end()) found = table_->find(name);
  return found == table_->end() ? std::nullopt : std::optional(found->second);
}

}  // namespace lprnet::cli
