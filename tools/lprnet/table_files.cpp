#include "table_files.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "lprnet/error.hpp"
#include "utf8.h"

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

std::string normal(const fs::path& path) { return fs::absolute(path).lexically_normal().string(); }

std::string_view name_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

}  // namespace

std::string table_text(const std::string& table_file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(table_file.c_str(), "rb"),
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
                table_file + ": cannot read the table: " + std::strerror(errno));
  }
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    throw Error(ErrorCode::kFormat, table_file +
                                        ": is UTF-16, expected UTF-8; convert it with: iconv -f "
                                        "UTF-16 -t UTF-8 OLD > NEW");
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::array<std::string_view, 6> kSpaces = {" ",  "\t",       "\r",
                                                       "\n", "\xC2\xA0", "\xE3\x80\x80"};
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view space : kSpaces) {
      if (text.starts_with(space)) {
        text.remove_prefix(space.size());
        again = true;
      }
      if (text.ends_with(space)) {
        text.remove_suffix(space.size());
        again = true;
      }
    }
  }
  return text;
}

void expect_utf8(std::string_view text, const std::string& table_file, std::size_t row) {
  while (!text.empty()) {
    const std::size_t length = first_code_point(text);
    if (length == 0) {
      throw Error(ErrorCode::kFormat,
                  table_file + ": row " + std::to_string(row) +
                      ": the text is not UTF-8; if it is GBK, as Excel writes Chinese, convert the "
                      "table with: iconv -f GBK -t UTF-8 OLD > NEW");
    }
    text.remove_prefix(length);
  }
}

std::size_t TableFiles::add(std::string_view entry) {
  const fs::path path(entry);
  const std::size_t number =
      below_table_.emplace(normal(fs::path(table_file_).parent_path() / path), below_table_.size())
          .first->second;
  below_here_.emplace(normal(path), number);
  if (name_of(entry) == entry) names_.emplace(entry, number);
  return number;
}

std::optional<std::size_t> TableFiles::find(const std::string& file) {
  const std::string path = normal(file);
  if (const auto found = below_table_.find(path); found != below_table_.end()) {
    return found->second;
  }
  if (const auto found = below_here_.find(path); found != below_here_.end()) return found->second;
  const auto found = names_.find(name_of(file));
  if (found == names_.end()) return std::nullopt;
  const auto [first, is_first] = found_.emplace(found->second, file);
  if (!is_first && first->second != file && ++shared_ == 1) {
    first_shared_ = first->second + " and " + file;
  }
  return found->second;
}

std::string TableFiles::shared_rows() const {
  if (shared_ == 0) return "";
  return table_file_ + ": pictures of one name in several folders share a row: " + first_shared_ +
         (shared_ == 1 ? "" : ", and " + std::to_string(shared_ - 1) + " more") +
         "; where their plates differ, write the folders into the table";
}

}  // namespace lprnet::cli
