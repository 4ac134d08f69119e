#include "import/network_builder.h"

#include <utility>

#include "base/error_text.h"
#include "graph/infer_shape.h"

namespace lprnet::importer {
namespace {

graph::Weight named(std::string name) { return {std::move(name), {}}; }

}  // namespace

std::string NetworkBuilder::input(std::string name, const tensor::Shape& shape) {
  graph_.inputs.push_back({name, shape.to_vector()});
  shapes_[name] = shape;
  return name;
}

const graph::RawTensor& NetworkBuilder::weight(const std::string& name) const {
  const auto found = weights_.find(name);
  if (found == weights_.end()) {
    base::fail(ErrorCode::kInvalidModel, where_,
               ": is like an LPRNet's weights, but has no tensor '", name, "'");
  }
  return found->second;
}

std::string NetworkBuilder::add(const std::string& name, graph::FileOp op,
                                std::vector<std::string> inputs) {
  std::vector<tensor::Shape> shapes;
  shapes.reserve(inputs.size());
  for (const std::string& value : inputs) shapes.push_back(shape_of(value));
  // The shapes alone are looked at.
  graph::FileOp shaped = op;
  if (auto* with_weights = std::get_if<graph::Op>(&shaped)) {
    for (graph::Weight* shown : graph::weights_of(*with_weights)) {
      if (!shown->given()) continue;
      shown->tensor = {weight(shown->name).shape, std::shared_ptr<const float>()};
    }
  }
  try {
    shapes_[name] =
        std::visit([&](const auto& known) { return graph::infer_shape(known, shapes); }, shaped);
  } catch (const Error& error) {
    base::fail(error.code(), where_,
               ": is like an LPRNet's weights, but does not fit one with input ",
               tensor::Shape::checked(graph_.inputs.front().shape)->to_string(), ": node '", name,
               "' (", std::visit([](const auto& known) { return graph::name_of(known); }, op),
               "): ", error.what());
  }
  graph_.nodes.push_back({name, std::move(op), std::move(inputs)});
  return name;
}

void NetworkBuilder::expect_kernel(const std::string& name, const graph::Pair& kernel) const {
  const tensor::Shape& shape = weight(name).shape;
  if (shape.rank() != 4 || shape[2] != kernel[0] || shape[3] != kernel[1]) {
    base::fail(ErrorCode::kInvalidModel, where_, ": is like an LPRNet's weights, but '", name,
               "' is ", shape.to_string(), ", expected a kernel of ", kernel[0], "x", kernel[1],
               "; tools/export turns any network into a model file from its Python source");
  }
}

graph::Graph NetworkBuilder::finish(std::string output) && {
  graph_.outputs = {{output, output}};
  return std::move(graph_);
}

Sequential& Sequential::add(graph::FileOp op) {
  value_ = network_.add(next(), std::move(op), {value_});
  ++index_;
  return *this;
}

Sequential& Sequential::conv(graph::Pair kernel, Window window) {
  graph::Conv2d conv;
  conv.weight = named(next() + ".weight");
  conv.bias = named(next() + ".bias");
  conv.stride = window.stride;
  conv.padding = window.padding;
  network_.expect_kernel(conv.weight.name, kernel);
  return add(std::move(conv));
}

Sequential& Sequential::linear() {
  graph::Linear linear;
  linear.weight = named(next() + ".weight");
  linear.bias = named(next() + ".bias");
  return add(std::move(linear));
}

Sequential& Sequential::norm() {
  graph::BatchNorm norm;
  norm.weight = named(next() + ".weight");
  norm.bias = named(next() + ".bias");
  norm.running_mean = named(next() + ".running_mean");
  norm.running_var = named(next() + ".running_var");
  return add(std::move(norm));
}

Sequential& Sequential::act(const graph::Activation& activation) { return add({activation}); }

Sequential& Sequential::max_pool(graph::Pair kernel, Window window) {
  graph::MaxPool2d pool;
  pool.kernel_size = kernel;
  pool.stride = window.stride;
  pool.padding = window.padding;
  return add(pool);
}

Sequential& Sequential::max_pool3d(graph::Triple stride) {
  graph::MaxPool3d pool;
  pool.kernel_size = {1, 3, 3};
  pool.stride = stride;
  return add(pool);
}

Sequential& Sequential::dropout() { return add(graph::Identity{.dropout = true}); }

Sequential& Sequential::block(const graph::Activation& activation, bool normalised) {
  Sequential inner(network_, next() + ".block", value_);
  inner.conv({1, 1}).act(activation);
  inner.conv({3, 1}, {.padding = {1, 0}}).act(activation);
  inner.conv({1, 3}, {.padding = {0, 1}}).act(activation);
  inner.conv({1, 1});
  if (normalised) inner.norm();
  value_ = inner.value();
  ++index_;
  return *this;
}

}  // namespace lprnet::importer
