#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/conv_args.h"

namespace lprnet::kernels {

// One-dimensional Winograd convolution F(m, r) with m + r = 7: a tile of m neighbouring outputs of
// a filter of r taps costs six multiplications instead of m * r. Input, filter and output are taken
// as polynomials and multiplied at the points 0, ±kWinogradNear, ±kWinogradFar and infinity:
//
//   out = A^T [(G filter) * (B^T in)],   G(p, k) = p^k / prod of (p - q) over the finite q != p,
//   A^T(i, p) = p^i, and at infinity the filter's last tap and the tile's last output alone.
//
// A. Lavin, S. Gray, Fast Algorithms for Convolutional Neural Networks, 2015. With the points
// ±1/sqrt(2), ±sqrt(2) the error is half of that with the usual ±1, ±2: 1.4 times a direct sum's.
inline constexpr int kWinogradPoints = 6;
inline constexpr double kWinogradNear = 0.70710678118654752;
inline constexpr double kWinogradFar = 1.4142135623730951;

// Where a tile's first input and output lie, in floats behind the image's first, and the first
// output that is stored.
struct WinogradTile {
  std::ptrdiff_t in;
  std::ptrdiff_t out;
  int first;
};

// A convolution as such tiles, channels last. More than r taps along the axis, or taps across it,
// are several filters, whose products are added before the way back.
struct WinogradArgs {
  const float* in = nullptr;
  float* out = nullptr;
  float* scratch = nullptr;  // winograd_scratch_floats(), aligned
  // For each point: a filter's transforms as the taps of ConvArgs::weights.
  const float* weights = nullptr;
  std::ptrdiff_t point_weights = 0;  // floats from one point's to the next one's
  const float* bias = nullptr;       // one for each output lane, aligned
  const float* zeros = nullptr;      // as many, for the products

  const WinogradTile* tiles = nullptr;
  std::int64_t tile_count = 0;
  std::int64_t block = 0;       // tiles that are worked on at once
  std::ptrdiff_t in_step = 0;   // floats between neighbours along the axis
  std::ptrdiff_t out_step = 0;  // at least out_vectors * lanes
  int outputs = 0;              // of a tile: 3 or 4

  int filters = 0;
  const std::ptrdiff_t* filter_offsets = nullptr;  // to a filter's first input, in the image
  const std::ptrdiff_t* scratch_offsets =
      nullptr;  // the same in a transformed tile: f * in_vectors * lanes

  int channels = 0;
  int in_vectors = 0;  // ceil(channels / lanes); the last may be read as a whole
  int out_vectors = 0;
  Activation activation;
};

inline std::int64_t winograd_scratch_floats(const WinogradArgs& a, int lanes) noexcept {
  return kWinogradPoints * a.block * lanes *
         (std::int64_t{a.filters} * a.in_vectors + a.out_vectors);
}

}  // namespace lprnet::kernels
