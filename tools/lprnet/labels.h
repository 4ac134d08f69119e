#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "table_files.h"

namespace lprnet::cli {

// The text that an image should read.
struct Label {
  std::string text;
  std::string missing;  // why there is none; empty: there is one
};

// The labels of images.
class Labels {
 public:
  // From the file's name: what stands before the first "_", "-" or ".".
  Labels() = default;
  // From a table: tab separated when its first line has a tab, else separated by commas (RFC 4180),
  // or by semicolons when that line has no comma. A heading line that names columns `file` (or
  // path, image) and `text` (or label, plate) says which they are; without one they are the first
  // two. White space around a cell counts for nothing. Throws Error: kNotFound, kIo; kFormat also
  // for a text that is not UTF-8, and for a file with two texts.
  explicit Labels(const std::string& table_file);

  // From one thread at a time.
  Label of(const std::string& file);

  // As TableFiles::shared_rows().
  std::string shared_rows() const { return table_ ? table_->shared_rows() : std::string(); }

 private:
  std::optional<TableFiles> table_;
  std::vector<std::string> texts_;  // by the files' numbers
};

}  // namespace lprnet::cli
