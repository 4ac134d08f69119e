#include "import/torch_tensor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "base/error_text.h"
#include "base/text.h"
#include "import/torch_types.h"

namespace lprnet::importer {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kFromType = "torch._tensor._rebuild_from_type_v2";
constexpr std::array<std::string_view, 2> kParameters{"torch._utils._rebuild_parameter",
                                                      "torch._utils._rebuild_parameter_with_state"};
constexpr std::array<std::string_view, 3> kTensors{"torch._utils._rebuild_tensor",
                                                   "torch._utils._rebuild_tensor_v2",
                                                   "torch._utils._rebuild_tensor_v3"};
constexpr int kMaxWrappers = 8;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A function of the pickle and what it is called with.
struct Call {
  std::string_view function;
  const PickleValue* arguments;
};

struct Layout {
  std::int64_t offset = 0;  // in elements, as the strides are
  tensor::Shape shape;
  std::vector<std::int64_t> strides;
};

class LayoutReader {
 public:
  LayoutReader(const Pickle& pickle, const std::string& where) : pickle_(pickle), where_(where) {}

  const PickleValue& argument(const Call& call, std::size_t index) const {
    if (call.arguments->kind != Kind::kTuple || index >= call.arguments->items.size()) {
      base::fail(ErrorCode::kFormat, where_, ": ", call.function, " has too few arguments");
    }
    return pickle_[call.arguments->items[index]];
  }

  // The innermost call, the one that makes the tensor itself.
  Call unwrap(const PickleValue& value) const {
    Call call{pickle_[value.type].text, &pickle_[value.arguments]};
    for (int i = 0; i < kMaxWrappers; ++i) {
      if (contains(kTensors, call.function)) return call;
      if (call.function == kFromType) {
        const PickleValue& function = argument(call, 0);
        call = {function.kind == Kind::kGlobal ? function.text : "", &argument(call, 2)};
        continue;
      }
      const PickleValue& data = argument(call, 0);
      if (!contains(kParameters, call.function) || data.kind != Kind::kObject) break;
      call = {pickle_[data.type].text, &pickle_[data.arguments]};
    }
    base::fail(ErrorCode::kUnsupported, where_, ": is made in an unknown way");
  }

  Layout read(const Call& call) const {
    Layout layout;
    layout.offset = read_count(argument(call, 1), "its offset", where_);
    const auto sizes = counts(argument(call, 2), "its shape");
    layout.strides = counts(argument(call, 3), "its strides");
    const auto shape = tensor::Shape::checked(sizes);
    if (!shape) {
      base::fail(ErrorCode::kUnsupported, where_, ": the shape ", in_brackets(sizes),
                 " is outside the limits: every size at least 1, at most ", tensor::kMaxRank,
                 " dimensions and ", tensor::kMaxElements, " elements");
    }
    if (layout.strides.size() != sizes.size()) {
      base::fail(ErrorCode::kFormat, where_, ": has ", layout.strides.size(),
                 " strides for the shape ", in_brackets(sizes));
    }
    layout.shape = *shape;
    return layout;
  }

 private:
  static std::string in_brackets(const std::vector<std::int64_t>& sizes) {
    std::string text;
    for (const std::int64_t size : sizes) {
      text += (text.empty() ? "[" : ",") + std::to_string(size);
      if (text.size() > 64) return text + ",...]";
    }
    return text.empty() ? "[]" : text + "]";
  }

  // A tuple of integers, or torch.Size of one.
  std::vector<std::int64_t> counts(const PickleValue& value, const char* what) const {
    const PickleValue* tuple = &value;
    if (value.kind == Kind::kObject && !pickle_[value.arguments].items.empty()) {
      tuple = &pickle_[pickle_[value.arguments].items[0]];
    }
    if (tuple->kind != Kind::kTuple && tuple->kind != Kind::kList) {
      base::fail(ErrorCode::kFormat, where_, ": ", what, " is no tuple");
    }
    if (tuple->items.size() > static_cast<std::size_t>(tensor::kMaxRank)) {
      base::fail(ErrorCode::kUnsupported, where_, ": has ", tuple->items.size(),
                 " dimensions, more than the limit of ", tensor::kMaxRank);
    }
    std::vector<std::int64_t> read;
    read.reserve(tuple->items.size());
    for (const PickleRef item : tuple->items)
      read.push_back(read_count(pickle_[item], what, where_));
    return read;
  }

