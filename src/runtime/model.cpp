#include "lprnet/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "base/aligned_buffer.h"
#include "base/checked.h"
#include "base/error_text.h"
#include "base/text.h"
#include "detect/decoder.h"
#include "graph/cost.h"
#include "graph/infer_shape.h"
#include "graph/optimize.h"
#include "image/preprocess.h"
#include "import/open.h"
#include "lprnet/session.hpp"
#include "runtime/model_impl.h"
#include "runtime/plate_decoder.h"
#include "runtime/self_test.h"
#include "tensor/copy.h"

namespace lprnet {
namespace {

constexpr std::int64_t kMaxSide = 1 << 14;

// The input is a picture with sides that memory can be laid out for.
void expect_picture_input(const formats::ModelFile& file, const Preprocessing& preprocessing,
                          const tensor::Shape& in) {
  const int channels = preprocessing.channel_order == ChannelOrder::kGray ? 1 : 3;
  if (in.rank() != 4 || in[0] != 1 || in[1] != channels || in[2] > kMaxSide || in[3] > kMaxSide) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": input is ", in.to_string(),
               ", expected [1,", channels, ",height,width] with sides up to ", kMaxSide);
  }
}

// A plate reader has one image-like input and one row of class scores for each time step.
void expect_reading_graph(const formats::ModelFile& file, const PlateReader& reader,
                          const graph::ValidGraph& graph) {
  expect_picture_input(file, reader.preprocessing, graph.inputs()[0].shape);
  const tensor::Shape& out = graph.shape_of(graph.output());
  if (out.rank() != 3 || out[0] != 1) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": output is ", out.to_string(),
               ", expected [1,classes,steps]");
  }
  constexpr std::int64_t kMaxSteps = 1024;
  if (out[2] > kMaxSteps) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": output is ", out.to_string(),
               ", expected at most ", kMaxSteps, " steps");
  }
}

// Whether the network's output is a softmax over the classes.
bool ends_in_softmax(const graph::ValidGraph& graph) {
  int value = graph.output();
  int axis = 1;  // of the classes
  while (!graph.is_input(value)) {
    const auto& node = graph.producer(value);
    if (const auto* softmax = std::get_if<graph::Softmax>(&node.op)) {
      return !softmax->log && graph::resolve_axis(softmax->dim, node.shape.rank()) == axis;
    }
    if (const auto* permute = std::get_if<graph::Permute>(&node.op)) {
      axis = graph::resolve_axis(permute->dims[static_cast<std::size_t>(axis)], node.shape.rank());
    } else if (!std::holds_alternative<graph::Identity>(node.op)) {
      return false;
    }
    value = node.inputs[0];
  }
  return false;
}

// A plate detector answers with ten channels for each cell of its maps.
void expect_detecting_graph(const formats::ModelFile& file, const PlateDetector& detector,
                            const graph::ValidGraph& graph) {
  const tensor::Shape& in = graph.inputs()[0].shape;
  expect_picture_input(file, detector.preprocessing, in);
  if (in[2] % detector.multiple != 0 || in[3] % detector.multiple != 0) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": input is ", in.to_string(),
               ", expected a width and height that are multiples of ", detector.multiple);
  }
  std::int64_t cells = 0;
  for (const DetectorMap& map : detector.maps) {
    cells += (in[2] / map.stride) * (in[3] / map.stride);
  }
  const tensor::Shape& out = graph.shape_of(graph.output());
  if (out != tensor::Shape{1, detect::kChannels, cells}) {
    base::fail(ErrorCode::kInvalidModel, file.where, ": output is ", out.to_string(),
               ", expected [1,", detect::kChannels, ",", cells, "] for the maps of an input of ",
               in[3], "x", in[2]);
  }
}

