// Gives every file of a folder to a fuzzer's function, where there is no libFuzzer: FUZZER FOLDER.
#include <filesystem>
#include <iostream>

#include "base/file_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: FUZZER FOLDER\n";
    return 2;
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    const auto bytes = lprnet::base::read_file(entry.path());
    LLVMFuzzerTestOneInput(bytes.data, bytes.size);
    ++files;
  }
  std::cout << files << " files\n";
  return files > 0 ? 0 : 1;
}
