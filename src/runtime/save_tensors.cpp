#include <utility>

#include "base/error_text.h"
#include "base/file_bytes.h"
#include "formats/safetensors.h"
#include "graph/weight_map.h"
#include "lprnet/model.hpp"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace lprnet {

void save_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors) {
  const std::string where = base::text_of(path);
  graph::WeightMap raw;
  for (const NamedTensor& named : tensors) {
    const auto shape = tensor::Shape::checked(named.shape);
    if (!shape || shape->elements() != static_cast<std::int64_t>(named.values.size())) {
      base::fail(ErrorCode::kInvalidArgument, where, ": tensor '", named.name, "' has ",
                 named.values.size(), " values, which do not fit its shape");
    }
    const bool is_new =
        raw.emplace(named.name, graph::to_raw(tensor::Tensor(*shape, named.values))).second;
    if (!is_new) {
      base::fail(ErrorCode::kInvalidArgument, where, ": tensor '", named.name, "' is given twice");
    }
  }
  base::write_file(path, formats::write_safetensors(raw, {}, where));
}

}  // namespace lprnet
