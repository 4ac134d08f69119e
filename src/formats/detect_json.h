#pragma once

#include <string>

#include "formats/json_document.h"
#include "formats/json_object.h"
#include "formats/json_writer.h"
#include "lprnet/description.hpp"

namespace lprnet::formats {

// The object "detect" of a document: all of a plate detector but its preprocessing. Throws
// Error(kFormat) for keys that are missing or of another type, and for values out of their range.
void read_detect(const Json& json, PlateDetector& detector, const std::string& where,
                 OtherKeys others);
// Throws Error(kInvalidArgument) for what read_detect() would refuse.
std::string write_detect(const PlateDetector& detector, const std::string& where);

}  // namespace lprnet::formats