// Preprocessing and weights from which something can be read. A normalisation that is read from a
// file holds finite numbers.
void expect_meaning(const formats::ModelFile& file, const Preprocessing& preprocessing,
                    const graph::ValidGraph& graph) {
  const std::size_t channels = preprocessing.channel_order == ChannelOrder::kGray ? 1 : 3;
  const auto& scale = preprocessing.scale;
  if (std::all_of(scale.begin(), scale.begin() + static_cast<std::ptrdiff_t>(channels),
                  [](float x) { return x == 0; })) {
    base::fail(ErrorCode::kInvalidModel, file.where,
               ": the scale of its preprocessing is 0, so that all pictures are the same to it; "
               "expected another number, such as 1/128");
  }
  for (const auto& node : graph.nodes()) {
    // An infinite constant may be a border for a maximum.
    const bool is_constant = std::holds_alternative<graph::Constant>(node.op);
    for (const graph::Weight* weight : graph::weights_of(node.op)) {
      if (!weight->given()) continue;
      const auto bad = std::find_if(weight->tensor.begin(), weight->tensor.end(), [&](float x) {
        return is_constant ? std::isnan(x) : !std::isfinite(x);
      });
      if (bad == weight->tensor.end()) continue;
      base::fail(ErrorCode::kInvalidModel, file.where, ": tensor ", base::in_quotes(weight->name),
                 " of node ", base::in_quotes(node.name), " holds ",
                 std::isnan(*bad) ? "NaN" : "infinity", " at ", bad - weight->tensor.begin(),
                 ", expected finite numbers; the training went astray: take an earlier checkpoint");
    }
  }
}

// Gives the only input another size.
void resize_input(formats::ModelFile& file, const InputSize& size) {
  const auto refuse = [&](const auto&... parts) {
    base::fail(ErrorCode::kInvalidArgument, file.where, ": an input of ", size.width, "x",
               size.height, " was asked for, ", parts...);
  };
  if (size.width < 1 || size.height < 1 || size.width > kMaxSide || size.height > kMaxSide) {
    refuse("expected sides of 1 to ", kMaxSide);
  }
  if (const PlateDetector* detector = file.description.plate_detector()) {
    if (size.width % detector->multiple != 0 || size.height % detector->multiple != 0) {
      refuse("expected a width and height that are multiples of ", detector->multiple);
    }
  }
  if (file.graph.inputs.size() != 1 || file.graph.inputs[0].shape.size() != 4) {
    refuse("but the network's input is no picture, (1, channels, height, width)");
  }
  std::vector<std::int64_t>& shape = file.graph.inputs[0].shape;
  shape[2] = size.height;
  shape[3] = size.width;
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

// Whether the self-test is one of the same network with another size of picture, which networks
// that take any may have. verify() then makes the model ready for that size.
bool tests_another_size(const formats::ModelFile& file, const ModelOptions& options,
                        const graph::ValidGraph& graph) {
  const tensor::Shape& in = graph.inputs()[0].shape;
  const tensor::Shape& tested = file.self_test->input.shape;
  const bool takes_any = file.description.plate_detector() != nullptr || options.input_size;
  return takes_any && in.rank() == 4 && tested.rank() == 4 && tested != in &&
         tested.with(2, in[2]).with(3, in[3]) == in;
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
  const base::Ledger ledger(options.limits);
  kernels::choose_kernel_set(
      options.isa);  // a name that is wrong is refused before the file is read
  formats::ModelFile file = importer::open_model_file(path, options.checkpoint, ledger);
  return std::shared_ptr<const Model>(new Model(Impl::make(std::move(file), options, ledger)));
}

std::shared_ptr<const Model> Model::parse(std::string_view bytes, const ModelOptions& options,
                                          const std::string& name) {
  const base::Ledger ledger(options.limits);
  kernels::choose_kernel_set(options.isa);  // a wrong name is refused before the bytes are read
  formats::ModelFile file = importer::open_model_bytes(base::copy_of(bytes, name, ledger), name,
                                                       options.checkpoint, ledger);
  return std::shared_ptr<const Model>(new Model(Impl::make(std::move(file), options, ledger)));
}

std::shared_ptr<const Model> Model::resized(const InputSize& size) const {
  ModelOptions options = impl_->options;
  options.input_size = size;
  return std::shared_ptr<const Model>(
      new Model(Impl::make(impl_->file, options, base::Ledger(options.limits))));
}

std::unique_ptr<const Model::Impl> Model::Impl::make(formats::ModelFile from,
                                                     const ModelOptions& options,
                                                     const base::Ledger& ledger) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->ledger = ledger;
  impl->file = std::move(from);
  if (options.input_size) resize_input(impl->file, *options.input_size);
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
  if (auto* reader = std::get_if<PlateReader>(&impl->file.description.purpose)) {
    if (impl->graph.shape_of(impl->graph.output()).rank() == 3 && ends_in_softmax(impl->graph)) {
      reader->scores = Scores::kProbabilities;
    }
  }
  if (const PlateReader* reader = file.description.plate_reader()) {
    expect_reading_graph(file, *reader, impl->graph);
    expect_meaning(file, reader->preprocessing, impl->graph);
    impl->alphabet.emplace(reader->alphabet, reader->blank,
                           static_cast<int>(impl->outputs[0].shape[1]));
    PlateDecoder::expect_sound(*reader, *impl->alphabet, file.where);
    const tensor::Shape& out = impl->graph.shape_of(impl->graph.output());
    base::expect_within(ledger.limits(), &Limits::operations,
                        base::saturating_mul(out[1] * out[2], out[2]),
                        file.where + ": decoding its output");
  }
  if (const PlateDetector* detector = file.description.plate_detector()) {
    expect_detecting_graph(file, *detector, impl->graph);
    expect_meaning(file, detector->preprocessing, impl->graph);
  }
  if (file.self_test && !tests_another_size(file, options, impl->graph)) {
    expect_self_test(file, impl->graph);
  }
  if (options.optimize) ledger.take(graph::optimize_bytes(impl->graph), file.where);
  const graph::ValidGraph ready =
      options.optimize ? graph::optimize(impl->graph, impl->notes) : impl->graph;
  impl->plan = plan::build_plan(ready, kernels::choose_kernel_set(options.isa),
                                {.ledger = ledger, .where = file.where});
  return impl;
}

