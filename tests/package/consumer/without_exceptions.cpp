#include <lprnet/lprnet.h>
#include <cstdio>
#include <memory>

// For -fno-exceptions -fno-rtti: the C interface, whose errors are statuses.

namespace {

struct Free {
  void operator()(lprnet_model* model) const { lprnet_model_free(model); }
  void operator()(lprnet_recognizer* recognizer) const { lprnet_recognizer_free(recognizer); }
  void operator()(lprnet_picture* picture) const { lprnet_picture_free(picture); }
  void operator()(lprnet_plates* plates) const { lprnet_plates_free(plates); }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

}  // namespace

// Prints what the image reads, or what went wrong: consumer MODEL IMAGE.
int main(int, char** argv) {
  lprnet_model* loaded = nullptr;
  lprnet_status status = lprnet_model_load(argv[1], nullptr, &loaded);
  const Owned<lprnet_model> model(loaded);
  lprnet_recognizer* ready = nullptr;
  if (status == LPRNET_OK) status = lprnet_recognizer_new(model.get(), nullptr, &ready);
  const Owned<lprnet_recognizer> recognizer(ready);
  lprnet_picture* shown = nullptr;
  if (status == LPRNET_OK) status = lprnet_picture_load(argv[2], nullptr, &shown);
  const Owned<lprnet_picture> picture(shown);
  lprnet_plates* read = nullptr;
  if (status == LPRNET_OK) status = lprnet_recognize(recognizer.get(), picture.get(), &read);
  const Owned<lprnet_plates> plates(read);
  if (status != LPRNET_OK) {
    std::printf("%s\n", lprnet_status_name(status));
    return 1;
  }
  std::puts(plates->plates[0]->text);
}