  const Pickle& pickle_;
  const std::string& where_;
};

bool is_dense(const Layout& layout) {
  std::int64_t expected = 1;
  for (int axis = layout.shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t size = layout.shape[axis];
    if (size != 1 && layout.strides[static_cast<std::size_t>(axis)] != expected) return false;
    expected *= size;
  }
  return true;
}

// The elements from the layout's offset to its last one; no value when they are too many to count.
std::optional<std::int64_t> extent(const Layout& layout) {
  std::optional<std::int64_t> last = 0;
  for (int axis = 0; axis < layout.shape.rank(); ++axis) {
    const auto step =
        base::checked_mul(layout.shape[axis] - 1, layout.strides[static_cast<std::size_t>(axis)]);
    last = step ? base::checked_add(*last, *step) : std::nullopt;
    if (!last) return std::nullopt;
  }
  return base::checked_add(*last, 1);
}

// Copies the elements in row-major order.
void gather(const Layout& layout, const std::uint8_t* from, std::size_t element, bool swap,
            std::uint8_t* to) {
  std::array<std::int64_t, tensor::kMaxRank> index{};
  std::int64_t position = 0;
  for (std::int64_t i = 0; i < layout.shape.elements(); ++i) {
    const std::uint8_t* source = from + static_cast<std::size_t>(position) * element;
    if (swap) {
      std::reverse_copy(source, source + element, to);
    } else {
      std::memcpy(to, source, element);
    }
    to += element;
    for (int axis = layout.shape.rank() - 1; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      position += layout.strides[a];
      if (++index[a] < layout.shape[axis]) break;
      position -= index[a] * layout.strides[a];
      index[a] = 0;
    }
  }
}

}  // namespace

bool is_tensor(const Pickle& pickle, const PickleValue& value) {
  if (value.kind != Kind::kObject) return false;
  const std::string_view name = pickle[value.type].text;
  return name == kFromType || contains(kParameters, name) || contains(kTensors, name);
}

graph::RawTensor TensorReader::read(const PickleValue& value, const std::string& name) {
  const Pickle& pickle = file_.pickle;
  const std::string where = base::cat(file_.where, ": tensor ", base::in_quotes(name));
  const LayoutReader reader(pickle, where);
  const Call call = reader.unwrap(value);
  StorageId id = read_storage_id(pickle, reader.argument(call, 0), where);
  const auto stored = file_.storages.find(id.key);
  if (stored == file_.storages.end()) {
    base::fail(ErrorCode::kFormat, where, ": its storage ", base::in_quotes(id.key),
               " is not in the file");
  }
  auto element = static_cast<std::int64_t>(graph::bytes_of(id.dtype));
  const auto bytes = base::checked_mul(id.count, element);
  if (!bytes || static_cast<std::uint64_t>(*bytes) != stored->second.size) {
    base::fail(ErrorCode::kFormat, where, ": its storage ", base::in_quotes(id.key), " has ",
               stored->second.size, " bytes, expected ", id.count, " elements of ", element);
  }
  const std::int64_t part_begin = id.offset * element;
  std::int64_t part_length = id.length;
  graph::RawTensor raw;
  raw.dtype = id.dtype;
  if (call.function == kTensors[2]) {  // a dtype of its own over an untyped storage
    const PickleValue& dtype = reader.argument(call, 6);
    const auto known = dtype.kind == Kind::kGlobal ? dtype_of_torch(dtype.text) : std::nullopt;
    if (!known) {
      base::fail(ErrorCode::kUnsupported, where, ": its element type ", base::in_quotes(dtype.text),
                 " is not supported");
    }
    raw.dtype = *known;
    part_length = part_length * element / static_cast<std::int64_t>(graph::bytes_of(*known));
    element = static_cast<std::int64_t>(graph::bytes_of(*known));
  }

  const Layout layout = reader.read(call);
  const auto needed = extent(layout);
  if (!needed || layout.offset > part_length || *needed > part_length - layout.offset) {
    base::fail(ErrorCode::kFormat, where, ": ", layout.shape.to_string(), " at element ",
               layout.offset, " reaches beyond its storage of ", part_length, " elements");
  }
  raw.shape = layout.shape;
  const auto begin = static_cast<std::size_t>(part_begin + layout.offset * element);
  const auto size = static_cast<std::size_t>(layout.shape.elements() * element);
  const bool swap = file_.big_endian && element > 1;
  if (!swap && is_dense(layout)) {
    raw.bytes = stored->second.part(begin, size);
    return raw;
  }
  if (size > gather_left_) {
    base::fail(ErrorCode::kUnsupported, where, ": ", layout.shape.to_string(),
               " repeats its elements, which would take more than four times the file's size");
  }
  gather_left_ -= size;
  ledger_.take(static_cast<std::int64_t>(size), where);
  auto buffer = std::make_shared<std::vector<std::uint8_t>>(size);
  gather(layout, stored->second.data + begin, static_cast<std::size_t>(element), swap,
         buffer->data());
  const std::uint8_t* data = buffer->data();
  raw.bytes = {data, size, std::move(buffer)};
  return raw;
}

}  // namespace lprnet::importer
