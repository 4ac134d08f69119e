#include "inputs.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kImageEndings = {".bmp", ".jpeg", ".jpg", ".pgm",
                                                           ".png", ".pnm",  ".ppm"};

bool has_image_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kImageEndings.begin(), kImageEndings.end(), ending) != kImageEndings.end();
}

// A line of standard input without its end. No value at the end of the stream.
std::optional<std::string> read_line() {
  char* line = nullptr;
  std::size_t capacity = 0;
  const ssize_t length = getline(&line, &capacity, stdin);
  std::optional<std::string> text;
  if (length >= 0) text.emplace(line, static_cast<std::size_t>(length));
  std::free(line);
  while (text && (text->ends_with('\n') || text->ends_with('\r'))) text->pop_back();
  return text;
}

}  // namespace

std::optional<Input> Inputs::next() {
  while (true) {
    if (next_found_ < found_.size()) return std::move(found_[next_found_++]);
    if (reading_stdin_) {
      const std::optional<std::string> line = read_line();
      reading_stdin_ = line.has_value();
      if (line && !line->empty()) open(*line);
    } else if (next_path_ < paths_.size()) {
      const std::string& path = paths_[next_path_++];
      reading_stdin_ = path == "-";
      if (!reading_stdin_) open(path);
    } else {
      return std::nullopt;
    }
  }
}

void Inputs::open(const std::string& path) {
  found_.clear();
  next_found_ = 0;
  std::error_code error;
  if (path.empty()) {
    found_.push_back({path, "an empty path names no image"});
  } else if (fs::is_directory(path, error)) {
    list_folder(path);
  } else {
    found_.push_back({path, ""});
  }
}

void Inputs::list_folder(const std::string& folder) {
  std::vector<std::string> waiting = {folder};
  bool has_subfolders = false;
  while (!waiting.empty()) {
    const std::string here = std::move(waiting.back());
    waiting.pop_back();
    std::error_code error;
    fs::directory_iterator entry(here, error);
    while (!error && entry != fs::directory_iterator()) {
      std::error_code unknown;  // an entry that cannot be looked at is left to the reader's message
      if (entry->is_directory(unknown)) {
        has_subfolders = true;
        // A link to a folder is not followed: it may lead back here.
        if (recursive_ && !entry->is_symlink(unknown)) waiting.push_back(entry->path().string());
      } else if (has_image_ending(entry->path())) {
        found_.push_back({entry->path().string(), ""});
      }
      entry.increment(error);
    }
    if (error) found_.push_back({here, here + ": cannot list this folder: " + error.message()});
  }
  std::sort(found_.begin(), found_.end(),
            [](const Input& a, const Input& b) { return a.file < b.file; });
  if (found_.empty()) {
    const bool hint = has_subfolders && !recursive_;
    const std::string what = hint
                                 ? "no images in this folder; --recursive reads its subfolders too"
                                 : "no images in this folder (.jpg .jpeg .png .bmp .pgm .ppm .pnm)";
    found_.push_back({folder, folder + ": " + what});
  }
}

}  // namespace lprnet::cli
