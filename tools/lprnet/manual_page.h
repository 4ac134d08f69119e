#pragma once

#include <string>

#include "program_description.h"

namespace lprnet::cli {

// The program's page in section 1 of the manual, in man's macros and UTF-8.
std::string manual_page(const ProgramDescription& program);
// The page of one of its commands, called PROGRAM-COMMAND.
std::string manual_page(const ProgramDescription& program, const CommandDescription& command);

}  // namespace lprnet::cli
