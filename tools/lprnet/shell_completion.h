#pragma once

#include <string>
#include <vector>

#include "program_description.h"

namespace lprnet::cli {

// The shells that completions are made for: bash, zsh, fish.
const std::vector<std::string>& completed_shells();

// A script for one of completed_shells() that completes the program's commands, options, their
// values where these are words to choose from, and names of files and folders. Needs nothing but
// the shell.
std::string shell_completion(const ProgramDescription& program, const std::string& shell);

}  // namespace lprnet::cli
