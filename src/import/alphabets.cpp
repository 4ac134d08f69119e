#include <string>
#include <string_view>
#include <vector>

#include "lprnet/checkpoint.hpp"

namespace lprnet {
namespace {

// The characters of a UTF-8 text, one token each.
std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> list;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (!continues) list.emplace_back();
    list.back().push_back(c);
  }
  return list;
}

std::vector<KnownAlphabet> make_alphabets() {
  const std::string provinces = "京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新";
  const std::string digits = "0123456789";
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string plate_letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";  // without I and O
  return {
      {"A68", "Chinese plates: 31 provinces, 0-9, A-Z without I and O, I, O, blank '-'",
       tokens(provinces + digits + plate_letters + "IO-"), 67},
      {"A75",
       "Chinese plates: 31 provinces, 学港澳警使领应急挂, 0-9, A-Z without I and O, blank '-'",
       tokens(provinces + "学港澳警使领应急挂" + digits + plate_letters + "-"), 74},
      {"A78",
       "Chinese plates: blank '#', 31 provinces, 学警港澳挂使领民航危, 0-9, A-Z without I and O, "
       "险品",
       tokens("#" + provinces + "学警港澳挂使领民航危" + digits + plate_letters + "险品"), 0},
      {"D37", "0-9, A-Z, blank '-'", tokens(digits + letters + "-"), 36},
      {"D37IO", "0-9, A-Z without I and O, I, O, blank '-'", tokens(digits + plate_letters + "IO-"),
       36},
      {"L37", "A-Z, 0-9, and the blank behind them", tokens(letters + digits), 36},
  };
}

}  // namespace

const std::vector<KnownAlphabet>& known_alphabets() {
  static const std::vector<KnownAlphabet> alphabets = make_alphabets();
  return alphabets;
}

}  // namespace lprnet
