#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lprnet::serve {

struct Picture {
  std::string name;
  std::string_view bytes;  // of the body, or of `decoded`
  std::string decoded;     // from base64
};

// The pictures of a request's body, or why there are none.
struct Pictures {
  int status = 200;  // of the refusal
  std::string kind;
  std::string error;     // empty: `pictures` holds them
  bool is_list = false;  // whether the answer is one: of multipart and JSON bodies
  std::vector<Picture> pictures;
};

// A body is multipart/form-data with a picture in each part that has a file name or the field name
// "image", application/json ({"images": [{"name": ..., "data": base64}, ...]}, or base64 texts
// alone, or one as "image"), or else a picture, which is called `name`. The body must outlive the
// pictures.
Pictures pictures_of(std::string_view body, std::string_view content_type, const std::string& name,
                     std::size_t most);

}  // namespace lprnet::serve
