#pragma once

#include <string>
#include <vector>

#include "lprnet/quad.hpp"
#include "table_files.h"

namespace lprnet::cli {

// A plate that somebody marked in a photograph.
struct Mark {
  Quad corners;
  bool exact = true;  // else an upright box around the plate
  std::string text;   // empty: not known
};

// The marks of photographs, from a tab-separated table: `file kind text x,y;x,y;x,y;x,y` with the
// corners from the top left clockwise, or `file left top right bottom`; in pixels.
class Marks {
 public:
  // Throws Error: kNotFound, kIo; kFormat also for a text that is not UTF-8.
  explicit Marks(const std::string& table_file);

  // Null for a photograph that the table does not name. From one thread at a time.
  const std::vector<Mark>* of(const std::string& file);

  // As TableFiles::shared_rows().
  std::string shared_rows() const { return files_.shared_rows(); }

 private:
  TableFiles files_;
  std::vector<std::vector<Mark>> marks_;  // by the files' numbers
};

}  // namespace lprnet::cli
