#pragma once

#include <nanobind/nanobind.h>

#include <string>

namespace lprnet::python {

// The file that a str, bytes or os.PathLike of Python names. REQUIRES: the GIL. Throws
// nanobind::python_error, a TypeError for an object of another kind.
std::string path_of(nanobind::handle object);

}  // namespace lprnet::python
