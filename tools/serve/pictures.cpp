#include "pictures.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "base64.h"
#include "lprnet/image.hpp"
#include "multipart.h"

namespace lprnet::serve {
namespace {

using Document = nlohmann::json;

Pictures refused(int status, const char* kind, const std::string& error) {
  Pictures result;
  result.status = status;
  result.kind = kind;
  result.error = error;
  return result;
}

Pictures too_many(std::size_t most) {
  return refused(413, "too_many_pictures",
                 "more than " + std::to_string(most) + " pictures in a request");
}

// The type alone, in lower case: "image/jpeg" of "Image/JPEG; a=b".
std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return type;
}

Pictures from_multipart(std::string_view body, std::string_view content_type, std::size_t most) {
  const std::optional<std::string> boundary = boundary_of(content_type);
  if (!boundary) {
    return refused(400, "bad_body", "multipart/form-data without a boundary of 1 to 70 characters");
  }
  Parts parts = parts_of(body, *boundary, most);
  if (parts.too_many) return too_many(most);
  if (!parts.error.empty()) return refused(400, "bad_body", parts.error);
  Pictures result;
  result.is_list = true;
  for (Part& part : parts.parts) {
    if (!part.file_name && part.name != "image") {
      return refused(400, "bad_body",
                     "the part '" + part.name +
                         "' is no file: options are given in the query, pictures as files");
    }
    const bool is_named = part.file_name && !part.file_name->empty();
    result.pictures.push_back(
        {is_named ? *std::move(part.file_name) : std::move(part.name), part.bytes, {}});
  }
  if (result.pictures.empty()) return refused(400, "bad_body", "there is no picture in the body");
  return result;
}

// An element of "images".
std::optional<Picture> from_json(const Document& json, const std::string& name) {
  Picture picture;
  picture.name = name;
  const Document* data = &json;
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      if (key != "name" && key != "data") return std::nullopt;
      if (!value.is_string()) return std::nullopt;
    }
    if (!json.contains("data")) return std::nullopt;
    data = &json["data"];
    picture.name = json.value("name", name);
  }
  if (!data->is_string()) return std::nullopt;
  std::optional<std::string> bytes = decode_base64(data->get_ref<const std::string&>());
  if (!bytes) return std::nullopt;
  picture.decoded = *std::move(bytes);
  return picture;
}

// The deepest that a body goes is {"images": [{"data": ...}]}.
constexpr int kDeepest = 3;
// For each picture an object, two names and two values are read, and the object's end.
constexpr std::size_t kEventsPerPicture = 6;

Pictures from_json_body(std::string_view body, std::size_t most) {
  // A body of many small values would take many times its memory.
  std::size_t events = 0;
  const Document::parser_callback_t small = [&](int depth, Document::parse_event_t, Document&) {
    if (depth > kDeepest) throw std::length_error("nested too deeply");
    if (++events > kEventsPerPicture * (most + 1) + kEventsPerPicture) {
      throw std::length_error("too many values");
    }
    return true;
  };
  Document json;
  try {
    json = Document::parse(body, small);
  } catch (const Document::exception& error) {
    return refused(400, "bad_body", std::string("the body is no JSON: ") + error.what());
  } catch (const std::length_error&) {
    return refused(400, "bad_body", "the body is JSON of another form, or has far too many values");
  }
  const auto expected = [] {
    return refused(400, "bad_body",
                   "expected {\"images\": [{\"name\": \"a.jpg\", \"data\": \"base64\"}]} or "
                   "{\"image\": \"base64\"}");
  };
  if (!json.is_object() || json.size() != 1) return expected();
  Pictures result;
  result.is_list = true;
  if (json.contains("image")) {
    std::optional<Picture> picture = from_json(json["image"], "image");
    if (!picture) return expected();
    result.pictures.push_back(*std::move(picture));
  } else if (json.contains("images") && json["images"].is_array() && !json["images"].empty()) {
    Document& images = json["images"];
    if (images.size() > most) return too_many(most);
    for (std::size_t i = 0; i < images.size(); ++i) {
      std::optional<Picture> picture = from_json(images[i], "images[" + std::to_string(i) + "]");
      if (!picture) return expected();
      images[i] = nullptr;  // the text is not needed beside its bytes
      result.pictures.push_back(*std::move(picture));
    }
  } else {
    return expected();
  }
  for (Picture& picture : result.pictures) picture.bytes = picture.decoded;
  return result;
}

}  // namespace

Pictures pictures_of(std::string_view body, std::string_view content_type, const std::string& name,
                     std::size_t most) {
  const std::string type = media_type(content_type);
  if (type == "multipart/form-data") return from_multipart(body, content_type, most);
  if (type == "application/json") return from_json_body(body, most);
  if (body.empty()) return refused(400, "bad_body", "the body is empty, expected a picture");
  // Clients send pictures under many types, curl under that of a form.
  if (!Image::is_picture(reinterpret_cast<const std::uint8_t*>(body.data()), body.size())) {
    return refused(415, "not_a_picture",
                   "the body is no JPEG, PNG, BMP, PGM or PPM, its type no multipart/form-data or "
                   "application/json");
  }
  Pictures result;
  result.pictures.push_back({name, body, {}});
  return result;
}

}  // namespace lprnet::serve
