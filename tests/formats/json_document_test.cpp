#include "formats/json_document.h"

#include <gmock/gmock.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "formats/json_writer.h"
#include "lprnet/error.hpp"

namespace lprnet::formats {
namespace {

using testing::HasSubstr;

std::string refusal_of_text(const std::string& text) {
  try {
    parse_json(text, "file");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFormat);
    return error.what();
  }
  return "no error";
}

TEST(JsonDocument, EveryKindOfValueIsRead) {
  const Document read = parse_json(
      R"({"a": [true, null, -1, 18446744073709551615, 0.5, "\u4eac\n"], "b": {"c": {}}})", "file");
  const Json& json = read.json();
  EXPECT_EQ(json["a"].size(), 6U);
  EXPECT_EQ(json["a"][0], true);
  EXPECT_TRUE(json["a"][1].is_null());
  EXPECT_EQ(json["a"][2], -1);
  EXPECT_EQ(json["a"][3], 18446744073709551615U);
  EXPECT_EQ(json["a"][4], 0.5);
  EXPECT_EQ(json["a"][5], "京\n");
  EXPECT_TRUE(json["b"]["c"].is_object());
  EXPECT_EQ(json.size(), 2U);
}

TEST(JsonDocument, DuplicateKeysAreRefused) {
  EXPECT_THAT(refusal_of_text(R"({"a": 1, "b": 2, "a": 3})"),
              HasSubstr("file: the key 'a' stands twice in one object"));
  EXPECT_EQ(refusal_of_text(R"([{"a": 1}, {"a": {"a": 2}}])"), "no error");
}

TEST(JsonDocument, DepthIsBounded) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(refusal_of_text(nested(kMaxJsonDepth)), "no error");
  EXPECT_THAT(refusal_of_text(nested(kMaxJsonDepth + 1)),
              HasSubstr("nested deeper than 64 levels"));
  EXPECT_THAT(refusal_of_text(std::string(1 << 20, '[')),
              HasSubstr("nested deeper than 64 levels"));
}

TEST(JsonDocument, WrongSyntaxIsShownWithItsPosition) {
  EXPECT_THAT(refusal_of_text(""), HasSubstr("file: is not valid JSON at byte 1: "));
  EXPECT_THAT(refusal_of_text("{\"a\": 1,}"), HasSubstr("at byte 9"));
  EXPECT_THAT(refusal_of_text("{\"a\": 1} x"), HasSubstr("at byte 10"));
  EXPECT_THAT(refusal_of_text("[1e999]"), HasSubstr("number overflow"));
  EXPECT_THAT(refusal_of_text("[NaN]"), HasSubstr("is not valid JSON"));
  EXPECT_THAT(refusal_of_text("// comment\n{}"), HasSubstr("is not valid JSON"));
}

TEST(JsonDocument, IllFormedTextIsRefused) {
  EXPECT_THAT(refusal_of_text("[\"\xFF\"]"), HasSubstr("ill-formed UTF-8"));
  EXPECT_THAT(refusal_of_text("[\"\xED\xA0\x80\"]"), HasSubstr("ill-formed UTF-8"));
  EXPECT_THAT(refusal_of_text(R"(["\ud800"])"), HasSubstr("is not valid JSON"));
}

TEST(JsonDocument, MessagesStayShort) {
  const std::string endless(1 << 16, 'x');
  EXPECT_LT(refusal_of_text("[\"" + endless).size(), 300U);
  EXPECT_LT(refusal_of_text("{\"" + endless + "\": 1, \"" + endless + "\": 2}").size(), 300U);
}

TEST(JsonWriter, KeysAreSortedAndTextsEscaped) {
  ObjectWriter object;
  object.set("b", 0.1F);
  object.set("a", "京\n");
  object.set("\"", std::vector<std::string>{});
  object.set("c", std::array<std::optional<int>, 2>{3, std::nullopt});
  EXPECT_EQ(object.text(), R"({"\"":[],"a":"京\n","b":0.10000000149011612,"c":[3,null]})");
}

TEST(JsonWriter, TextThatIsNotUtf8IsRefused) {
  EXPECT_THROW(utf8_or_fail("file", [] { return json_text("\xFF"); }), Error);
}

}  // namespace
}  // namespace lprnet::formats
