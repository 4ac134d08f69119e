#pragma once

#include <cstddef>
#include <string>

#include "formats/json_object.h"
#include "lprnet/description.hpp"

namespace lprnet::formats {

inline constexpr std::size_t kMaxTokens = 65536;
inline constexpr std::size_t kMaxTokenBytes = 64;
inline constexpr std::size_t kMaxLooksText = std::size_t{1} << 16;  // of a file of its own

// The object "decode" of a document: all of a plate reader but its preprocessing. Keys of version 2
// are read where others are skipped. Throws Error: kFormat for keys that are missing or of another
// type and for values out of their range, kUnsupported beyond the format's limits.
void read_decode(const Json& json, PlateReader& reader, const std::string& where, OtherKeys others);
// Throws Error(kInvalidArgument) for what read_decode() would refuse.
std::string write_decode(const PlateReader& reader, const std::string& where);
// Whether it says what version 1 cannot say.
bool has_later_decode_keys(const PlateReader& reader);

// The object "further_looks" of it, also in a file of its own. Both throw as those above.
FurtherLooks read_further_looks(const Json& json, const std::string& where, OtherKeys others);
std::string write_further_looks(const FurtherLooks& further, const std::string& where);

}  // namespace lprnet::formats
