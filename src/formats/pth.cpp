#include "formats/pth.h"

#include <string_view>
#include <utility>

#include "base/error_text.h"
#include "formats/json_document.h"
#include "formats/state_dict.h"
#include "formats/torch_file.h"
#include "formats/torch_tensor.h"
#include "formats/zip.h"

namespace lprnet::formats {

bool looks_like_pth(const base::Bytes& file) {
  return looks_like_zip(file) || looks_like_torch_stream(file);
}

graph::WeightMap read_pth(const base::Bytes& file, const std::string& where) {
  if (!looks_like_pth(file)) {
    base::fail(ErrorCode::kFormat, where, ": is no file of torch.save");
  }
  const TorchFile content =
      looks_like_zip(file) ? read_torch_zip(file, where) : read_torch_stream(file, where);
  TensorReader tensors(content);
  graph::WeightMap weights;
  for (const auto& [name, value] : find_weights(content.pickle, where)) {
    const auto [place, is_new] = weights.emplace(name, graph::RawTensor{});
    if (!is_new) {
      base::fail(ErrorCode::kFormat, where, ": the tensor ", in_quotes(name), " stands twice");
    }
    place->second = tensors.read(*value, name);
  }
  return weights;
}

}  // namespace lprnet::formats
