#include "formats/tensor_header.h"

#include <string>
#include <vector>

#include "base/error_text.h"
#include "base/text.h"

namespace lprnet::formats {

void expect_tensor_name(const std::string& name, const std::string& where) {
  if (name != kMetadataKey && base::is_name(name)) return;
  base::fail(ErrorCode::kFormat, where, ": no tensor can be named ", base::in_quotes(name),
             ", expected 1 to ", base::kMaxNameBytes, " bytes without control characters and not '",
             kMetadataKey, "'");
}

graph::DType read_dtype(ObjectReader& entry) {
  const auto name = entry.required<std::string>("dtype");
  const auto dtype = graph::dtype_of(name);
  if (!dtype) {
    base::fail(ErrorCode::kUnsupported, entry.where(), ": the element type ", base::in_quotes(name),
               " is not supported");
  }
  return *dtype;
}

tensor::Shape read_shape(ObjectReader& entry) {
  const auto dims = entry.required<std::vector<std::int64_t>>("shape");
  const auto shape = tensor::Shape::checked(dims);
  if (!shape) {
    base::fail(ErrorCode::kUnsupported, entry.where(), ": the shape ", shown(entry.get("shape")),
               " is outside the limits: every size at least 1, at most ", tensor::kMaxRank,
               " dimensions and ", tensor::kMaxElements, " elements");
  }
  return *shape;
}

}  // namespace lprnet::formats
