#pragma once

#include <nanobind/nanobind.h>

#include <array>
#include <utility>

#include "lprnet/image.hpp"

namespace lprnet::python {

// lprnet.Image: a picture that was read or converted, immutable. Its pixels are a buffer of the
// shape (height, width, 3).
struct PyImage {
  explicit PyImage(Image pixels)
      : image(std::move(pixels)),
        shape{image.height(), image.width(), 3},
        strides{Py_ssize_t{3} * image.width(), 3, 1} {}

  Image image;
  std::array<Py_ssize_t, 3> shape;
  std::array<Py_ssize_t, 3> strides;
};

void bind_image(nanobind::module_& module);

}  // namespace lprnet::python
