// Byte layout: length of the header, 8 bytes little-endian; the header, a JSON object; the data.
#include "formats/safetensors.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "base/error_text.h"
#include "base/text.h"
#include "formats/json_document.h"
#include "formats/json_object.h"
#include "formats/json_writer.h"
#include "formats/tensor_header.h"

namespace lprnet::formats {
namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = std::uint64_t{1} << 25;
constexpr std::size_t kDataAlignment = 64;

struct Range {
  std::uint64_t begin;
  std::uint64_t end;
  const std::string* name;
};

std::uint64_t header_length(const base::Bytes& file) {
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<std::uint64_t>(file.data[i]) << (8 * i);
  }
  return length;
}

// The tensor that a header entry describes, and its place in the data.
std::pair<graph::RawTensor, Range> tensor_in(const Json& json, const std::string& name,
                                             const base::Bytes& data, const std::string& where) {
  ObjectReader entry(json, base::cat(where, ": tensor ", base::in_quotes(name)));
  graph::RawTensor tensor;
  tensor.dtype = read_dtype(entry);
  tensor.shape = read_shape(entry);
  const auto offsets = entry.required<std::vector<std::int64_t>>("data_offsets");
  entry.refuse_others();
  if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0] ||
      static_cast<std::uint64_t>(offsets[1]) > data.size) {
    base::fail(ErrorCode::kFormat, entry.where(), ": 'data_offsets' is ",
               shown(entry.get("data_offsets")), ", expected begin and end within the file's ",
               data.size, " bytes of data");
  }
  const Range range{static_cast<std::uint64_t>(offsets[0]), static_cast<std::uint64_t>(offsets[1]),
                    &name};
  const auto expected = base::checked_mul(tensor.shape.elements(),
                                          static_cast<std::int64_t>(graph::bytes_of(tensor.dtype)));
  if (!expected || offsets[1] - offsets[0] != *expected) {
    base::fail(ErrorCode::kFormat, entry.where(), ": has ", range.end - range.begin,
               " bytes of data, expected ", expected.value_or(0), " for ",
               graph::name_of(tensor.dtype), " ", tensor.shape.to_string());
  }
  tensor.bytes = data.part(range.begin, range.end - range.begin);
  return {std::move(tensor), range};
}

void expect_every_byte_once(std::vector<Range> ranges, std::uint64_t size,
                            const std::string& where) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::uint64_t end = 0;
  for (const Range& range : ranges) {
    if (range.begin != end) {
      base::fail(ErrorCode::kFormat, where, ": tensor ", base::in_quotes(*range.name),
                 " begins at byte ", range.begin, " of the data, expected ", end,
                 range.begin < end ? ": tensors overlap" : ": there is a gap");
    }
    end = range.end;
  }
  if (end != size) {
    base::fail(ErrorCode::kFormat, where, ": has ", size, " bytes of data, but its tensors take ",
               end);
  }
}

void read_metadata(Json& json, Safetensors& content, const std::string& where) {
  auto* members = json.get_ptr<Json::object_t*>();
  if (members == nullptr) {
    base::fail(ErrorCode::kFormat, where, ": '", kMetadataKey, "' is ", shown(json),
               ", expected an object");
  }
  for (auto& [key, value] : *members) {
    auto* text = value.get_ptr<Json::string_t*>();
    if (text == nullptr) {
      base::fail(ErrorCode::kFormat, where, ": '", kMetadataKey, "': ", base::in_quotes(key),
                 " is ", shown(value), ", expected a string");
    }
    content.metadata.emplace(key, std::move(*text));
  }
}

}  // namespace

bool looks_like_safetensors(const base::Bytes& file) {
  // A length below 4 GiB ends in four zero bytes. A file of zeros alone is none.
  return file.size >= kLengthBytes && header_length(file) != 0 && (header_length(file) >> 32) == 0;
}

Safetensors read_safetensors(const base::Bytes& file, const std::string& where,
                             const base::Ledger& ledger) {
  if (file.size < kLengthBytes) {
    base::fail(ErrorCode::kFormat, where, ": has ", file.size,
               " bytes, too few for a .safetensors file");
  }
  const std::uint64_t length = header_length(file);
  if (length > file.size - kLengthBytes) {
    base::fail(ErrorCode::kFormat, where, ": its header takes ", length, " bytes, but only ",
               file.size - kLengthBytes, " are there");
  }
  if (length > kMaxHeader) {
    base::fail(ErrorCode::kUnsupported, where, ": its header takes ", length,
               " bytes, more than the limit of ", kMaxHeader);
  }
  const base::Bytes text = file.part(kLengthBytes, length);
  const base::Bytes data = file.part(kLengthBytes + length, file.size - kLengthBytes - length);

  Document document =
      parse_json({reinterpret_cast<const char*>(text.data), text.size}, where, ledger);
  Json& header = document.json();
  auto* members = header.get_ptr<Json::object_t*>();
  if (members == nullptr) {
    base::fail(ErrorCode::kFormat, where, ": its header is ", shown(header),
               ", expected an object");
  }
  Safetensors content;
  std::vector<Range> ranges;
  for (auto& [name, json] : *members) {
    if (name == kMetadataKey) {
      read_metadata(json, content, where);
      continue;
    }
    expect_tensor_name(name, where);
    auto [tensor, range] = tensor_in(json, name, data, where);
    content.tensors.emplace_hint(content.tensors.end(), name, std::move(tensor));
    ranges.push_back(range);
  }
  expect_every_byte_once(std::move(ranges), data.size, where);
  return content;
}

std::string write_safetensors(const graph::WeightMap& tensors,
                              const std::map<std::string, std::string>& metadata,
                              const std::string& where) {
  std::vector<const graph::WeightMap::value_type*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return graph::bytes_of(a->second.dtype) > graph::bytes_of(b->second.dtype);
  });

  std::size_t size = 0;
  std::string text = utf8_or_fail(where, [&] {
    ObjectWriter header;
    if (!metadata.empty()) {
      ObjectWriter texts;
      for (const auto& [key, value] : metadata) texts.set(key, value);
      header.set_text(kMetadataKey, texts.text());
    }
    for (const auto* entry : order) {
      const auto& [name, tensor] = *entry;
      expect_tensor_name(name, where);
      ObjectWriter described;
      described.set("dtype", graph::name_of(tensor.dtype));
      described.set("shape", tensor.shape.to_vector());
      described.set("data_offsets", std::array{size, size + tensor.bytes.size});
      header.set_text(name, described.text());
      size += tensor.bytes.size;
    }
    return header.text();
  });
  const std::size_t unaligned = (kLengthBytes + text.size()) % kDataAlignment;
  if (unaligned != 0) text.append(kDataAlignment - unaligned, ' ');

  std::string bytes;
  bytes.reserve(kLengthBytes + text.size() + size);
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    bytes.push_back(static_cast<char>((text.size() >> (8 * i)) & 0xFFU));
  }
  bytes += text;
  for (const auto* entry : order) {
    const base::Bytes& data = entry->second.bytes;
    bytes.append(reinterpret_cast<const char*>(data.data), data.size);
  }
  return bytes;
}

}  // namespace lprnet::formats
