#pragma once

#include <string>

#include "base/file_bytes.h"

namespace lprnet::formats {

// Throws the Error(kFormat) about a file that is neither a model file nor a checkpoint: what it is,
// where its first bytes show that, and what to do.
[[noreturn]] void refuse_other_file(const base::Bytes& head, const std::string& where);

}  // namespace lprnet::formats
