#pragma once

#include <string>

#include "import/architectures.h"
#include "lprnet/checkpoint.hpp"

namespace lprnet::importer {

// The profile that the network suggests, by its kind and class count.
const CheckpointProfile& default_profile(const KnownNetwork& network);

// The profile with what the options set in its place. Throws Error: kInvalidArgument for a profile
// or setting that does not exist, kInvalidModel, with both numbers, for an alphabet that does not
// have the network's class count; and what reading the file `options.reading` throws. `where` is
// the checkpoint's name.
CheckpointProfile choose_profile(const KnownNetwork& network, const CheckpointOptions& options,
                                 const std::string& where);

// Why default_profile() suggests this one, and which others the tensors do not exclude: for people.
std::string reason_of_default(const KnownNetwork& network);

}  // namespace lprnet::importer
