// LPRNet from oneDNN's primitives, fused by hand: bias and ReLU as post-operations of the
// convolutions, activations in blocks of channels, the weights' formats chosen by the library, and
// the max pools run on the surviving channels alone, without a copy. What a framework on top of
// oneDNN could reach at best. (Left to choose the activations' format too, oneDNN 2.6 takes
// channels last: 5 % slower in the convolutions, and its max pools then fall back to reference code
// for a part of the channels.)

#include <array>
#include <dnnl.hpp>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "array_file.h"
#include "worker_loop.h"

namespace {

using dnnl::algorithm;
using dnnl::memory;
using dnnl::prop_kind;
using Tag = memory::format_tag;
using Dims = memory::dims;

constexpr auto kFloat = memory::data_type::f32;
constexpr int kFeatures = 4;

// Blocks as wide as the machine's vectors.
Tag blocked() {
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto avx512 = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return (isa & avx512) == avx512 ? Tag::nChw16c : Tag::nChw8c;
}

class OneDnnLprnet {
 public:
  OneDnnLprnet(const std::string& path, int batch, std::vector<float>& input)
      : engine_(dnnl::engine::kind::cpu, 0),
        stream_(engine_),
        arrays_(bench::read_arrays(path)),
        batch_(batch) {
    const memory plates({{batch, 3, 24, 94}, kFloat, Tag::nchw}, engine_, input.data());
    memory x = convolution("0", plates, {0, 0}, true);
    std::array<memory, kFeatures> features{average(x, {5, 5}, {5, 5})};
    x = max_pool(x, x.get_desc().dims()[1], {1, 1});
    x = block("4", x);
    features[1] = average(x, {5, 5}, {5, 5});
    x = max_pool(x, inputs_of("8.0"), {1, 2});
    x = block("8", x);
    x = block("11", x);
    features[2] = average(x, {4, 10}, {4, 2});
    x = max_pool(x, inputs_of("16"), {1, 2});
    x = convolution("16", x, {0, 0}, true);
    features[3] = convolution("20", x, {0, 0}, true);
    first_tail_step_ = steps_.size();
    build_tail(features);
    output_.resize(static_cast<std::size_t>(batch * classes_ * 18));
    const memory logits({{batch, classes_, 1, 18}, kFloat, Tag::nchw}, engine_, output_.data());
    add(dnnl::reorder(mean_, logits), {{DNNL_ARG_FROM, mean_}, {DNNL_ARG_TO, logits}});
  }

  void run() {
    for (std::size_t step = 0; step < steps_.size(); ++step) {
      if (step == first_tail_step_) {
        stream_.wait();
        divide_features();
      }
      steps_[step].primitive.execute(stream_, steps_[step].arguments);
    }
    stream_.wait();
    add_constant_terms();
  }

  const std::vector<float>& output() const { return output_; }

 private:
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };

  void add(const dnnl::primitive& primitive, std::unordered_map<int, memory> arguments) {
    steps_.push_back({primitive, std::move(arguments)});
  }

  long inputs_of(const std::string& name) const { return arrays_.at(name + ".weight").shape[1]; }

  // Runs now: weights are brought into the library's format once.
  memory converted(memory from, const memory::desc& to) {
    if (from.get_desc() == to) return from;
    memory result(to, engine_);
    dnnl::reorder(from, result).execute(stream_, from, result);
    stream_.wait();
    return result;
  }

  memory weights(const std::string& name, const memory::desc& format) {
    bench::Array& array = arrays_.at(name);
    const Dims dims(array.shape.begin(), array.shape.end());
    return converted({{dims, kFloat, Tag::oihw}, engine_, array.values.data()}, format);
  }

