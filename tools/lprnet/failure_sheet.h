#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lprnet/image.hpp"

namespace lprnet::cli {

// A plate that was read otherwise than its label says.
struct Failure {
  std::string file;
  std::string label;
  std::string read;
  double confidence = 0;
};

// Writes `folder`/index.html: a card for each failure, with the picture inside the page, the
// characters that differ marked, and the confidence. Makes the folder. Throws Error(kIo).
void write_failure_sheet(const std::filesystem::path& folder, const std::string& title,
                         const std::vector<Failure>& failures, const ImageOptions& image_options);

}  // namespace lprnet::cli
