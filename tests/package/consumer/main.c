#include <lprnet/lprnet.h>
#include <stdio.h>

/* Prints what the image reads, by the C interface: consumer MODEL IMAGE. */
int main(int argc, char** argv) {
  lprnet_model* model = NULL;
  lprnet_recognizer* recognizer = NULL;
  lprnet_picture* picture = NULL;
  lprnet_plates* plates = NULL;
  lprnet_status status = argc == 3 ? LPRNET_OK : LPRNET_INVALID_ARGUMENT;
  if (status == LPRNET_OK) status = lprnet_model_load(argv[1], NULL, &model);
  if (status == LPRNET_OK) status = lprnet_recognizer_new(model, NULL, &recognizer);
  if (status == LPRNET_OK) status = lprnet_picture_load(argv[2], NULL, &picture);
  if (status == LPRNET_OK) status = lprnet_recognize(recognizer, picture, &plates);
  puts(status == LPRNET_OK ? plates->plates[0]->text : lprnet_status_name(status));
  lprnet_plates_free(plates);
  lprnet_picture_free(picture);
  lprnet_recognizer_free(recognizer);
  lprnet_model_free(model);
  return status == LPRNET_OK ? 0 : 1;
}
