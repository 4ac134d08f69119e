#include "import/pth.h"

#include <string_view>
#include <utility>

#include "base/error_text.h"
#include "base/text.h"
#include "import/state_dict.h"
#include "import/torch_file.h"
#include "import/torch_tensor.h"
#include "import/zip.h"

namespace lprnet::importer {

bool looks_like_pth(const base::Bytes& file) {
  return looks_like_zip(file) || looks_like_torch_stream(file);
}

graph::WeightMap read_pth(const base::Bytes& file, const std::string& where,
                          const base::Ledger& ledger) {
  if (!looks_like_pth(file)) {
    base::fail(ErrorCode::kFormat, where, ": is no file of torch.save");
  }
  const TorchFile content = looks_like_zip(file) ? read_torch_zip(file, where, ledger)
                                                 : read_torch_stream(file, where, ledger);
  TensorReader tensors(content, ledger);
  graph::WeightMap weights;
  for (const auto& [name, value] : find_weights(content.pickle, where)) {
    const auto [place, is_new] = weights.emplace(name, graph::RawTensor{});
    if (!is_new) {
      base::fail(ErrorCode::kFormat, where, ": the tensor ", base::in_quotes(name),
                 " stands twice");
    }
    place->second = tensors.read(*value, name);
  }
  return weights;
}

}  // namespace lprnet::importer
