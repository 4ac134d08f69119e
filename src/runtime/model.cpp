#include "lprnet/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/error_text.h"
#include "graph/cost.h"
#include "graph/optimize.h"
#include "image/preprocess.h"
#include "import/open.h"
#include "lprnet/session.hpp"
#include "runtime/model_impl.h"
#include "runtime/self_test.h"
#include "tensor/copy.h"

namespace lprnet {
namespace {

// A plate reader has one image-like input and one row of class scores for each time step.
void expect_plate_reader(const formats::ModelFile& file, const PlateReader& reader,
                         const graph::ValidGraph& graph) {
  const auto refuse = [&file](const auto&... parts) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": ", parts...);
  };
  const tensor::Shape& in = graph.inputs()[0].shape;
  const tensor::Shape& out = graph.shape_of(graph.output());
  const int channels = reader.preprocessing.channel_order == ChannelOrder::kGray ? 1 : 3;
  constexpr std::int64_t kMaxSide = 1 << 14;
  if (in.rank() != 4 || in[0] != 1 || in[1] != channels || in[2] > kMaxSide || in[3] > kMaxSide) {
    refuse("input is ", in.to_string(), ", expected [1,", channels,
           ",height,width] with sides up to ", kMaxSide);
  }
  if (out.rank() != 3 || out[0] != 1) {
    refuse("output is ", out.to_string(), ", expected [1,classes,steps]");
  }
}

void expect_self_test(const formats::ModelFile& file, const graph::ValidGraph& graph) {
  const auto expect = [&file](const std::string& what, const tensor::Shape& found,
                              const tensor::Shape& expected) {
    if (found == expected) return;
    base::fail(ErrorCode::kInvalidModel, file.where, ": the self-test's ", what, " is ",
               found.to_string(), ", expected ", expected.to_string());
  };
  expect("input", file.self_test->input.shape, graph.inputs()[0].shape);
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    expect("output '" + graph.outputs()[i].name + "'", file.self_test->outputs[i].shape,
           graph.shape_of(graph.output(i)));
  }
}

NodeSummary summary_of(const graph::ValidGraph& graph, const graph::ValidGraph::Node& node) {
  NodeSummary summary;
  summary.name = node.name;
  summary.op = graph::name_of(node.op);
  summary.shape = node.shape.to_vector();
  summary.parameters = graph::weight_elements_of(node);
  summary.macs = graph::macs_of(graph, node);
  summary.operations = graph::operations_of(graph, node);
  return summary;
}

struct Difference {
  double absolute = 0;  // the largest
  double relative = 0;  // to the largest expected number
};

Difference difference_of(const float* found, const tensor::Tensor& expected) {
  Difference result;
  double largest = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double wanted = expected.data()[i];
    const double difference = found[i] == expected.data()[i] ? 0 : std::abs(found[i] - wanted);
    // A NaN on either side is the largest difference there is.
    result.absolute = std::isnan(difference) ? std::numeric_limits<double>::infinity()
                                             : std::max(result.absolute, difference);
    if (std::isfinite(wanted)) largest = std::max(largest, std::abs(wanted));
  }
  result.relative = result.absolute == 0 ? 0 : result.absolute / largest;
  return result;
}

// Row-major copy of a value.
std::vector<float> values_of(const tensor::ConstView& view) {
  std::vector<float> values(static_cast<std::size_t>(view.shape().elements()));
  tensor::copy(view, {values.data(), tensor::Layout::row_major(view.shape())});
  return values;
}

}  // namespace

std::shared_ptr<const Model> Model::load(const std::filesystem::path& path,
                                         const ModelOptions& options) {
  const kernels::KernelSet& kernels = kernels::choose_kernel_set(options.isa);
  auto impl = std::make_unique<Impl>();
  impl->ledger = base::Ledger(options.limits);
  const base::Ledger& ledger = impl->ledger;
  impl->file = importer::open_model_file(path, options.checkpoint, ledger);
  const formats::ModelFile& file = impl->file;
  impl->graph = graph::validate(file.graph, file.weights, file.where, {}, ledger);
  if (impl->graph.input_count() != 1) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": has ", impl->graph.input_count(),
               " inputs, expected 1");
  }
  impl->input_shape = impl->graph.inputs()[0].shape.to_vector();
  for (const auto& output : impl->graph.outputs()) {
    impl->outputs.push_back({output.name, impl->graph.shape_of(output.value).to_vector()});
  }
  if (const PlateReader* reader = file.description.plate_reader()) {
    expect_plate_reader(file, *reader, impl->graph);
    impl->alphabet.emplace(reader->alphabet, reader->blank,
                           static_cast<int>(impl->outputs[0].shape[1]));
  }
  if (file.self_test) expect_self_test(file, impl->graph);
  if (options.optimize) ledger.take(graph::optimize_bytes(impl->graph), file.where);
  const graph::ValidGraph ready =
      options.optimize ? graph::optimize(impl->graph, impl->notes) : impl->graph;
  impl->plan = plan::build_plan(ready, kernels, {.ledger = ledger, .where = file.where});
  return std::shared_ptr<const Model>(new Model(std::move(impl)));
}

