#include "lprnet/recognizer.hpp"

#include <cstddef>
#include <vector>

#include "c_api/decoding.h"
#include "c_api/objects.h"
#include "c_api/plates.h"
#include "c_api/sized.h"
#include "c_api/status.h"

namespace lprnet::c_api {
namespace {

constexpr std::size_t kFirstRecognizerOptions = sizeof(lprnet_recognizer_options);

}  // namespace
}  // namespace lprnet::c_api

lprnet_status lprnet_recognizer_new(const lprnet_model* model,
                                    const lprnet_recognizer_options* options,
                                    lprnet_recognizer** recognizer) {
  using namespace lprnet;
  return c_api::guarded(recognizer, "recognizer", [&] {
    const auto known = c_api::sized_or_default(options, c_api::kFirstRecognizerOptions,
                                               "lprnet_recognizer_options");
    const int per_plate = known.threads_per_plate == 0 ? 1 : known.threads_per_plate;
    return new lprnet_recognizer{Recognizer(c_api::required(model, "model").model,
                                            c_api::threads_of(known.threads), per_plate,
                                            c_api::decode_options_of(known.decoding))};
  });
}

void lprnet_recognizer_free(lprnet_recognizer* recognizer) { delete recognizer; }

lprnet_status lprnet_recognize(const lprnet_recognizer* recognizer, const lprnet_picture* picture,
                               lprnet_plates** plates) {
  using namespace lprnet;
  return c_api::guarded(plates, "plates", [&] {
    const Recognizer& reader = c_api::required(recognizer, "recognizer").recognizer;
    std::vector<Plate> read(1);
    Image converted;
    read[0] = reader.recognize(c_api::required(picture, "picture").pixels(converted));
    return c_api::plates_of(std::move(read));
  });
}

lprnet_status lprnet_recognize_batch(const lprnet_recognizer* recognizer,
                                     const lprnet_picture* const* pictures, size_t count,
                                     lprnet_plates** plates) {
  using namespace lprnet;
  return c_api::guarded(plates, "plates", [&] {
    const Recognizer& reader = c_api::required(recognizer, "recognizer").recognizer;
    if (count != 0) c_api::required(pictures, "pictures");
    std::vector<ImageView> views(count);
    std::vector<Image> converted(count);
    for (std::size_t i = 0; i < count; ++i) {
      if (pictures[i] == nullptr) {
        c_api::fail(ErrorCode::kInvalidArgument, "pictures[%zu]: is NULL", i);
      }
      views[i] = pictures[i]->pixels(converted[i]);
    }
    return c_api::plates_of(reader.recognize_batch(views));
  });
}
