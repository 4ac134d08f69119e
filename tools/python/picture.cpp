#include "picture.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "image.h"
#include "lprnet/error.hpp"

namespace lprnet::python {
namespace {

namespace nb = nanobind;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(ErrorCode::kInvalidArgument, message);
}

PixelFormat format_of(int channels, const std::string& order) {
  if (order != "BGR" && order != "RGB") {
    refuse("order: is '" + order + "', expected 'BGR' or 'RGB'");
  }
  const bool is_bgr = order == "BGR";
  switch (channels) {
    case 1:
      return PixelFormat::kGray;
    case 3:
      return is_bgr ? PixelFormat::kBgr : PixelFormat::kRgb;
    case 4:
      return is_bgr ? PixelFormat::kBgra : PixelFormat::kRgba;
    default:
      refuse("array: has " + std::to_string(channels) + " channels, expected 1, 3 or 4");
  }
}

std::string shape_of(const Py_buffer& buffer) {
  std::string text;
  for (int i = 0; i < buffer.ndim; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(buffer.shape[i]);
  }
  return "(" + text + ")";
}

bool is_pillow(nb::handle object) {
  return nb::hasattr(object, "mode") && nb::hasattr(object, "convert") &&
         nb::hasattr(object, "tobytes") && nb::hasattr(object, "size");
}

}  // namespace

Picture::Picture(nb::handle object, const std::string& order) {
  // None is a null pointer to nanobind.
  if (const PyImage* image = nullptr;
      nb::try_cast<const PyImage*>(object, image) && image != nullptr) {
    keep_ = nb::borrow(object);
    view_ = image->image.view();
    return;
  }
  if (PyObject_CheckBuffer(object.ptr()) != 0) {
    if (PyObject_GetBuffer(object.ptr(), &buffer_, PyBUF_STRIDES | PyBUF_FORMAT) != 0) {
      throw nb::python_error();
    }
    try {
      look_at_array(order);
    } catch (...) {
      PyBuffer_Release(&buffer_);
      throw;
    }
    return;
  }
  if (is_pillow(object)) {
    look_at_pillow(object);
    return;
  }
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(object.ptr(), &bytes) == 0) {
    if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw nb::python_error();
    PyErr_Clear();
    const std::string type = nb::cast<std::string>(nb::type_name(object.type()));
    throw nb::type_error(("picture: is a '" + type +
                          "', expected an array of pixels, the bytes of a picture file, a path, "
                          "an lprnet.Image or a picture of Pillow")
                             .c_str());
  }
  const nb::object owned = nb::steal(bytes);
  path_ = std::string(PyBytes_AsString(bytes), static_cast<std::size_t>(PyBytes_Size(bytes)));
}

Picture::~Picture() {
  if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
}

void Picture::look_at_array(const std::string& order) {
  const std::string_view type = buffer_.format == nullptr ? "B" : buffer_.format;
  if (type != "B" && type != "b" && type != "c") {
    refuse("array: holds elements of type '" + std::string(type) + "', expected uint8");
  }
  if (buffer_.ndim == 1) {
    if (buffer_.strides[0] != 1) refuse("bytes: do not follow each other");
    return;  // a file's bytes
  }
  if (buffer_.ndim != 2 && buffer_.ndim != 3) {
    refuse("array: has the shape " + shape_of(buffer_) +
           ", expected (height, width), (height, width, channels), or a file's bytes");
  }
  const Py_ssize_t channels = buffer_.ndim == 2 ? 1 : buffer_.shape[2];
  const Py_ssize_t height = buffer_.shape[0];
  const Py_ssize_t width = buffer_.shape[1];
  view_.format = format_of(channels > 4 ? 0 : static_cast<int>(channels), order);
  if (height < 1 || width < 1 || height > Image::kMaxPixels / width) {
    refuse("array: has the shape " + shape_of(buffer_) +
           ", expected at least 1 and at most 2^28 pixels");
  }
  view_.width = static_cast<int>(width);
  view_.height = static_cast<int>(height);
  const auto* pixels = static_cast<const std::uint8_t*>(buffer_.buf);
  const Py_ssize_t channel_step = buffer_.ndim == 2 ? 1 : buffer_.strides[2];
  const Py_ssize_t pixel_step = buffer_.strides[1];
  const Py_ssize_t row_step = buffer_.strides[0];
  const bool pixels_touch =
      (channels == 1 || channel_step == 1) && (width == 1 || pixel_step == channels);
  const Py_ssize_t row_bytes = width * channels;
  if (pixels_touch && (height == 1 || row_step >= row_bytes)) {
    view_.data = pixels;
    view_.row_bytes = height == 1 ? row_bytes : row_step;
    return;
  }
  copy_.resize(static_cast<std::size_t>(row_bytes * height));
  std::uint8_t* to = copy_.data();
  for (Py_ssize_t y = 0; y < height; ++y) {
    for (Py_ssize_t x = 0; x < width; ++x) {
      for (Py_ssize_t c = 0; c < channels; ++c) {
        *to++ = pixels[y * row_step + x * pixel_step + c * channel_step];
      }
    }
  }
  view_.data = copy_.data();
  view_.row_bytes = row_bytes;
}

void Picture::look_at_pillow(nb::handle object) {
  const bool is_gray = nb::cast<std::string>(object.attr("mode")) == "L";
  const nb::object converted = is_gray ? nb::borrow(object) : object.attr("convert")("RGB");
  keep_ = converted.attr("tobytes")();
  const nb::object size = converted.attr("size");
  view_.width = nb::cast<int>(size[0]);
  view_.height = nb::cast<int>(size[1]);
  view_.format = is_gray ? PixelFormat::kGray : PixelFormat::kRgb;
  view_.row_bytes = std::ptrdiff_t{view_.width} * channels_of(view_.format);
  const auto bytes = nb::cast<nb::bytes>(keep_);
  const auto expected = static_cast<std::int64_t>(view_.row_bytes) * view_.height;
  if (view_.width < 1 || view_.height < 1 || static_cast<std::int64_t>(bytes.size()) != expected) {
    refuse("picture of Pillow: has " + std::to_string(bytes.size()) + " bytes for " +
           std::to_string(view_.width) + "x" + std::to_string(view_.height) + " pixels");
  }
  view_.data = static_cast<const std::uint8_t*>(bytes.data());
}

Image Picture::load() const {
  if (!has_pixels()) {
    if (buffer_.obj == nullptr) return Image::load(path_);
    return Image::decode(static_cast<const std::uint8_t*>(buffer_.buf),
                         static_cast<std::size_t>(buffer_.len), "bytes");
  }
  Image image(view_.width, view_.height);
  const int channels = channels_of(view_.format);
  const bool is_rgb = view_.format == PixelFormat::kRgb || view_.format == PixelFormat::kRgba;
  const int blue = channels == 1 ? 0 : (is_rgb ? 2 : 0);
  const int green = channels == 1 ? 0 : 1;
  const int red = channels == 1 ? 0 : 2 - blue;
  std::uint8_t* to = image.data();
  for (int y = 0; y < view_.height; ++y) {
    const std::uint8_t* from = view_.data + y * view_.row_bytes;
    for (int x = 0; x < view_.width; ++x, from += channels) {
      *to++ = from[blue];
      *to++ = from[green];
      *to++ = from[red];
    }
  }
  return image;
}

}  // namespace lprnet::python
