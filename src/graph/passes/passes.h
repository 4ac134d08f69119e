#pragma once

#include "graph/optimize.h"

// One file for each.
namespace lprnet::graph {

// Nodes that give their input: dropout, identity, reshapes to the same shape.
ValidGraph drop_identities(const ValidGraph& graph, PassNotes& notes);

// Of nodes that do the same to the same inputs, one is kept.
ValidGraph merge_identical(const ValidGraph& graph, PassNotes& notes);

// A batch normalisation behind a convolution or linear layer becomes part of its weights, computed
// in double precision. Denormal weights become zero.
ValidGraph fold_batch_norm(const ValidGraph& graph, PassNotes& notes);

// The mean over height or width, behind linear operators, moves before them: past a 1x1
// convolution, a concatenation of channels, a division by what is the same for each row, into an
// average pooling. The work behind it shrinks with the axis.
ValidGraph mean_before_linear(const ValidGraph& graph, PassNotes& notes);

// A 1x1 convolution of a concatenation of quotients becomes a sum of convolutions, each divided
// afterwards: what was constant before the division can then be folded.
ValidGraph divide_after_linear(const ValidGraph& graph, PassNotes& notes);

// An average over overlapping windows is one over rows, then one over columns: each input is added
// once.
ValidGraph split_average(const ValidGraph& graph, PassNotes& notes);

// Channels that are the same constant for every input, or that nobody needs, found by interval
// arithmetic over the graph: their effect moves into the next layer's bias. Also puts first the
// channels that a slice keeps, so that the slice is a view of neighbours.
// Leaves graphs with more than kMaxChannels alone, which bounds its memory and time: channels of
// all values, counted again for each reader. LPRNet has some thousands.
inline constexpr std::int64_t kMaxChannels = std::int64_t{1} << 20;
ValidGraph remove_channels(const ValidGraph& graph, PassNotes& notes);

}  // namespace lprnet::graph
