#include "tests/evaluator/agreement.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include "base/aligned_buffer.h"
#include "base/ledger.h"
#include "graph/optimize.h"
#include "kernels/reference.h"
#include "plan/plan.h"
#include "plan/team.h"
#include "tensor/copy.h"

namespace lprnet::test {
namespace {

using graph::ValidGraph;
using graph::Values;
using tensor::Tensor;

constexpr double kRoundings = 8;
constexpr double kFloatRounding = 1.0 / (1 << 24);
constexpr int kRepetitions = 3;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Floats before and behind an arena that must stay as they are. Under AddressSanitizer there are
// none: it sees an access beyond the arena itself.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kGuard = 0;
#else
constexpr std::size_t kGuard = 64;
#endif
constexpr float kCanary = 12345.678F;

std::vector<Values> values_of(const std::vector<Tensor>& tensors) {
  std::vector<Values> values;
  for (const Tensor& tensor : tensors) values.emplace_back(tensor.begin(), tensor.end());
  return values;
}

double magnitude(const Values& values) {
  double largest = 0;
  for (const double x : values) {
    if (std::isfinite(x)) largest = std::max(largest, std::fabs(x));
  }
  return largest;
}

// max |found - expected|; infinite when an infinity or NaN stands where the other has none.
template <typename Found>
double difference(const Found& found, const Values& expected) {
  double largest = found.size() == expected.size() ? 0.0 : kInfinity;
  for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i) {
    const double a = found[i];
    const double b = expected[i];
    if (a == b || (std::isnan(a) && std::isnan(b))) continue;
    const double apart = std::fabs(a - b);
    largest = std::isnan(apart) ? kInfinity : std::max(largest, apart);
  }
  return largest;
}

std::vector<float> row_major(const tensor::ConstView& view) {
  std::vector<float> values(static_cast<std::size_t>(view.shape().elements()));
  tensor::copy(view, {values.data(), tensor::Layout::row_major(view.shape())});
  return values;
}

// A plan's memory between canaries.
class Arena {
 public:
  Arena(const plan::Plan& plan, int threads, float fill)
      : plan_(plan),
        threads_(threads),
        floats_(plan.arena_floats(threads)),
        buffer_(floats_ + 2 * kGuard) {
    std::fill_n(buffer_.data(), buffer_.size(), kCanary);
    std::fill_n(data(), floats_, fill);
    plan.initialise(data());
  }
  float* data() const { return buffer_.data() + kGuard; }

