#include "image.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "lprnet/camera.hpp"
#include "lprnet/error.hpp"
#include "path.h"

namespace lprnet::python {
namespace {

namespace nb = nanobind;
using namespace nb::literals;

using Area = std::tuple<int, int, int, int>;  // x, y, width, height

[[noreturn]] void refuse_frame(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

// A buffer of bytes that follow each other.
class Bytes {
 public:
  explicit Bytes(nb::handle object) {
    if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0) {
      throw nb::python_error();
    }
    const std::string_view type = buffer_.format == nullptr ? "B" : buffer_.format;
    if (type != "B" && type != "b" && type != "c") {
      PyBuffer_Release(&buffer_);
      refuse_frame("frame: holds elements of type '" + std::string(type) + "', expected uint8");
    }
  }
  ~Bytes() { PyBuffer_Release(&buffer_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  const std::uint8_t* data() const { return static_cast<const std::uint8_t*>(buffer_.buf); }
  Py_ssize_t size() const { return buffer_.len; }

  // Whether rows lie in what is left from `offset` on. REQUIRES: rows, row_bytes of at least 1.
  bool hold(Py_ssize_t offset, Py_ssize_t rows, Py_ssize_t row_bytes, Py_ssize_t last_row) const {
    const Py_ssize_t left = size() - offset;
    return left >= last_row && (left - last_row) / row_bytes >= rows - 1;
  }

 private:
  Py_buffer buffer_{};
};

CameraFormat camera_format(const std::string& name) {
  if (name == "NV12") return CameraFormat::kNv12;
  if (name == "NV21") return CameraFormat::kNv21;
  if (name == "YUYV") return CameraFormat::kYuyv;
  refuse_frame("format: is '" + name + "', expected 'NV12', 'NV21' or 'YUYV'");
}

ImageOptions image_options(std::optional<std::int64_t> max_pixels,
                           std::optional<std::int64_t> max_pixels_per_byte,
                           std::optional<std::int64_t> max_file_bytes) {
  ImageOptions options;
  options.max_pixels = max_pixels.value_or(options.max_pixels);
  options.max_pixels_per_byte = max_pixels_per_byte.value_or(options.max_pixels_per_byte);
  options.max_file_bytes = max_file_bytes.value_or(options.max_file_bytes);
  return options;
}

PyImage from_camera(nb::handle data, int width, int height, const std::string& format,
                    Py_ssize_t row_bytes, nb::handle chroma, Py_ssize_t chroma_row_bytes,
                    const std::optional<Area>& region) {
  const Bytes first(data);
  std::optional<Bytes> second;
  if (!chroma.is_none()) second.emplace(chroma);
  const Bytes& colours = second ? *second : first;
  CameraView frame;
  frame.format = camera_format(format);
  frame.data = first.data();
  frame.width = width;
  frame.height = height;
  const bool has_planes = frame.format != CameraFormat::kYuyv;
  const Py_ssize_t least = Py_ssize_t{has_planes ? 1 : 2} * width;
  frame.row_bytes = row_bytes == 0 ? least : row_bytes;
  frame.chroma_row_bytes = chroma_row_bytes != 0 ? chroma_row_bytes
                           : second              ? least
                                                 : frame.row_bytes;
  // Before anything is computed from them.
  if (frame.row_bytes > first.size() || frame.chroma_row_bytes > colours.size()) {
    refuse_frame("frame: has " + std::to_string(first.size()) + " bytes, fewer than one row");
  }
  if (second) frame.chroma = second->data();
  check_frame(frame);
  bool is_whole = first.hold(0, height, frame.row_bytes, least);
  if (is_whole && has_planes) {
    is_whole = second ? second->hold(0, height / 2, frame.chroma_row_bytes, least)
                      : first.size() / frame.row_bytes >= height &&
                            first.hold(frame.row_bytes * height, height / 2, frame.chroma_row_bytes,
                                       least);
  }
  if (!is_whole) {
    refuse_frame("frame: has " + std::to_string(first.size()) +
                 (second ? " and " + std::to_string(second->size()) : std::string()) +
                 " bytes, too few for " + std::to_string(width) + "x" + std::to_string(height) +
                 " pixels of " + format + " in rows of " + std::to_string(frame.row_bytes));
  }
  const nb::gil_scoped_release release;
  if (!region) return PyImage(to_image(frame));
  const auto& [x, y, part_width, part_height] = *region;
  return PyImage(to_image(frame, Region{x, y, part_width, part_height}));
}

int get_buffer(PyObject* self, Py_buffer* buffer, int flags) {
  auto& picture = nb::cast<PyImage&>(nb::handle(self));
  std::uint8_t* pixels = picture.image.data();
  const Py_ssize_t size = picture.strides[0] * picture.shape[0];
  const bool wants_fortran = (flags & PyBUF_F_CONTIGUOUS) == PyBUF_F_CONTIGUOUS;
  if ((flags & PyBUF_ND) == 0 || (flags & PyBUF_WRITABLE) != 0 || wants_fortran) {
    // Plain bytes, or a refusal in Python's words.
    const int plain = wants_fortran ? PyBUF_WRITABLE : flags;
    return PyBuffer_FillInfo(buffer, self, pixels, size, 1, plain);
  }
  *buffer = {};
  buffer->obj = Py_NewRef(self);
  buffer->buf = pixels;
  buffer->len = size;
  buffer->readonly = 1;
  buffer->itemsize = 1;
  buffer->ndim = 3;
  buffer->shape = picture.shape.data();
  static char unsigned_byte[] = "B";
  buffer->format = (flags & PyBUF_FORMAT) != 0 ? unsigned_byte : nullptr;
  buffer->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? picture.strides.data() : nullptr;
  return 0;
}

}  // namespace

void bind_image(nb::module_& module) {
  static PyType_Slot slots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(&get_buffer)},
                                {0, nullptr}};
  using Number = std::optional<std::int64_t>;
  nb::class_<PyImage>(module, "Image", nb::type_slots(slots))
      .def_static(
          "load",
          [](nb::handle path, Number max_pixels, Number max_pixels_per_byte,
             Number max_file_bytes) {
            const std::string file = path_of(path);
            const ImageOptions options =
                image_options(max_pixels, max_pixels_per_byte, max_file_bytes);
            const nb::gil_scoped_release release;
            return PyImage(Image::load(file, options));
          },
          "path"_a, nb::kw_only(), "max_pixels"_a.none() = nb::none(),
          "max_pixels_per_byte"_a.none() = nb::none(), "max_file_bytes"_a.none() = nb::none())
      .def_static(
          "decode",
          [](nb::handle data, const std::string& name, Number max_pixels,
             Number max_pixels_per_byte) {
            const Bytes bytes(data);
            const ImageOptions options = image_options(max_pixels, max_pixels_per_byte, {});
            const nb::gil_scoped_release release;
            return PyImage(
                Image::decode(bytes.data(), static_cast<std::size_t>(bytes.size()), name, options));
          },
          "data"_a, "name"_a = "bytes", nb::kw_only(), "max_pixels"_a.none() = nb::none(),
          "max_pixels_per_byte"_a.none() = nb::none())
      .def_static("from_camera", &from_camera, "frame"_a, "width"_a, "height"_a, "format"_a,
                  nb::kw_only(), "row_bytes"_a = 0, "chroma"_a.none() = nb::none(),
                  "chroma_row_bytes"_a = 0, "region"_a.none() = nb::none())
      .def_prop_ro("width", [](const PyImage& self) { return self.image.width(); })
      .def_prop_ro("height", [](const PyImage& self) { return self.image.height(); })
      .def_prop_ro("warning", [](const PyImage& self) { return self.image.warning(); })
      .def("__repr__", [](const PyImage& self) {
        return "Image(width=" + std::to_string(self.image.width()) +
               ", height=" + std::to_string(self.image.height()) + ")";
      });
}

}  // namespace lprnet::python
