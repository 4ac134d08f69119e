#include "folder.h"

#include <system_error>

#include "lprnet/error.hpp"

namespace lprnet::cli {

std::filesystem::path made_folder(const std::string& name) {
  std::error_code error;
  std::filesystem::create_directories(name, error);
  if (error || !std::filesystem::is_directory(name, error)) {
    throw Error(ErrorCode::kIo, name + ": cannot make this folder: " + error.message());
  }
  return name;
}

}  // namespace lprnet::cli
