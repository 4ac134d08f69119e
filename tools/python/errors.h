#pragma once

namespace lprnet::python {

// Makes lprnet::Error the exception of lprnet/errors.py that belongs to its code.
void translate_errors();

}  // namespace lprnet::python
