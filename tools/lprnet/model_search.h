#pragma once

#include <memory>
#include <string>

#include "arguments.h"
#include "lprnet/model.hpp"

namespace lprnet::cli {

// The option --model, the same for all commands that read plates.
void declare_model(Arguments& arguments, std::string* model);
// The option --isa, for ModelOptions::isa.
void declare_isa(Arguments& arguments, std::string* isa);

// The model that the user named. An empty name: the one in $LPRNET_MODEL, else the shipped one next
// to the program, in ../share/lprnet, in the install prefix, or in the source tree that the program
// was built from. Throws Error(kNotFound) that says where it looked, or as Model::load().
std::string find_model(const std::string& named);
// The same for the detector: the option --detector, $LPRNET_DETECTOR, the shipped one.
void declare_detector(Arguments& arguments, std::string* model);
std::string find_detector(const std::string& named);

std::shared_ptr<const Model> load_model(const std::string& named, const ModelOptions& options = {});

}  // namespace lprnet::cli
