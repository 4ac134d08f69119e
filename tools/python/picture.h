#pragma once

#include <nanobind/nanobind.h>

#include <filesystem>
#include <string>
#include <vector>

#include "lprnet/image.hpp"

namespace lprnet::python {

// What Python calls a picture: pixels in an array, a file's bytes, a path, an lprnet.Image, or a
// picture of Pillow.
// Keeps the memory that it looks at. Made and destroyed with the GIL held.
class Picture {
 public:
  // `order` is that of an array's channels, "BGR" or "RGB". Throws Error(kInvalidArgument) for an
  // array that is no picture, nanobind::type_error for an object of another kind.
  Picture(nanobind::handle object, const std::string& order);
  ~Picture();
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;

  // Whether its pixels are there already; else load() gives them.
  bool has_pixels() const noexcept { return view_.data != nullptr; }
  const ImageView& view() const noexcept { return view_; }
  // Reads the file, or copies the pixels. Needs no GIL. Throws as Image::load() and decode().
  Image load() const;

 private:
  void look_at_array(const std::string& order);
  void look_at_pillow(nanobind::handle object);

  Py_buffer buffer_{};  // held where buffer_.obj is not null
  nanobind::object keep_;
  std::vector<std::uint8_t> copy_;  // of an array whose pixels do not lie as a view wants them
  ImageView view_;
  std::filesystem::path path_;
};

}  // namespace lprnet::python
