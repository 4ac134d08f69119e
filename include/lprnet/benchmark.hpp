#pragma once

#include <string>
#include <vector>

#include "lprnet/export.hpp"
#include "lprnet/session.hpp"

// Measuring, for benchmarks: where a plate's time goes and what the machine could do at best.
namespace lprnet {

// Seconds of each of Model::summary().steps on the input that is set: medians over `rounds` whole
// runs. Throws Error(kInvalidArgument) when rounds is below 1.
LPRNET_API std::vector<double> measure_steps(Session& session, int rounds);

// Multiply-adds that one core does at most with an instruction set ("" as in ModelOptions), in
// floating-point operations a second: two for each multiply-add. Takes about 20 milliseconds.
// Throws Error(kInvalidArgument) for an instruction set that the machine lacks.
LPRNET_API double measure_peak(const std::string& isa);

}  // namespace lprnet
