#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/file_bytes.h"
#include "formats/model_file.h"
#include "lprnet/error.hpp"

namespace lprnet::formats {

// A JSON model file of a few nodes with every optional part: a plate reader of four classes.
nlohmann::json small_model_json();

// A .safetensors file around any header text.
std::string container(const std::string& header, const std::string& data);

// The text as bytes that are kept alive.
base::Bytes bytes_of(const std::string& text);

// Parses as the file NAME in a folder that does not exist.
ModelFile parse(const std::string& text, const std::string& name = "model.json");

// What the parser says to it; no value when it accepts the text.
std::optional<Error> refusal(const std::string& text, const std::string& name = "model.json");

}  // namespace lprnet::formats
