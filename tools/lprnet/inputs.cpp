#include "inputs.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "lprnet/error.hpp"
#include "output.h"

namespace lprnet::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kImageEndings[] = {".jpg",  ".jpeg", ".jpe", ".jfif",
                                              ".png",  ".bmp",  ".pgm", ".ppm",
#ifdef LPRNET_WITH_WEBP
                                              ".webp",
#endif
#ifdef LPRNET_WITH_TIFF
                                              ".tif",  ".tiff",
#endif
                                              ".pnm"};

// ".jpg .jpeg ..."
std::string all_endings() {
  std::string text;
  for (const std::string_view ending : kImageEndings) text.append(ending).append(" ");
  text.pop_back();
  return text;
}

bool has_image_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(std::begin(kImageEndings), std::end(kImageEndings), ending) !=
         std::end(kImageEndings);
}

// Told by the first bytes, where the name says nothing.
bool begins_like_picture(const fs::path& path) {
  std::array<char, 18> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return Image::is_picture(reinterpret_cast<const std::uint8_t*>(head.data()),
                           static_cast<std::size_t>(file.gcount()));
}

bool is_hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

bool is_picture_in_folder(const fs::path& path) {
  if (has_image_ending(path)) return true;
  return !path.has_extension() && !is_hidden(path) && begins_like_picture(path);
}

// What is neither a file nor a broken link, which is left to the reader's message: a pipe, for one,
// would be waited for.
bool is_special(const fs::directory_entry& entry) {
  std::error_code unknown;
  const fs::file_type type = entry.status(unknown).type();
  return type == fs::file_type::fifo || type == fs::file_type::socket ||
         type == fs::file_type::character || type == fs::file_type::block;
}

}  // namespace

std::optional<Input> Inputs::next() {
  while (true) {
    if (next_found_ < found_.size()) return std::move(found_[next_found_++]);
    found_.clear();
    next_found_ = 0;
    if (reading_stdin_) {
      read_stdin();
    } else if (next_path_ < paths_.size()) {
      const std::string& path = paths_[next_path_++];
      if (path == "-") {
        open_stdin();
      } else {
        open(path);
      }
    } else {
      return std::nullopt;
    }
  }
}

std::optional<std::size_t> Inputs::count() {
  if (std::find(paths_.begin(), paths_.end(), "-") != paths_.end()) return std::nullopt;
  for (; next_path_ < paths_.size(); ++next_path_) open(paths_[next_path_]);
  return found_.size();
}

void Inputs::open_stdin() {
  try {
    if (list_ == List::kLines && stdin_.is_picture()) {
      auto bytes = std::make_shared<const std::vector<std::uint8_t>>(stdin_.rest(max_file_bytes_));
      found_.push_back({"-", "", std::move(bytes)});
    } else {
      reading_stdin_ = true;
    }
  } catch (const Error& error) {
    found_.push_back({"-", error.what()});
  }
}

void Inputs::read_stdin() {
  try {
    std::optional<std::string> entry = stdin_.next_entry(list_ == List::kLines ? '\n' : '\0');
    reading_stdin_ = entry.has_value();
    if (list_ == List::kLines) {
      while (entry && entry->ends_with('\r')) entry->pop_back();
    }
    if (entry && !entry->empty()) open(*entry);
  } catch (const Error& error) {
    reading_stdin_ = false;  // what follows is no list either
    found_.push_back({"-", error.what()});
  }
}

void Inputs::open(const std::string& path) {
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
  const auto begin = static_cast<std::ptrdiff_t>(found_.size());
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
      } else if (!is_special(*entry)) {
        if (is_picture_in_folder(entry->path())) {
          found_.push_back({entry->path().string(), ""});
        } else if (!is_hidden(entry->path())) {
          skip(entry->path().string());
        }
      }
      entry.increment(error);
    }
    if (error) found_.push_back({here, here + ": cannot list this folder: " + error.message()});
  }
  std::sort(found_.begin() + begin, found_.end(),
            [](const Input& a, const Input& b) { return a.file < b.file; });
  if (static_cast<std::ptrdiff_t>(found_.size()) == begin) {
    const bool hint = has_subfolders && !recursive_;
    const std::string what =
        hint ? "no images in this folder; --recursive reads its subfolders too"
             : "no images in this folder (" + all_endings() + ", or without an ending)";
    found_.push_back({folder, folder + ": " + what});
  }
}

void Inputs::skip(const std::string& file) {
  if (skipped_++ == 0 || file < first_skipped_) first_skipped_ = file;
}

void InputArguments::open_output() const {
  if (output.empty()) return;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::equivalent(path, output, error)) {
      throw Error(ErrorCode::kInvalidArgument,
                  output + ": is one of the inputs, and --output would write over it");
    }
  }
  print_to(output);
}

void InputArguments::declare(Arguments& arguments, const std::string& what) {
  arguments.number("--threads", "N", &threads, 0, 1024,
                   what + " read at a time; 0: one for each core");
  arguments.flag("--recursive", &recursive, "Read folders below folders too");
  arguments.flag(
      "-0,--null", [this] { list = Inputs::List::kZeroSeparated; },
      "Paths on standard input end with a zero byte, as find -print0 writes them");
  arguments.flag(
      "--progress", [this] { progress = ProgressMode::kShown; },
      "Say on standard error how far it has come; by default only on a terminal");
  arguments.flag(
      "--quiet", [this] { progress = ProgressMode::kHidden; }, "Never say how far it has come");
  arguments.text("-o,--output", "FILE", &output, "Write there instead of to standard output");
  arguments.positionals("PATH", &paths,
                        "Image, folder of images, or - for standard input: a picture, or a list of "
                        "paths",
                        Arguments::Presence::kRequired);
}

}  // namespace lprnet::cli
