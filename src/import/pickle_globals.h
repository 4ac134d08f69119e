#pragma once

#include <string_view>

namespace lprnet::importer {

// What a pickle may do with a global, "module.name".
enum class GlobalRule {
  kClassOnly,  // unknown: may only stand for the class of an object made without arguments
  kName,       // may stand in the data, is not called
  kCall,       // calls are recorded as objects
  kMakeDict,   // calls give a dict
};

GlobalRule rule_of_global(std::string_view name);

}  // namespace lprnet::importer
