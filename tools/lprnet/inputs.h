#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lprnet::cli {

// An image file to read, or what is wrong with a path that should have given some.
struct Input {
  std::string file;   // as the user wrote it, a folder's images below that
  std::string error;  // empty: `file` is to be read
};

// The images that the paths on a command line stand for, in order: a file stands for itself, a
// folder for its images, sorted by the bytes of their names, and "-" for the paths on standard
// input, one a line. Looked up as they are asked for, so a program can feed paths and wait for each
// answer.
class Inputs {
 public:
  Inputs(std::vector<std::string> paths, bool recursive)
      : paths_(std::move(paths)), recursive_(recursive) {}

  // No value at the end. From one thread at a time.
  std::optional<Input> next();

 private:
  void open(const std::string& path);
  void list_folder(const std::string& folder);

  std::vector<std::string> paths_;
  bool recursive_;
  std::size_t next_path_ = 0;
  bool reading_stdin_ = false;
  std::vector<Input> found_;  // of the path in hand
  std::size_t next_found_ = 0;
};

}  // namespace lprnet::cli
