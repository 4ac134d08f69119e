#pragma once

#include <map>
#include <string>
#include <vector>

#include "lprnet/quad.hpp"

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
  // Throws Error: kNotFound, kIo, kFormat.
  explicit Marks(const std::string& table_file);

  // Null for a photograph that the table does not name. It is asked for the path first, then for
  // its last part.
  const std::vector<Mark>* of(const std::string& file) const;

 private:
  std::map<std::string, std::vector<Mark>> marks_;
};

}  // namespace lprnet::cli
