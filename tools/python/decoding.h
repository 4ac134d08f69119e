#pragma once

#include <nanobind/nanobind.h>

#include "lprnet/decode.hpp"
#include "lprnet/plate.hpp"

namespace lprnet::python {

// Grammar and DecodeOptions.
void bind_decoding(nanobind::module_& module);

// Whether a text matches its grammar, in Python's words.
const char* word_for(GrammarMatch match);

// A DecodeOptions of Python, or None for the defaults.
DecodeOptions decode_options_of(const DecodeOptions* options);

}  // namespace lprnet::python
