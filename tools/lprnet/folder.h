#pragma once

#include <filesystem>
#include <string>

namespace lprnet::cli {

// The folder, made with those that it lies in if it is not there. Throws Error(kIo).
std::filesystem::path made_folder(const std::string& name);

}  // namespace lprnet::cli
