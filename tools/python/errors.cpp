#include "errors.h"

#include <nanobind/nanobind.h>

#include <exception>

#include "lprnet/error.hpp"

namespace lprnet::python {
namespace {

namespace nb = nanobind;

const char* class_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return "NotFoundError";
    case ErrorCode::kIo:
      return "ReadError";
    case ErrorCode::kFormat:
      return "FormatError";
    case ErrorCode::kUnsupported:
      return "UnsupportedError";
    case ErrorCode::kInvalidModel:
      return "InvalidModelError";
    case ErrorCode::kInvalidImage:
      return "InvalidPictureError";
    case ErrorCode::kInvalidArgument:
      return "InvalidArgumentError";
    case ErrorCode::kLimit:
      return "LimitError";
  }
  return "Error";
}

// A message may hold a name that is not UTF-8; it is shown as Python shows such names.
nb::object text_of(const char* message) { return nb::steal(PyUnicode_DecodeFSDefault(message)); }

void translate(const std::exception_ptr& exception, void* /*payload*/) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    const nb::object type = nb::module_::import_("lprnet.errors").attr(class_of(error.code()));
    PyErr_SetObject(type.ptr(), text_of(error.what()).ptr());
  }
}

}  // namespace

void translate_errors() { nb::register_exception_translator(translate); }

}  // namespace lprnet::python
