#include "base/file_bytes.h"
#include "formats/decode_json.h"
#include "formats/json_document.h"
#include "lprnet/description.hpp"

namespace lprnet {

FurtherLooks FurtherLooks::load(const std::filesystem::path& path) {
  base::FileLimits limits;
  limits.max_bytes = formats::kMaxLooksText;
  const base::Bytes bytes = base::read_file(path, limits);
  const std::string where = base::text_of(path);
  const formats::Document document =
      formats::parse_json({reinterpret_cast<const char*>(bytes.data), bytes.size}, where);
  return formats::read_further_looks(document.json(), where, formats::OtherKeys::kRefused);
}

}  // namespace lprnet