  // `sum_into`: the result is added to this value in place.
  memory convolve(const std::string& weight, memory bias, const memory& in, const Dims& padding,
                  bool relu, const memory* sum_into) {
    const bench::Array& array = arrays_.at(weight);
    const Dims in_dims = in.get_desc().dims();
    const Dims w(array.shape.begin(), array.shape.end());
    const Dims out_dims{batch_, w[0], in_dims[2] + 2 * padding[0] - w[2] + 1,
                        in_dims[3] + 2 * padding[1] - w[3] + 1};
    const memory::desc blocked_out(out_dims, kFloat, blocked());
    const memory::desc out = sum_into ? sum_into->get_desc() : blocked_out;
    const memory::desc any_in(in_dims, kFloat, in_dims[1] < 8 ? Tag::any : blocked());
    const memory::desc any_weights(w, kFloat, Tag::any);
    dnnl::post_ops after;
    if (sum_into) after.append_sum(1.0F);
    if (relu) after.append_eltwise(1.0F, algorithm::eltwise_relu, 0.0F, 0.0F);
    dnnl::primitive_attr attributes;
    attributes.set_post_ops(after);
    const dnnl::convolution_forward::desc description(
        prop_kind::forward_inference, algorithm::convolution_direct, any_in, any_weights,
        bias ? bias.get_desc() : memory::desc(), out, {1, 1}, padding, padding);
    const dnnl::convolution_forward::primitive_desc chosen(description, attributes, engine_);
    memory source = in;
    if (chosen.src_desc() != in.get_desc()) {
      source = memory(chosen.src_desc(), engine_);
      add(dnnl::reorder(in, source), {{DNNL_ARG_FROM, in}, {DNNL_ARG_TO, source}});
    }
    const memory result = sum_into ? *sum_into : memory(chosen.dst_desc(), engine_);
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, source},
        {DNNL_ARG_WEIGHTS, weights(weight, chosen.weights_desc())},
        {DNNL_ARG_DST, result}};
    if (bias) arguments[DNNL_ARG_BIAS] = bias;
    add(dnnl::convolution_forward(chosen), std::move(arguments));
    return result;
  }

  memory bias(const std::string& name) {
    bench::Array& array = arrays_.at(name);
    return {{{array.shape[0]}, kFloat, Tag::x}, engine_, array.values.data()};
  }

  memory convolution(const std::string& name, const memory& in, const Dims& padding, bool relu) {
    return convolve(name + ".weight", bias(name + ".bias"), in, padding, relu, nullptr);
  }

  memory block(const std::string& name, const memory& in) {
    memory x = convolution(name + ".0", in, {0, 0}, true);
    x = convolution(name + ".2", x, {1, 0}, true);
    x = convolution(name + ".4", x, {0, 1}, true);
    return convolution(name + ".6", x, {0, 0}, true);
  }

  memory pool(algorithm kind, const memory& in, const memory& out, const Dims& kernel,
              const Dims& strides) {
    const dnnl::pooling_forward::desc description(prop_kind::forward_inference, kind, in.get_desc(),
                                                  out.get_desc(), strides, kernel, {0, 0}, {0, 0});
    add(dnnl::pooling_forward({description, engine_}), {{DNNL_ARG_SRC, in}, {DNNL_ARG_DST, out}});
    return out;
  }

  memory pooled(const memory& in, long channels, const Dims& kernel, const Dims& strides) {
    const Dims dims = in.get_desc().dims();
    return {{{dims[0], channels, (dims[2] - kernel[0]) / strides[0] + 1,
              (dims[3] - kernel[1]) / strides[1] + 1},
             kFloat,
             blocked()},
            engine_};
  }

  // The values of one plate's first channels, a whole number of blocks: they lie together.
  memory prefix(const memory& of, long plate, long channels) {
    Dims dims = of.get_desc().dims();
    const std::size_t plate_bytes = of.get_desc().get_size() / static_cast<std::size_t>(dims[0]);
    dims[0] = 1;
    dims[1] = channels;
    auto* begin = static_cast<char*>(of.get_data_handle());
    return {
        {dims, kFloat, blocked()}, engine_, begin + static_cast<std::size_t>(plate) * plate_bytes};
  }

  // The maxima of the first `channels` channels.
  memory max_pool(const memory& in, long channels, const Dims& strides) {
    const Dims kernel{3, 3};
    const memory out = pooled(in, channels, kernel, strides);
    if (channels == in.get_desc().dims()[1])
      return pool(algorithm::pooling_max, in, out, kernel, strides);
    for (long plate = 0; plate < batch_; ++plate) {
      pool(algorithm::pooling_max, prefix(in, plate, channels), prefix(out, plate, channels),
           kernel, strides);
    }
    return out;
  }

  memory average(const memory& in, const Dims& kernel, const Dims& strides) {
    const memory out = pooled(in, in.get_desc().dims()[1], kernel, strides);
    return pool(algorithm::pooling_avg_exclude_padding, in, out, kernel, strides);
  }

  void build_tail(const std::array<memory, kFeatures>& features) {
    features_ = features;
    classes_ = arrays_.at("container.bias").shape[0];
    inverse_means_.resize(static_cast<std::size_t>(kFeatures * batch_));
    memory sum =
        convolve("feature0.weight", bias("container.bias"), features[0], {0, 0}, false, nullptr);
    for (int k = 1; k < kFeatures; ++k) {
      const auto index = static_cast<std::size_t>(k);
      convolve("feature" + std::to_string(k) + ".weight", memory(), features[index], {0, 0}, false,
               &sum);
    }
    mean_ = average(sum, {4, 1}, {4, 1});
  }

  // Divides every plate's features by the mean of their squares. Channels beyond the last of a
  // block are zero, so they may be counted in.
  void divide_features() {
    for (int k = 0; k < kFeatures; ++k) {
      const memory& feature = features_[static_cast<std::size_t>(k)];
      const bench::Array& squares = arrays_.at("feature" + std::to_string(k) + ".squares");
      const std::size_t count =
          feature.get_desc().get_size() / sizeof(float) / static_cast<std::size_t>(batch_);
      float* values = static_cast<float*>(feature.get_data_handle());
      for (int plate = 0; plate < batch_; ++plate, values += count) {
        const float inverse =
            squares.values[1] / (sum_of_squares(values, count) + squares.values[0]);
        for (std::size_t i = 0; i < count; ++i) values[i] *= inverse;
        inverse_means_[static_cast<std::size_t>(k * batch_ + plate)] = inverse;
      }
    }
  }

  static float sum_of_squares(const float* values, std::size_t count) {
    constexpr std::size_t kLanes = 32;  // independent sums, so that the compiler may use vectors
    std::array<float, kLanes> sums{};
    std::size_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane)
        sums[lane] += values[i + lane] * values[i + lane];
    }
    float total = 0;
    for (; i < count; ++i) total += values[i] * values[i];
    for (const float sum : sums) total += sum;
    return total;
  }

  void add_constant_terms() {
    for (int k = 0; k < kFeatures; ++k) {
      const bench::Array& term = arrays_.at("feature" + std::to_string(k) + ".term");
      for (int plate = 0; plate < batch_; ++plate) {
        const float inverse = inverse_means_[static_cast<std::size_t>(k * batch_ + plate)];
        for (long c = 0; c < classes_; ++c) {
          const float added = term.values[static_cast<std::size_t>(c)] * inverse;
          float* row = output_.data() + (plate * classes_ + c) * 18;
          for (int step = 0; step < 18; ++step) row[step] += added;
        }
      }
    }
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  std::map<std::string, bench::Array> arrays_;
  long batch_;
  long classes_ = 0;
  std::vector<Step> steps_;
  std::size_t first_tail_step_ = 0;
  std::array<memory, kFeatures> features_;
  std::vector<float> inverse_means_;
  memory mean_;
  std::vector<float> output_;
};

}  // namespace

// The number of threads comes from OMP_NUM_THREADS, which the library reads.
int main(int argc, char** argv) {
  try {
    const auto arguments = bench::parse_arguments(argc, argv);
    auto input =
        bench::read_input(arguments.input, static_cast<std::size_t>(arguments.batch) * 3 * 24 * 94);
    OneDnnLprnet network(arguments.model, arguments.batch, input);
    bench::serve([&] { network.run(); }, network.output(),
                 [](const std::string&) {
                   const auto* version = dnnl_version();
                   return std::to_string(version->major) + "." + std::to_string(version->minor) +
                          "." + std::to_string(version->patch);
                 });
    return 0;
  } catch (const std::exception& error) {
    std::cout << "error: " << error.what() << std::endl;
    return 1;
  }
}
