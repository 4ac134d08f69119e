#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace lprnet::image {

enum class FileType { kJpeg, kPng, kBmp, kPnm, kWebp, kTiff, kUnknown };

// Told from the first bytes; a file's name says nothing. A type that this build does not read is
// kUnknown.
FileType file_type(std::span<const std::uint8_t> bytes);

// What a kUnknown file seems to be, for a message: "looks like WebP", "is text", "is empty".
std::string describe(std::span<const std::uint8_t> bytes);

}  // namespace lprnet::image
