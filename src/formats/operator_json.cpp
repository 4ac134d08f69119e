// Each operator's keys are named once, in describe(), for reading and for writing.
#include "formats/operator_json.h"

#include <cmath>
#include <initializer_list>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"

namespace lprnet::formats {
namespace {

using namespace graph;

template <typename T>
struct Choice {
  const char* text;
  T value;
};

// Both sides of describe() have the same functions:
//   required   the file has to say it
//   optional   else the value that the field has before stays
//   weight     a tensor's name; optional_weight: or none
//   choice     one of a few words, else the value that the field has before stays
//   default_to what the field is when the file says nothing
class AttributeReader {
 public:
  explicit AttributeReader(ObjectReader& node) : node_(node) {}

  template <typename T>
  void required(const char* key, T& field) {
    field = node_.required<T>(key);
  }
  template <typename T>
  void optional(const char* key, T& field) {
    node_.optional(key, field);
  }
  template <typename T>
  void default_to(T& field, const T& value) {
    field = value;
  }
  void weight(const char* key, Weight& field) { set_name(key, node_.get(key), field); }
  void optional_weight(const char* key, Weight& field) {
    const Json* found = node_.find(key);
    if (found != nullptr && !found->is_null()) set_name(key, *found, field);
  }
  template <typename T>
  void choice(const char* key, T& field, std::initializer_list<Choice<T>> choices) {
    const Json* found = node_.find(key);
    if (found == nullptr) return;
    const auto* text = found->get_ptr<const Json::string_t*>();
    std::string expected;
    for (const auto& one : choices) {
      if (text != nullptr && *text == one.text) {
        field = one.value;
        return;
      }
      if (!expected.empty()) expected += " or ";
      expected.append("'").append(one.text).append("'");
    }
    node_.refuse(key, *found, expected);
  }
  // A number or a list of numbers, none for all.
  void axes(const char* key, std::vector<std::int64_t>& field) {
    const Json* found = node_.find(key);
    if (found == nullptr || found->is_null()) return;
    std::int64_t one = 0;
    if (convert(*found, one)) {
      field = {one};
    } else if (!convert(*found, field)) {
      node_.refuse(key, *found, "an integer or a list of integers");
    }
  }

 private:
  void set_name(const char* key, const Json& found, Weight& field) {
    if (!convert(found, field.name) || !base::is_name(field.name)) {
      node_.refuse(key, found, "the name of a tensor");
    }
  }

  ObjectReader& node_;
};

class AttributeWriter {
 public:
  AttributeWriter(ObjectWriter& node, const std::string& where) : node_(node), where_(where) {}

  template <typename T>
  void required(const char* key, const T& field) {
    optional(key, field);
  }
  template <typename T>
  void optional(const char* key, const T& field) {
    node_.set(key, field);
  }
  void optional(const char* key, double field) {
    if (!std::isfinite(field)) {
      base::fail(ErrorCode::kInvalidArgument, where_, ": '", key, "' is ", field,
                 ", which a model file cannot say");
    }
    node_.set(key, field);
  }
  template <typename T>
  void optional(const char* key, const std::optional<T>& field) {
    if (field) optional(key, *field);
  }
  template <typename T>
  void default_to(T&, const T&) {}
  void weight(const char* key, const Weight& field) {
    if (!field.given()) {
      base::fail(ErrorCode::kInvalidArgument, where_, ": '", key, "' is missing");
    }
    node_.set(key, field.name);
  }
  void optional_weight(const char* key, const Weight& field) {
    if (field.given()) node_.set(key, field.name);
  }
  template <typename T>
  void choice(const char* key, const T& field, std::initializer_list<Choice<T>> choices) {
    for (const auto& one : choices) {
      if (field == one.value) return node_.set(key, one.text);
    }
    base::fail(ErrorCode::kInvalidArgument, where_, ": '", key,
               "' has a value for which there is no word");
  }
  void axes(const char* key, const std::vector<std::int64_t>& field) {
    if (!field.empty()) node_.set(key, field);
  }

