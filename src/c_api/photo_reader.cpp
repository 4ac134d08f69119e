#include "lprnet/photo_reader.hpp"

#include <cstddef>

#include "c_api/decoding.h"
#include "c_api/objects.h"
#include "c_api/plates.h"
#include "c_api/sized.h"
#include "c_api/status.h"

namespace lprnet::c_api {
namespace {

constexpr std::size_t kFirstPhotoOptions = sizeof(lprnet_photo_options);

PhotoOptions options_of(const lprnet_photo_options& known) {
  PhotoOptions options;
  if (known.max_plates != 0) options.max_plates = known.max_plates;
  if (known.least_confidence != 0) options.least_confidence = known.least_confidence;
  options.second_look = known.second_look != LPRNET_NO;
  options.keep_unread = known.keep_unread != 0;
  const Region region{known.region_x, known.region_y, known.region_width, known.region_height};
  const bool is_set = region.x != 0 || region.y != 0 || region.width != 0 || region.height != 0;
  if (is_set) options.region = region;
  if (known.margin != 0)
    options.margin = known.margin == static_cast<float>(LPRNET_NO) ? 0 : known.margin;
  options.decoding = decode_options_of(known.decoding);
  return options;
}

}  // namespace
}  // namespace lprnet::c_api

lprnet_status lprnet_photo_reader_new(const lprnet_model* detector, const lprnet_model* reader,
                                      const lprnet_photo_options* options,
                                      lprnet_photo_reader** photo_reader) {
  using namespace lprnet;
  return c_api::guarded(photo_reader, "photo_reader", [&] {
    const auto known =
        c_api::sized_or_default(options, c_api::kFirstPhotoOptions, "lprnet_photo_options");
    return new lprnet_photo_reader{PhotoReader(
        c_api::required(detector, "detector").model, c_api::required(reader, "reader").model,
        c_api::options_of(known), c_api::threads_of(known.threads))};
  });
}

void lprnet_photo_reader_free(lprnet_photo_reader* photo_reader) { delete photo_reader; }

lprnet_status lprnet_read(const lprnet_photo_reader* photo_reader, const lprnet_picture* picture,
                          lprnet_plates** plates) {
  using namespace lprnet;
  return c_api::guarded(plates, "plates", [&] {
    const PhotoReader& reader = c_api::required(photo_reader, "photo_reader").reader;
    Image converted;
    return c_api::plates_of(reader.read(c_api::required(picture, "picture").pixels(converted)));
  });
}
