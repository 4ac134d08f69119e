#pragma once

#include <string>

#include "arguments.h"
#include "lprnet/decode.hpp"

namespace lprnet::cli {

// The options that say how plates are decoded: --decoder, --beam-width, --grammar and others. Must
// live until the command has run.
class DecodeArguments {
 public:
  // `top_help` is that of --top; empty: there is no such option.
  void declare(Arguments& arguments, const std::string& top_help = "");

  // Loads the grammar. Throws Error.
  DecodeOptions options() const;
  // How many texts are asked for.
  int candidates() const { return options_.candidates; }

 private:
  DecodeOptions options_;
  std::string decoder_ = "model";
  std::string grammar_;
  std::string mode_ = "model";
  double temperature_ = 0;  // 0: the model's
  bool one_look_ = false;
  std::string lines_ = "auto";
};

// A grammar by the name of one that comes with the program, or from a file. Throws Error.
std::shared_ptr<const Grammar> load_grammar(const std::string& name);

// "none|cn|de|any|FILE", for help.
std::string shown_grammars();

}  // namespace lprnet::cli
