#pragma once

#include <map>
#include <optional>
#include <string>

namespace lprnet::cli {

// The text that each image should read.
class Labels {
 public:
  // From the file's name: what stands before the first "_", "-" or ".".
  Labels() = default;
  // From a table: tab separated when its first line has a tab, else comma separated (RFC 4180). A
  // heading line that names columns `file` (or path, image) and `text` (or label, plate) says which
  // they are; without one they are the first two. Throws Error: kNotFound, kIo, kFormat.
  explicit Labels(const std::string& table_file);

  // No value when there is no label. A table is asked for the path first, then for its last part.
  std::optional<std::string> of(const std::string& file) const;

 private:
  std::optional<std::map<std::string, std::string>> table_;
};

}  // namespace lprnet::cli