void Model::Impl::expect_plate_reader() const { expect_reader(file.description, file.where); }

void expect_reader(const Description& description, const std::string& where) {
  if (description.plate_reader() != nullptr) return;
  base::fail(ErrorCode::kInvalidArgument, where,
             ": the model file describes no preprocessing and alphabet, so it cannot read plates");
}

std::shared_ptr<const Model> expect_reader(std::shared_ptr<const Model> model, const char* name) {
  if (model == nullptr) base::fail(ErrorCode::kInvalidArgument, name, " is null");
  expect_reader(model->description(), model->description().name);
  return model;
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
  if (tests_another_size(impl_->file, impl_->options, impl_->graph)) {
    return resized({static_cast<int>(test.input.shape[3]), static_cast<int>(test.input.shape[2])})
        ->verify();
  }
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

void Model::save(const std::filesystem::path& path) const { save(path, description()); }

void Model::save(const std::filesystem::path& path, const Description& description) const {
  formats::ModelFile file = impl_->file;
  file.description = description;
  const PlateReader* reader = description.plate_reader();
  if (description.purpose.index() != impl_->file.description.purpose.index()) {
    base::fail(ErrorCode::kInvalidArgument, file.where,
               ": the description to save is of another purpose than the model");
  }
  if (reader != nullptr) {
    const ctc::Alphabet alphabet(reader->alphabet, reader->blank, impl_->alphabet->classes());
    expect_reading_graph(file, *reader, impl_->graph);
    PlateDecoder::expect_sound(*reader, alphabet, file.where);
  }
  if (!file.self_test) {
    file.self_test = make_self_test(impl_->graph, description, file.where, impl_->ledger.limits());
  }
  const auto bytes = formats::write_model_file(file);
  if (const PlateDetector* detector = description.plate_detector()) {
    expect_detecting_graph(file, *detector, impl_->graph);
  }
  base::write_file(path, bytes);
}

}  // namespace lprnet