 private:
  ObjectWriter& node_;
  const std::string& where_;
};

template <typename Io>
void describe(Io& io, Conv2d& op) {
  io.weight("weight", op.weight);
  io.optional_weight("bias", op.bias);
  io.optional("stride", op.stride);
  io.optional("padding", op.padding);
  io.optional("dilation", op.dilation);
  io.optional("groups", op.groups);
}

template <typename Io>
void describe(Io& io, Linear& op) {
  io.weight("weight", op.weight);
  io.optional_weight("bias", op.bias);
}

template <typename Io>
void describe(Io& io, BatchNorm& op) {
  io.optional_weight("weight", op.weight);
  io.optional_weight("bias", op.bias);
  io.weight("running_mean", op.running_mean);
  io.weight("running_var", op.running_var);
  io.optional("eps", op.eps);
}

template <typename Io>
void describe(Io& io, LayerNorm& op) {
  io.optional_weight("weight", op.weight);
  io.optional_weight("bias", op.bias);
  io.required("normalized_shape", op.normalized_shape);
  io.optional("eps", op.eps);
}

template <typename Io>
void describe(Io& io, GroupNorm& op) {
  io.optional_weight("weight", op.weight);
  io.optional_weight("bias", op.bias);
  io.required("num_groups", op.num_groups);
  io.optional("eps", op.eps);
}

template <typename Io>
void describe(Io&, MatMul&) {}

template <typename Io>
void describe(Io& io, Recurrent& op) {
  io.weight("weight_hh", op.weight_hh);
  io.optional_weight("bias_hh", op.bias_hh);
  io.optional("reverse", op.reverse);
}

template <typename Io>
void describe(Io& io, Activation& op) {
  const char* const attribute = tensor::facts_of(op.kind).attribute;
  if (attribute != nullptr) io.optional(attribute, op.parameter);
  if (op.kind == ActivationKind::kGelu || op.kind == ActivationKind::kGeluTanh) {
    io.choice("approximate", op.kind,
              {{"none", ActivationKind::kGelu}, {"tanh", ActivationKind::kGeluTanh}});
  }
}

template <typename Io>
void describe(Io& io, PRelu& op) {
  io.weight("weight", op.weight);
}

template <typename Io>
void describe(Io& io, Softmax& op) {
  io.required("dim", op.dim);
}

template <typename Io, typename Pool>
void describe_max_pool(Io& io, Pool& op) {
  io.required("kernel_size", op.kernel_size);
  io.default_to(op.stride, op.kernel_size);
  io.optional("stride", op.stride);
  io.optional("padding", op.padding);
  io.optional("dilation", op.dilation);
  io.optional("ceil_mode", op.ceil_mode);
}

template <typename Io>
void describe(Io& io, MaxPool2d& op) {
  describe_max_pool(io, op);
}

template <typename Io>
void describe(Io& io, AvgPool2d& op) {
  io.required("kernel_size", op.kernel_size);
  io.default_to(op.stride, op.kernel_size);
  io.optional("stride", op.stride);
  io.optional("padding", op.padding);
  io.optional("ceil_mode", op.ceil_mode);
  io.optional("count_include_pad", op.count_include_pad);
  io.optional("divisor_override", op.divisor_override);
}

template <typename Io>
void describe(Io& io, AdaptivePool2d& op) {
  io.required("output_size", op.output_size);
}

template <typename Io>
void describe(Io& io, Concat& op) {
  io.optional("dim", op.dim);
}

template <typename Io>
void describe(Io& io, Slice& op) {
  io.required("dim", op.dim);
  io.optional("start", op.start);
  io.optional("end", op.end);
  io.optional("step", op.step);
}

template <typename Io>
void describe(Io& io, Reshape& op) {
  io.required("shape", op.shape);
}

template <typename Io>
void describe(Io& io, Flatten& op) {
  io.optional("start_dim", op.start_dim);
  io.optional("end_dim", op.end_dim);
}

template <typename Io>
void describe(Io& io, Permute& op) {
  io.required("dims", op.dims);
}

template <typename Io>
void describe(Io& io, Squeeze& op) {
  io.optional("dim", op.dim);
}

template <typename Io>
void describe(Io& io, Unsqueeze& op) {
  io.required("dim", op.dim);
}

template <typename Io>
void describe(Io& io, Binary& op) {
  io.optional("other", op.other);
  io.optional("input", op.input);
}

template <typename Io>
void describe(Io& io, Reduce& op) {
  io.axes("dim", op.dim);
  io.optional("keepdim", op.keepdim);
}

template <typename Io>
void describe(Io& io, AffineGrid& op) {
  io.required("size", op.size);
  io.optional("align_corners", op.align_corners);
}

template <typename Io>
void describe(Io& io, GridSample& op) {
  io.choice("mode", op.mode, {{"bilinear", GridMode::kBilinear}, {"nearest", GridMode::kNearest}});
  io.choice("padding_mode", op.padding_mode,
            {{"zeros", GridPadding::kZeros},
             {"border", GridPadding::kBorder},
             {"reflection", GridPadding::kReflection}});
  io.optional("align_corners", op.align_corners);
}

template <typename Io>
void describe(Io& io, Interpolate& op) {
  io.optional("size", op.size);
  io.optional("scale_factor", op.scale_factor);
  io.choice("mode", op.mode,
            {{"nearest", InterpolateMode::kNearest},
             {"nearest-exact", InterpolateMode::kNearestExact},
             {"bilinear", InterpolateMode::kBilinear}});
  io.optional("align_corners", op.align_corners);
}

template <typename Io>
void describe(Io& io, Constant& op) {
  io.weight("value", op.value);
}

template <typename Io>
void describe(Io&, Identity&) {}

// Adds the operators of one type: those that a file names by a kind of their own, or the one.
template <typename T>
void add_prototypes(std::vector<Op>& ops) {
  if constexpr (std::is_same_v<T, Activation>) {
    for (const auto& facts : tensor::all_activations()) {
      if (facts.kind != ActivationKind::kNone) {
        ops.emplace_back(Activation{facts.kind, facts.parameter});
      }
    }
  } else if constexpr (std::is_same_v<T, Binary>) {
    for (const auto kind : {BinaryKind::kAdd, BinaryKind::kSub, BinaryKind::kMul, BinaryKind::kDiv,
                            BinaryKind::kPow, BinaryKind::kMaximum, BinaryKind::kMinimum}) {
      ops.emplace_back(Binary{kind, {}, {}});
    }
  } else if constexpr (std::is_same_v<T, Reduce>) {
    for (const auto kind :
         {ReduceKind::kSum, ReduceKind::kMean, ReduceKind::kMax, ReduceKind::kMin}) {
      ops.emplace_back(Reduce{kind, {}, false});
    }
  } else if constexpr (std::is_same_v<T, Recurrent>) {
    for (const auto kind : {RecurrentKind::kLstm, RecurrentKind::kGru}) {
      ops.emplace_back(Recurrent{kind, {}, {}, false});
    }
  } else if constexpr (std::is_same_v<T, Softmax>) {
    for (const bool log : {false, true}) ops.emplace_back(Softmax{0, log});
  } else if constexpr (std::is_same_v<T, AdaptivePool2d>) {
    for (const bool max : {false, true}) ops.emplace_back(AdaptivePool2d{{}, max});
  } else if constexpr (std::is_same_v<T, Identity>) {
    for (const bool dropout : {false, true}) ops.emplace_back(Identity{dropout});
  } else {
    ops.emplace_back(T{});
  }
}

template <typename... Types>
std::vector<Op> all_prototypes(const std::variant<Types...>*) {
  std::vector<Op> ops;
  (add_prototypes<Types>(ops), ...);
  return ops;
}

// One operator for each name, its attributes at their defaults.
const std::vector<Op>& prototypes() {
  static const std::vector<Op> ops = all_prototypes(static_cast<const Op*>(nullptr));
  return ops;
}

}  // namespace

FileOp read_operator(ObjectReader& node) {
  const auto name = node.required<std::string>("op");
  AttributeReader reader(node);
  if (MaxPool3d pool; name == name_of(pool)) {
    describe_max_pool(reader, pool);
    return pool;
  }
  for (const Op& prototype : prototypes()) {
    if (name != name_of(prototype)) continue;
    Op op = prototype;
    std::visit([&reader](auto& typed) { describe(reader, typed); }, op);
    return op;
  }
  base::fail(ErrorCode::kUnsupported, node.where(), ": the operator ", base::in_quotes(name),
             " is not supported");
}

void write_operator(const FileOp& op, ObjectWriter& node, const std::string& where) {
  AttributeWriter writer(node, where);
  if (const auto* pool = std::get_if<MaxPool3d>(&op)) {
    MaxPool3d described = *pool;
    node.set("op", name_of(described));
    return describe_max_pool(writer, described);
  }
  Op described = std::get<Op>(op);
  node.set("op", name_of(described));
  std::visit([&writer](auto& typed) { describe(writer, typed); }, described);
}

}  // namespace lprnet::formats
