#include "path.h"

namespace lprnet::python {

std::string path_of(nanobind::handle object) {
  PyObject* path = nullptr;
  if (PyUnicode_FSConverter(object.ptr(), &path) == 0) throw nanobind::python_error();
  const auto owned = nanobind::steal<nanobind::bytes>(path);
  return {static_cast<const char*>(owned.data()), owned.size()};
}

}  // namespace lprnet::python
