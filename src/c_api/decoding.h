#pragma once

#include "lprnet/decode.hpp"
#include "lprnet/lprnet.h"

namespace lprnet::c_api {

// The caller's options, NULL for the defaults. Throws Error: as copy_sized(), kUnsupported for a
// decoder or mode that this version does not know. Other numbers are left to whoever decodes.
DecodeOptions decode_options_of(const lprnet_decode_options* callers);

}  // namespace lprnet::c_api
