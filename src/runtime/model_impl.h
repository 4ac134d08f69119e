#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/ledger.h"
#include "ctc/alphabet.h"
#include "formats/model_file.h"
#include "graph/graph.h"
#include "graph/optimize.h"
#include "lprnet/model.hpp"
#include "plan/plan.h"

namespace lprnet {

struct Model::Impl {
  // Validates and lowers. The input has `options.input_size`, if that is given.
  static std::unique_ptr<const Impl> make(formats::ModelFile file, const ModelOptions& options,
                                          const base::Ledger& ledger);

  ModelOptions options;
  base::Ledger ledger;  // the host's limits, and what loading took of them
  formats::ModelFile file;
  graph::ValidGraph graph;                // as the file has it
  graph::PassNotes notes;                 // what the passes changed
  plan::Plan plan;                        // of the graph after the passes
  std::optional<ctc::Alphabet> alphabet;  // of a plate reader
  std::vector<std::int64_t> input_shape;
  std::vector<ModelOutput> outputs;

  // Throws Error(kInvalidArgument) when it is a network for something else.
  void expect_plate_reader() const;
};

// The model, which reads plates. Throws Error(kInvalidArgument) for null, called `name`, and for
// other models.
std::shared_ptr<const Model> expect_reader(std::shared_ptr<const Model> model, const char* name);
// Throws Error(kInvalidArgument) for a description that is no plate reader's.
void expect_reader(const Description& description, const std::string& where);

}  // namespace lprnet