  void run(const std::vector<Tensor>& inputs) const {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      tensor::copy({inputs[i].data(), tensor::Layout::row_major(inputs[i].shape())},
                   plan_.input(static_cast<int>(i), data()));
    }
    if (threads_ == 1) return plan_.run(data());
    plan::Team(plan_, data(), threads_).run();
  }
  // All outputs, one behind the other.
  std::vector<float> outputs(std::size_t count) const {
    std::vector<float> all;
    for (std::size_t i = 0; i < count; ++i) {
      const std::vector<float> one = row_major(plan_.output(data(), i));
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }

  bool is_guarded() const {
    const float* end = data() + floats_;
    return std::all_of(buffer_.data(), buffer_.data() + kGuard, &is_canary) &&
           std::all_of(end, end + kGuard, &is_canary);
  }

 private:
  static bool is_canary(float x) { return x == kCanary; }

  const plan::Plan& plan_;
  int threads_;
  std::size_t floats_;
  base::AlignedBuffer buffer_;
};

bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// Whether a pass left the graph alone, as far as that shows.
bool is_same(const ValidGraph& a, const ValidGraph& b) {
  if (a.nodes().size() != b.nodes().size() || a.outputs().size() != b.outputs().size())
    return false;
  for (std::size_t i = 0; i < a.outputs().size(); ++i) {
    if (a.output(i) != b.output(i)) return false;
  }
  for (std::size_t i = 0; i < a.nodes().size(); ++i) {
    const auto& one = a.nodes()[i];
    const auto& other = b.nodes()[i];
    if (one.op.index() != other.op.index() || one.inputs != other.inputs ||
        one.shape != other.shape) {
      return false;
    }
    const auto weights = graph::weights_of(one.op);
    const auto others = graph::weights_of(other.op);
    for (std::size_t j = 0; j < weights.size(); ++j) {
      if (weights[j]->tensor.data() != others[j]->tensor.data()) return false;
    }
  }
  return true;
}

struct Variant {
  std::string name;
  ValidGraph graph;
  bool with_threads = false;
};

std::vector<Variant> variants_of(const ValidGraph& graph, bool each_pass) {
  graph::PassNotes notes;
  std::vector<Variant> variants{{"passes off", graph, true},
                                {"passes on", graph::optimize(graph, notes), true}};
  for (const graph::Pass& pass : graph::all_passes()) {
    if (!each_pass) break;
    ValidGraph after = pass.run(graph, notes);
    if (!is_same(graph, after)) variants.push_back({pass.name, std::move(after)});
  }
  return variants;
}

template <typename... Parts>
std::string text_of(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

// By output of the graph as written: its value and how far from it float32 may be.
struct Answers {
  std::vector<Values> values;
  std::vector<double> tolerances;
};

// What is wrong with an output, if anything; found(i) is the i-th output's elements.
template <typename Found>
std::optional<std::string> wrong_output(const Answers& answers, Found found) {
  for (std::size_t i = 0; i < answers.values.size(); ++i) {
    const double apart = difference(found(i), answers.values[i]);
    if (apart <= answers.tolerances[i]) continue;
    return text_of("output ", i, " is off by ", apart, " of ", answers.tolerances[i]);
  }
  return std::nullopt;
}

std::optional<std::string> variant_disagreement(const Variant& variant,
                                                const std::vector<Tensor>& inputs,
                                                const Trials& trials, const Answers& answers) {
  const std::vector<Values> evaluated = evaluate(variant.graph, values_of(inputs));
  if (const auto wrong = wrong_output(answers, [&](std::size_t i) { return evaluated[i]; })) {
    return text_of(variant.name, ": the graph that passes made, evaluated: ", *wrong);
  }
  const std::size_t count = answers.values.size();
  for (const kernels::KernelSet* kernels : trials.kernels) {
    const std::string where = text_of(variant.name, ", ", kernels->isa);
    const plan::Plan plan =
        plan::build_plan(variant.graph, *kernels, {.ledger = base::Ledger(trials.limits)});
    const Arena arena(plan, 1, std::numeric_limits<float>::quiet_NaN());
    arena.run(inputs);
    const std::vector<float> first = arena.outputs(count);
    if (const auto wrong = wrong_output(
            answers, [&](std::size_t i) { return row_major(plan.output(arena.data(), i)); })) {
      return text_of(where, ": ", *wrong);
    }
    arena.run(inputs);
    if (!same_bits(arena.outputs(count), first)) return text_of(where, ": a second run differs");
    if (!arena.is_guarded()) return text_of(where, ": writes outside its memory");
    if (!variant.with_threads) continue;
    for (const int threads : trials.threads) {
      const Arena shared(plan, threads, 1e30F);
      shared.run(inputs);
      if (!same_bits(shared.outputs(count), first))
        return text_of(where, ": ", threads, " threads give other bits than one");
      if (!shared.is_guarded())
        return text_of(where, ": ", threads, " threads write outside their memory");
    }
  }
  return std::nullopt;
}

}  // namespace

Expected expected_of(const ValidGraph& graph, const std::vector<Tensor>& inputs) {
  Expected expected;
  expected.values.resize(static_cast<std::size_t>(graph.value_count()));
  expected.tolerances.resize(expected.values.size());
  graph::evaluate(graph, values_of(inputs), [&](int value, Values& elements) {
    expected.values[static_cast<std::size_t>(value)] = elements;
  });
  std::mt19937 engine(1);
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    graph::evaluate(graph, values_of(inputs), [&](int value, Values& elements) {
      if (graph.is_input(value)) return;
      const Values& exact = expected.values[static_cast<std::size_t>(value)];
      double scale = magnitude(elements);
      for (const int input : graph.producer(value).inputs) {
        scale = std::max(scale, magnitude(expected.values[static_cast<std::size_t>(input)]));
      }
      for (double& x : elements) {
        const double noise = static_cast<double>(engine() >> 8) / (1 << 23) - 1;
        x += noise * kRoundings * kFloatRounding * scale;
      }
      double& tolerance = expected.tolerances[static_cast<std::size_t>(value)];
      tolerance = std::max(tolerance, 4 * difference(elements, exact));
    });
  }
  return expected;
}

