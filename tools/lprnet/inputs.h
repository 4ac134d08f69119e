#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "lprnet/image.hpp"
#include "progress.h"
#include "standard_input.h"

namespace lprnet::cli {

// An image file to read, or what is wrong with a path that should have given some.
struct Input {
  std::string file;   // as the user wrote it, a folder's images below that
  std::string error;  // empty: `file` is to be read
  // Not null: the picture's bytes, and `file` is only its name.
  std::shared_ptr<const std::vector<std::uint8_t>> bytes = nullptr;
};

// The images that the paths on a command line stand for, in order: a file stands for itself, a
// folder for its images, sorted by the bytes of their names (files with the ending of a picture,
// and those without any that begin like one), and "-" for standard input: a picture, or paths, one
// a line, or each ended by a zero byte. Looked up as they are asked for, so a program can feed
// paths and wait for each answer.
class Inputs {
 public:
  enum class List { kLines, kZeroSeparated };

  // A picture on standard input may have `max_file_bytes`.
  Inputs(std::vector<std::string> paths, bool recursive, List list, std::int64_t max_file_bytes)
      : paths_(std::move(paths)),
        recursive_(recursive),
        list_(list),
        max_file_bytes_(max_file_bytes) {}

  // No value at the end. From one thread at a time.
  std::optional<Input> next();
  // How many there are, which looks all of them up; no value where standard input is among them.
  // REQUIRES: next() was not called.
  std::optional<std::size_t> count();
  // Files of the folders so far that are no pictures by their names, but for hidden ones.
  std::size_t skipped() const { return skipped_; }
  // The one whose name sorts first.
  const std::string& first_skipped() const { return first_skipped_; }

 private:
  void open(const std::string& path);
  void list_folder(const std::string& folder);
  void skip(const std::string& file);
  void open_stdin();
  void read_stdin();

  std::vector<std::string> paths_;
  bool recursive_;
  std::size_t next_path_ = 0;
  List list_;
  std::int64_t max_file_bytes_;
  StandardInput stdin_;
  bool reading_stdin_ = false;
  std::vector<Input> found_;  // of the path in hand
  std::size_t next_found_ = 0;
  std::size_t skipped_ = 0;
  std::string first_skipped_;
};

// Which pictures a command reads, what each may cost, and by how many threads.
struct InputArguments {
  std::vector<std::string> paths;
  bool recursive = false;
  Inputs::List list = Inputs::List::kLines;
  int threads = 1;
  ImageOptions image_options;  // declared by declare_limits()
  ProgressMode progress = ProgressMode::kAuto;
  std::string output;  // where what is read is written; empty: standard output

  // `what`: "Images", as the help begins a sentence.
  void declare(Arguments& arguments, const std::string& what);
  // Sends what is printed from here on to `output`. Throws Error: where that cannot be written, or
  // is one of the pictures.
  void open_output() const;
  Inputs inputs() const { return {paths, recursive, list, image_options.max_file_bytes}; }
};

}  // namespace lprnet::cli
