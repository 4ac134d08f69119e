#include "formats/other_file.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/error_text.h"

namespace lprnet::formats {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::size_t offset;
  std::string_view begins;  // letters in lower case
  const char* text;
};

constexpr const char* kWebPage =
    "a web page, not what it links to; download the file itself (on GitHub its 'raw' address)";
constexpr const char* kUnpack = "a compressed archive; unpack it first";

constexpr std::array kKinds{
    Kind{0, "version https://git-lfs"sv,
         "a Git LFS pointer, which stands for the file; fetch it with 'git lfs pull'"},
    Kind{0, "<!doctype html"sv, kWebPage},
    Kind{0, "<html"sv, kWebPage},
    Kind{0, "<?xml"sv, "an XML text; download the file itself"},
    Kind{0, "\x89hdf\r\n\x1a\n"sv,
         "an HDF5 file, of Keras for instance; tools/export makes model files of PyTorch and ONNX "
         "networks"},
    Kind{4, "tfl3"sv,
         "a TensorFlow Lite file; tools/export makes model files of PyTorch and ONNX networks"},
    Kind{0, "\x1f\x8b"sv, kUnpack},
    Kind{0, "bzh"sv, kUnpack},
    Kind{0,
         "\xfd"
         "7zxz"sv,
         kUnpack},
    Kind{0, "7z\xbc\xaf\x27\x1c"sv, kUnpack},
    Kind{0, "rar!"sv, kUnpack},
    Kind{257, "ustar"sv, kUnpack},
    Kind{0, "\x93numpy"sv, "a NumPy array, not a network"},
};

char lower(std::uint8_t byte) {
  return static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
}

bool begins_with(const base::Bytes& bytes, std::size_t offset, std::string_view text) {
  if (bytes.size < offset + text.size()) return false;
  return std::equal(text.begin(), text.end(), bytes.data + offset,
                    [](char wanted, std::uint8_t found) { return lower(found) == wanted; });
}

// A protocol buffer that begins with a small version number (field 1) and a name (field 2, of the
// program that wrote it) or a graph (field 7).
bool looks_like_onnx(const base::Bytes& bytes) {
  constexpr std::uint8_t kVersion = 0x08;
  constexpr std::uint8_t kProducer = 0x12;
  constexpr std::uint8_t kGraph = 0x3a;
  return bytes.size > 16 && bytes.data[0] == kVersion && bytes.data[1] >= 1 &&
         bytes.data[1] <= 32 && (bytes.data[2] == kProducer || bytes.data[2] == kGraph);
}

}  // namespace

void refuse_other_file(const base::Bytes& head, const std::string& where) {
  if (head.size == 0) {
    base::fail(ErrorCode::kFormat, where, ": is empty; it was not downloaded or copied whole");
  }
  if (looks_like_onnx(head)) {
    base::fail(ErrorCode::kFormat, where,
               ": is an ONNX file; tools/export/import_onnx.py makes a model file of it");
  }
  constexpr std::size_t kMostSpace = 64;
  std::size_t begin = 0;  // of a web page
  while (begin < std::min(head.size, kMostSpace) && std::isspace(head.data[begin]) != 0) ++begin;
  for (const Kind& kind : kKinds) {
    const std::size_t offset = kind.begins.front() == '<' ? begin : kind.offset;
    if (begins_with(head, offset, kind.begins)) {
      base::fail(ErrorCode::kFormat, where, ": is ", kind.text);
    }
  }
  constexpr std::uint8_t kPickle = 0x80;
  if (head.size > 2 && head.data[0] == kPickle && head.data[1] >= 2 && head.data[1] <= 5) {
    base::fail(ErrorCode::kFormat, where,
               ": is a Python pickle that torch.save did not write; in Python, load it and write "
               "its weights with torch.save(state_dict, 'weights.pth')");
  }
  base::fail(ErrorCode::kFormat, where,
             ": is neither a model file (.safetensors, .json) nor a PyTorch checkpoint");
}

}  // namespace lprnet::formats
