#pragma once

#include <vector>

#include "lprnet/lprnet.h"
#include "lprnet/photo_reader.hpp"
#include "lprnet/plate.hpp"

namespace lprnet::c_api {

// The plates in the C header's form, which lprnet_plates_free() frees.
lprnet_plates* plates_of(std::vector<Plate> plates);
// The same with the place of each.
lprnet_plates* plates_of(std::vector<FoundPlate> plates);

}  // namespace lprnet::c_api
