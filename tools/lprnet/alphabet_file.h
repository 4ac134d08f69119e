#pragma once

#include <string>
#include <vector>

namespace lprnet::cli {

// The tokens in a file, by class: a JSON list of strings if its name ends in .json, else one on
// each line. Throws Error: kIo, kFormat (neither, or none).
std::vector<std::string> read_alphabet(const std::string& file);

}  // namespace lprnet::cli
