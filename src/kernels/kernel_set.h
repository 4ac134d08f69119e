#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/conv_args.h"
#include "kernels/elementwise_args.h"
#include "kernels/pool_args.h"
#include "kernels/sample_args.h"
#include "kernels/winograd_args.h"

namespace lprnet::kernels {

// The arithmetic for one instruction set: the same algorithms (the *-inl.h files) over its vectors.
// Rows of `n` floats may alias exactly (in place) but not overlap otherwise.
struct KernelSet {
  const char* isa;
  int lanes;             // floats in a vector
  int max_tile_vectors;  // widest tile of a convolution's output channels
  void (*conv)(const ConvArgs&);
  void (*winograd)(const WinogradArgs&);  // null: the set has only direct sums
  void (*depthwise)(const DepthwiseArgs&);
  void (*max_pool)(const PoolArgs&);
  void (*avg_pool)(const PoolArgs&);
  void (*sample)(const SampleArgs&);  // null: the set has only the general form of kernels/grid.h
  void (*unary)(const Activation&, const float* in, float* out, std::int64_t n);
  void (*binary)(BinaryKind, RowOperand a, RowOperand b, float* out, std::int64_t n);
  // out = in * scale + shift
  void (*scale_shift)(const float* in, RowOperand scale, RowOperand shift, float* out,
                      std::int64_t n);
  // out = in > 0 ? in : in * slope
  void (*prelu)(const float* in, RowOperand slope, float* out, std::int64_t n);
  double (*sum_of_squares)(const float* in, std::int64_t n);
  // Runs `rounds` rounds of independent multiply-adds and returns how many floating-point
  // operations that were: the machine's limit, for benchmarks.
  double (*multiply_adds)(std::int64_t rounds);
};

// What this build and machine have, best first; never empty. The operating system is asked too, not
// only the processor.
const std::vector<const KernelSet*>& kernel_sets();

// The named set; empty: the one that LPRNET_ISA in the environment names, else the best. Throws
// Error(kInvalidArgument) for a name that does not exist or that the machine lacks.
const KernelSet& choose_kernel_set(const std::string& isa);

}  // namespace lprnet::kernels
