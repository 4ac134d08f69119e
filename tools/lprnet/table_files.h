#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lprnet::cli {

// The text of a table: the file's bytes without a byte order mark. Throws Error: kNotFound, kIo;
// kFormat for UTF-16.
std::string table_text(const std::string& table_file);

// Without white space at either end, a non-breaking and an ideographic space among it.
std::string_view trimmed(std::string_view text);

// Throws Error(kFormat) with advice unless the text of a table's row is UTF-8.
void expect_utf8(std::string_view text, const std::string& table_file, std::size_t row);

// The files that a table names, found again under the names by which a command meets them.
class TableFiles {
 public:
  explicit TableFiles(std::string table_file) : table_file_(std::move(table_file)) {}

  // The number of the file that a row names, counted from 0; the same for the same file.
  std::size_t add(std::string_view entry);

  // The number of a picture's row: that of the path below the table's folder, else below the
  // working folder, else of a row that has the picture's name without a folder.
  std::optional<std::size_t> find(const std::string& file);

  // Says which pictures share a row because it names no folder, with the number of them; empty:
  // none.
  std::string shared_rows() const;

 private:
  std::string table_file_;
  std::map<std::string, std::size_t> below_table_;
  std::map<std::string, std::size_t> below_here_;
  std::map<std::string, std::size_t, std::less<>> names_;  // entries without a folder
  std::map<std::size_t, std::string> found_;               // the first picture of each row
  std::size_t shared_ = 0;
  std::string first_shared_;  // two pictures
};

}  // namespace lprnet::cli