bool is_comparable(const ValidGraph& graph, const Expected& expected) {
  const auto is_tame = [](double x) {
    return x == 0 || (std::fabs(x) >= 1e-30 && std::fabs(x) <= 1e6);
  };
  for (const Values& values : expected.values) {
    if (!std::all_of(values.begin(), values.end(), is_tame)) return false;
  }
  for (const auto& node : graph.nodes()) {
    for (const graph::Weight* weight : graph::weights_of(node.op)) {
      if (!weight->given()) continue;
      if (!std::all_of(weight->tensor.begin(), weight->tensor.end(), is_tame)) return false;
    }
    // Whether the operand's elements stay on the side of 0 on which they are.
    const auto is_away = [&](std::size_t input, bool positive) {
      const auto id = static_cast<std::size_t>(node.inputs[input]);
      const double margin = 16 * expected.tolerances[id] + 1e-3;
      return std::all_of(expected.values[id].begin(), expected.values[id].end(),
                         [&](double x) { return (positive ? x : std::fabs(x)) > margin; });
    };
    if (const auto* unary = std::get_if<graph::Activation>(&node.op)) {
      if (unary->kind == graph::ActivationKind::kSqrt && !is_away(0, true)) return false;
    } else if (const auto* norm = std::get_if<graph::BatchNorm>(&node.op)) {
      const tensor::Tensor& variance = norm->running_var.tensor;
      if (!std::all_of(variance.begin(), variance.end(),
                       [&](double x) { return x + norm->eps > 1e-6; })) {
        return false;
      }
    } else if (const auto* binary = std::get_if<graph::Binary>(&node.op)) {
      if (binary->kind == graph::BinaryKind::kDiv &&
          !(binary->other ? std::fabs(*binary->other) > 1e-3
                          : is_away(node.inputs.size() - 1, false))) {
        return false;
      }
      const bool is_whole = binary->other && *binary->other >= 0 && *binary->other < 100 &&
                            std::floor(*binary->other) == *binary->other;
      if (binary->kind == graph::BinaryKind::kPow && !is_whole &&
          !(binary->input ? *binary->input > 1e-3 : is_away(0, true))) {
        return false;
      }
    } else if (const auto* sample = std::get_if<graph::GridSample>(&node.op)) {
      if (sample->mode == graph::GridMode::kNearest) return false;
    }
  }
  return true;
}

Trials every_trial() {
  Trials trials;
  trials.kernels = kernels::kernel_sets();
  trials.kernels.push_back(&kernels::reference_kernels());
  trials.threads = {2, 3};
  return trials;
}

std::optional<std::string> disagreement(const ValidGraph& graph, const std::vector<Tensor>& inputs,
                                        const Trials& trials) {
  const Expected expected = expected_of(graph, inputs);
  Answers answers;
  for (const auto& output : graph.outputs()) {
    answers.values.push_back(expected.values[static_cast<std::size_t>(output.value)]);
    answers.tolerances.push_back(expected.tolerances[static_cast<std::size_t>(output.value)]);
  }
  for (const Variant& variant : variants_of(graph, trials.each_pass)) {
    if (auto found = variant_disagreement(variant, inputs, trials, answers)) {
      return found;
    }
  }
  for (const kernels::KernelSet* kernels : trials.kernels) {
    const plan::Plan plan = plan::build_plan(
        graph, *kernels, {.keep_values = true, .ledger = base::Ledger(trials.limits)});
    const Arena arena(plan, 1, std::numeric_limits<float>::quiet_NaN());
    arena.run(inputs);
    if (!arena.is_guarded())
      return text_of("values kept, ", kernels->isa, ": writes outside its memory");
    for (int value = 0; value < graph.value_count(); ++value) {
      const auto id = static_cast<std::size_t>(value);
      const double found =
          difference(row_major(plan.value(value, arena.data())), expected.values[id]);
      if (found <= expected.tolerances[id]) continue;
      return text_of("values kept, ", kernels->isa, ": '", graph.name_of(value), "' is off by ",
                     found, " of ", expected.tolerances[id]);
    }
  }
  return std::nullopt;
}

formats::ModelFile with_outputs(const formats::ModelFile& file,
                                std::vector<graph::Graph::Output> outputs) {
  formats::ModelFile result = file;
  std::set<std::string> needed;
  for (const auto& output : outputs) needed.insert(output.value);
  result.graph.outputs = std::move(outputs);
  std::vector<graph::Graph::Node> nodes;
  std::set<std::string> weights;
  for (std::size_t i = file.graph.nodes.size(); i-- > 0;) {
    const auto& node = file.graph.nodes[i];
    if (!needed.contains(node.name)) continue;
    needed.insert(node.inputs.begin(), node.inputs.end());
    const auto* op = std::get_if<graph::Op>(&node.op);
    if (op == nullptr) continue;  // without weights
    for (const graph::Weight* weight : graph::weights_of(*op)) weights.insert(weight->name);
    nodes.push_back(node);
  }
  std::reverse(nodes.begin(), nodes.end());
  result.graph.nodes = std::move(nodes);
  std::erase_if(result.weights, [&](const auto& entry) { return !weights.contains(entry.first); });
  return result;
}

formats::ModelFile without_node(const formats::ModelFile& file, std::size_t node) {
  formats::ModelFile result = file;
  const std::string name = file.graph.nodes[node].name;
  const std::string instead = file.graph.nodes[node].inputs[0];
  for (auto& other : result.graph.nodes) {
    std::replace(other.inputs.begin(), other.inputs.end(), name, instead);
  }
  for (auto& output : result.graph.outputs) {
    if (output.value == name) output.value = instead;
  }
  return with_outputs(result, result.graph.outputs);
}

}  // namespace lprnet::test