void Model::Impl::expect_plate_reader() const {
  if (alphabet) return;
  base::fail(ErrorCode::kInvalidArgument, file.where,
             ": the model file describes no preprocessing and alphabet, so it cannot read plates");
}

Model::Model(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;

std::vector<std::string> Model::instruction_sets() {
  std::vector<std::string> names;
  for (const kernels::KernelSet* set : kernels::kernel_sets()) names.emplace_back(set->isa);
  return names;
}

const Description& Model::description() const noexcept { return impl_->file.description; }
const std::vector<std::int64_t>& Model::input_shape() const noexcept { return impl_->input_shape; }
const std::vector<ModelOutput>& Model::outputs() const noexcept { return impl_->outputs; }
std::string Model::isa() const { return impl_->plan.kernels().isa; }

ModelSummary Model::summary() const {
  ModelSummary summary;
  summary.isa = isa();
  for (const auto& node : impl_->graph.nodes()) {
    summary.nodes.push_back(summary_of(impl_->graph, node));
    if (const auto note = impl_->notes.find(node.name); note != impl_->notes.end()) {
      summary.nodes.back().note = note->second;
    }
    summary.parameters += summary.nodes.back().parameters;
    summary.macs += summary.nodes.back().macs;
    summary.operations += summary.nodes.back().operations;
  }
  std::map<std::string_view, NodeSummary*> nodes;
  for (NodeSummary& node : summary.nodes) nodes.emplace(node.name, &node);
  for (const plan::StepReport& report : impl_->plan.steps()) {
    StepSummary step;
    step.name = report.name;
    step.op = report.op;
    step.shape = report.shape.to_vector();
    step.macs = report.macs;
    step.in_place = report.in_place;
    step.operations = report.operations;
    summary.macs_run += report.macs;
    summary.operations_run += report.operations;
    if (const auto node = nodes.find(report.name); node != nodes.end()) {
      node->second->in_place = node->second->in_place || report.in_place;
    }
    for (const std::string& name : report.absorbed) {
      if (const auto node = nodes.find(name); node != nodes.end()) {
        node->second->fused_into = report.name;
      }
    }
    summary.steps.push_back(std::move(step));
  }
  summary.load_bytes = impl_->ledger.taken();
  summary.arena_bytes = static_cast<std::int64_t>(impl_->plan.arena_floats() * sizeof(float));
  summary.arena_bytes_no_reuse =
      static_cast<std::int64_t>(impl_->plan.arena_floats_without_reuse() * sizeof(float));
  return summary;
}

Verification Model::verify() const {
  if (!impl_->file.self_test) {
    base::fail(ErrorCode::kInvalidModel, impl_->file.where,
               ": has no self-test; convert it to a model file, which gets one");
  }
  const formats::SelfTest& test = *impl_->file.self_test;
  const tensor::Tensor input = graph::to_float(test.input);
  // A session needs a shared model; this one outlives it.
  Session session(std::shared_ptr<const Model>(std::shared_ptr<const Model>(), this));
  session.set_input(input.data());
  session.infer();

  Verification result;
  result.origin = test.origin;
  result.tolerance = test.tolerance;
  for (std::size_t i = 0; i < test.outputs.size(); ++i) {
    const tensor::Tensor expected = graph::to_float(test.outputs[i]);
    std::vector<float> found(expected.size());
    session.copy_output(found.data(), i);
    const Difference difference = difference_of(found.data(), expected);
    result.max_absolute = std::max(result.max_absolute, difference.absolute);
    result.max_relative = std::max(result.max_relative, difference.relative);
  }
  result.passed = result.max_relative <= result.tolerance;
  return result;
}

std::vector<NamedTensor> Model::trace(const ImageView& image) const {
  impl_->expect_plate_reader();
  image::expect_picture(image);
  const plan::Plan plan = plan::build_plan(impl_->graph, impl_->plan.kernels(),
                                           {.keep_values = true,
                                            .ledger = base::Ledger(impl_->ledger.limits()),
                                            .where = impl_->file.where});
  const base::AlignedBuffer arena(plan.arena_floats());
  plan.initialise(arena.data());
  const tensor::View input = plan.input(0, arena.data());
  image::Preprocessor preprocessor(impl_->file.description.plate_reader()->preprocessing,
                                   static_cast<int>(impl_->input_shape[3]),
                                   static_cast<int>(impl_->input_shape[2]));
  preprocessor.run(image, input.data, input.layout.stride(2), input.layout.stride(3),
                   input.layout.stride(1));
  plan.run(arena.data());
  std::vector<NamedTensor> values;
  for (int id = 0; id < impl_->graph.value_count(); ++id) {
    const tensor::ConstView view = plan.value(id, arena.data());
    values.push_back({impl_->graph.name_of(id), view.shape().to_vector(), values_of(view)});
  }
  return values;
}

void Model::save(const std::filesystem::path& path) const {
  if (impl_->file.self_test) {
    base::write_file(path, formats::write_model_file(impl_->file));
    return;
  }
  formats::ModelFile file = impl_->file;
  file.self_test =
      make_self_test(impl_->graph, file.description, file.where, impl_->ledger.limits());
  base::write_file(path, formats::write_model_file(file));
}

}  // namespace lprnet
