/* The C interface, used from C11: what it reads, what it says of errors, and that it stands hostile
 * arguments. Usage: c_api_test SOURCE_DIR */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lprnet/lprnet.h"

static int failures = 0;

#define CHECK(condition)                                                                \
  do {                                                                                  \
    if (!(condition)) {                                                                 \
      fprintf(stderr, "%s:%d: %s (last error: '%s')\n", __FILE__, __LINE__, #condition, \
              lprnet_last_error());                                                     \
      ++failures;                                                                       \
    }                                                                                   \
  } while (0)

/* The call fails with the status, gives no object, and its error text has the part. */
#define CHECK_FAILS(call, object, status, part)           \
  do {                                                    \
    (object) = (void*)&failures; /* has to become NULL */ \
    CHECK((call) == (status));                            \
    CHECK((object) == NULL);                              \
    CHECK(strstr(lprnet_last_error(), (part)) != NULL);   \
  } while (0)

static char model_path[4096];
static char plate_path[4096]; /* reads kText */
static const char kText[] = "\xE6\xB5\x99Y46Y1W";
static char other_path[4096]; /* reads kOtherText */
static const char kOtherText[] = "\xE8\xB1\xABY9858\xE9\xA2\x86";

static lprnet_model* model = NULL;
static lprnet_recognizer* recognizer = NULL;
static lprnet_picture* plate = NULL;
static lprnet_picture* other = NULL;

/* The whole file, which the caller frees. */
static unsigned char* bytes_in(const char* path, size_t* size) {
  FILE* const file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    fprintf(stderr, "%s: cannot be read\n", path);
    exit(2);
  }
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char* const bytes = malloc(*size);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) exit(2);
  fclose(file);
  return bytes;
}

/* Whether the call gave one plate with the text. */
static int reads(const lprnet_recognizer* with, const lprnet_picture* picture, const char* text) {
  lprnet_plates* plates = NULL;
  if (lprnet_recognize(with, picture, &plates) != LPRNET_OK) return 0;
  const int same = plates->count == 1 && strcmp(plates->plates[0]->text, text) == 0;
  lprnet_plates_free(plates);
  return same;
}

static void before_anything_failed(void) {
  CHECK(strcmp(lprnet_last_error(), "") == 0);
  CHECK(strcmp(lprnet_version(), LPRNET_VERSION_STRING) == 0);
  CHECK(strcmp(lprnet_status_name(LPRNET_OK), "ok") == 0);
  for (int status = LPRNET_OK; status <= LPRNET_INTERNAL; ++status) {
    CHECK(strcmp(lprnet_status_name(status), "unknown status") != 0);
  }
  CHECK(strcmp(lprnet_status_name(-1), "unknown status") == 0);
  CHECK(strcmp(lprnet_status_name(LPRNET_INTERNAL + 1), "unknown status") == 0);
}

static void a_plate_and_its_characters(void) {
  lprnet_plates* plates = NULL;
  CHECK(lprnet_recognize(recognizer, plate, &plates) == LPRNET_OK);
  CHECK(plates->count == 1);
  CHECK(plates->plates[0]->place == NULL);
  const lprnet_plate* const read = plates->plates[0];
  CHECK(strcmp(read->text, kText) == 0);
  CHECK(read->confidence > 0.5F && read->confidence <= 1);
  CHECK(read->character_count == 7);
  char joined[64] = "";
  int32_t step = -1;
  for (size_t i = 0; i < read->character_count; ++i) {
    const lprnet_character* const character = read->characters[i];
    strncat(joined, character->text, sizeof joined - strlen(joined) - 1);
    CHECK(character->confidence > 0.5F && character->confidence <= 1);
    CHECK(character->step > step);
    step = character->step;
  }
  CHECK(strcmp(joined, kText) == 0);
  lprnet_plates_free(plates);
}

static void a_batch(void) {
  const lprnet_picture* pictures[5] = {plate, other, plate, other, other};
  lprnet_recognizer_options options = {.size = sizeof options, .threads = 2};
  lprnet_recognizer* two = NULL;
  CHECK(lprnet_recognizer_new(model, &options, &two) == LPRNET_OK);
  lprnet_plates* alone = NULL;
  CHECK(lprnet_recognize(recognizer, other, &alone) == LPRNET_OK);
  lprnet_plates* plates = NULL;
  CHECK(lprnet_recognize_batch(two, pictures, 5, &plates) == LPRNET_OK);
  CHECK(plates->count == 5);
  for (size_t i = 0; i < 5; ++i) {
    CHECK(strcmp(plates->plates[i]->text, pictures[i] == plate ? kText : kOtherText) == 0);
  }
  CHECK(plates->plates[4]->confidence == alone->plates[0]->confidence);
  lprnet_plates_free(alone);
  lprnet_plates_free(plates);
  CHECK(lprnet_recognize_batch(two, NULL, 0, &plates) == LPRNET_OK);
  CHECK(plates->count == 0);
  lprnet_plates_free(plates);
  lprnet_recognizer_free(two);
}

static void a_vote(void) {
  const lprnet_decode_options decoding = {.size = sizeof decoding, .candidates = 3};
  const lprnet_recognizer_options options = {.size = sizeof options, .decoding = &decoding};
  lprnet_recognizer* with = NULL;
  CHECK(lprnet_recognizer_new(model, &options, &with) == LPRNET_OK);
  const lprnet_picture* pictures[3] = {plate, other, plate};
  lprnet_plates* plates = NULL;
  CHECK(lprnet_recognize_batch(with, pictures, 3, &plates) == LPRNET_OK);
  lprnet_plates* together = NULL;
  CHECK(lprnet_vote(plates->plates, 3, &together) == LPRNET_OK);
  CHECK(together->count == 1);
  const lprnet_plate* const voted = together->plates[0];
  CHECK(strcmp(voted->text, kText) == 0);
  CHECK(voted->confidence > 0.5F);
  CHECK(voted->character_count == plates->plates[0]->character_count);
  CHECK(voted->grammar == LPRNET_GRAMMAR_MATCHED);
  CHECK(strcmp(voted->pattern, plates->plates[0]->pattern) == 0);
  CHECK(voted->lines == 1);
  CHECK(voted->place == NULL);
  CHECK(voted->alternative_count > 0);
  CHECK(strcmp(voted->alternatives[0]->text, kOtherText) == 0);
  lprnet_plates_free(plates);
  lprnet_plates_free(together); /* needs nothing of the readings */
  CHECK(lprnet_vote(NULL, 0, &together) == LPRNET_OK);
  CHECK(strcmp(together->plates[0]->text, "") == 0);
  lprnet_plates_free(together);
  CHECK_FAILS(lprnet_vote(NULL, 1, &together), together, LPRNET_INVALID_ARGUMENT, "readings");
  const lprnet_plate* const missing[1] = {NULL};
  CHECK_FAILS(lprnet_vote(missing, 1, &together), together, LPRNET_INVALID_ARGUMENT, "readings[0]");
  lprnet_recognizer_free(with);
}

static void from_bytes(void) {
  size_t size = 0;
  unsigned char* bytes = bytes_in(model_path, &size);
  lprnet_model* parsed = NULL;
  CHECK(lprnet_model_parse(bytes, size, NULL, NULL, &parsed) == LPRNET_OK);
  free(bytes);
  CHECK(strcmp(lprnet_model_name(parsed), lprnet_model_name(model)) == 0);
  lprnet_recognizer_options options = {
      .size = sizeof options, .threads = LPRNET_ALL_CORES, .threads_per_plate = 2};
  lprnet_recognizer* with = NULL;
  CHECK(lprnet_recognizer_new(parsed, &options, &with) == LPRNET_OK);
  lprnet_model_free(parsed); /* the recognizer keeps it */

  bytes = bytes_in(other_path, &size);
  lprnet_picture* decoded = NULL;
  CHECK(lprnet_picture_decode(bytes, size, "bytes.jpg", NULL, &decoded) == LPRNET_OK);
  CHECK(reads(with, decoded, kOtherText));
  CHECK(lprnet_picture_width(decoded) == lprnet_picture_width(other));
  CHECK(lprnet_picture_height(decoded) == lprnet_picture_height(other));
  CHECK(strcmp(lprnet_picture_warning(decoded), "") == 0);
  lprnet_picture_free(decoded);
  /* A build without libjpeg-turbo refuses what lacks the end marker. */
  const lprnet_status status = lprnet_picture_decode(bytes, size - 2, "cut.jpg", NULL, &decoded);
  CHECK(status == LPRNET_OK || status == LPRNET_INVALID_PICTURE);
  if (status == LPRNET_OK) {
    CHECK(strstr(lprnet_picture_warning(decoded), "cut.jpg: lacks the end marker") != NULL);
    lprnet_picture_free(decoded);
  }
  CHECK(strcmp(lprnet_picture_warning(NULL), "") == 0);
  CHECK_FAILS(lprnet_picture_decode(bytes, size - 100, "bytes.jpg", NULL, &decoded), decoded,
              LPRNET_INVALID_PICTURE, "bytes.jpg");
  lprnet_picture_options small = {.size = sizeof small, .max_pixels = 100};
  CHECK_FAILS(lprnet_picture_decode(bytes, size, NULL, &small, &decoded), decoded, LPRNET_LIMIT,
              "picture: ");
  free(bytes);
  lprnet_recognizer_free(with);
}

/* A binary PPM of 8 bits, whose pixels are RGB. */
enum { kWidth = 96, kHeight = 32 };

static unsigned char rgb[kHeight][kWidth][3];

static void paint(void) {
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      rgb[y][x][0] = (unsigned char)(x * 7 + y * 3);
      rgb[y][x][1] = (unsigned char)(x * x / 9);
      rgb[y][x][2] = (unsigned char)(y * 8);
    }
  }
}

static float confidence_of(const lprnet_recognizer* with, const lprnet_picture* picture) {
  lprnet_plates* plates = NULL;
  CHECK(lprnet_recognize(with, picture, &plates) == LPRNET_OK);
  const float confidence = plates == NULL ? -1 : plates->plates[0]->confidence;
  lprnet_plates_free(plates);
  return confidence;
}

/* A camera's frame reads as the picture of its pixels, grey ones here, and shows what they are now.
 */
static void from_frames(const lprnet_recognizer* with) {
  static unsigned char brightness[kHeight][kWidth];
  static unsigned char colour[kHeight / 2][kWidth + 6];
  static unsigned char pairs[kHeight][kWidth][2];
  static unsigned char grey[kHeight][kWidth];
  memset(colour, 128, sizeof colour);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      brightness[y][x] = (unsigned char)(16 + (x * x / 9 + y * 8) % 220);
      pairs[y][x][0] = brightness[y][x];
      pairs[y][x][1] = 128;
      grey[y][x] = (unsigned char)(((brightness[y][x] - 16) * 1220542 + (1 << 19)) >> 20);
    }
  }
  lprnet_pixels pixels = {.size = sizeof pixels,
                          .data = grey[0],
                          .width = kWidth,
                          .height = kHeight,
                          .format = LPRNET_GRAY};
  lprnet_picture* picture = NULL;
  CHECK(lprnet_picture_of_pixels(&pixels, &picture) == LPRNET_OK);
  const float expected = confidence_of(with, picture);
  lprnet_picture_free(picture);
  for (int32_t format = LPRNET_NV12; format <= LPRNET_YUYV; ++format) {
    pixels.format = format;
    pixels.data = format == LPRNET_YUYV ? pairs[0][0] : brightness[0];
    pixels.chroma = colour[0];
    pixels.chroma_row_bytes = sizeof colour[0];
    CHECK(lprnet_picture_of_pixels(&pixels, &picture) == LPRNET_OK);
    CHECK(lprnet_picture_width(picture) == kWidth);
    CHECK(lprnet_picture_height(picture) == kHeight);
    CHECK(confidence_of(with, picture) == expected);
    const lprnet_picture* const twice[2] = {picture, picture};
    lprnet_plates* plates = NULL;
    CHECK(lprnet_recognize_batch(with, twice, 2, &plates) == LPRNET_OK);
    CHECK(plates != NULL && plates->plates[1]->confidence == expected);
    lprnet_plates_free(plates);
    if (format == LPRNET_YUYV) {
      memset(pairs, 40, sizeof pairs);
    } else {
      memset(colour, 40, sizeof colour);
    }
    CHECK(confidence_of(with, picture) != expected);
    memset(colour, 128, sizeof colour);
    lprnet_picture_free(picture);
  }
}

/* The same picture in every format and with padded rows reads the same to the bit. */
static void from_pixels(const char* source) {
  /* Not a model with a grammar: the picture shows no plate. */
  char path[4096];
  snprintf(path, sizeof path, "%s/tests/golden/lprnet_layers.safetensors", source);
  lprnet_model* reader = NULL;
  CHECK(lprnet_model_load(path, NULL, &reader) == LPRNET_OK);
  lprnet_recognizer* with = NULL;
  CHECK(lprnet_recognizer_new(reader, NULL, &with) == LPRNET_OK);
  lprnet_model_free(reader);
  paint();
  static unsigned char file[64 + sizeof rgb];
  const int header = snprintf((char*)file, 64, "P6 %d %d 255\n", kWidth, kHeight);
  memcpy(file + header, rgb, sizeof rgb);
  lprnet_picture* picture = NULL;
  CHECK(lprnet_picture_decode(file, (size_t)header + sizeof rgb, NULL, NULL, &picture) ==
        LPRNET_OK);
  const float expected = confidence_of(with, picture);
  lprnet_picture_free(picture);

  static const int kPlaces[4][3] = {{2, 1, 0}, {0, 1, 2}, {2, 1, 0}, {0, 1, 2}};
  static unsigned char pixels[kHeight][kWidth * 4 + 5];
  for (int32_t format = LPRNET_BGR; format <= LPRNET_RGBA; ++format) {
    const int channels = format <= LPRNET_RGB ? 3 : 4;
    memset(pixels, 77, sizeof pixels);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        for (int c = 0; c < 3; ++c) {
          pixels[y][x * channels + kPlaces[format][c]] = rgb[y][x][c];
        }
      }
    }
    lprnet_pixels view = {.size = sizeof view,
                          .data = pixels[0],
                          .width = kWidth,
                          .height = kHeight,
                          .row_bytes = sizeof pixels[0],
                          .format = format};
    CHECK(lprnet_picture_of_pixels(&view, &picture) == LPRNET_OK);
    CHECK(confidence_of(with, picture) == expected);
    /* The picture shows what its pixels are now. */
    memset(pixels, 0, sizeof pixels);
    CHECK(confidence_of(with, picture) != expected);
    lprnet_picture_free(picture);
  }

  /* Rows without padding, and a picture that is grey in three channels. */
  lprnet_pixels plain = {.size = sizeof plain,
                         .data = &rgb[0][0][0],
                         .width = kWidth,
                         .height = kHeight,
                         .format = LPRNET_RGB};
  CHECK(lprnet_picture_of_pixels(&plain, &picture) == LPRNET_OK);
  CHECK(confidence_of(with, picture) == expected);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      pixels[y][x] = rgb[y][x][1];
      memset(rgb[y][x], rgb[y][x][1], 3);
    }
  }
  const float expected_of_gray = confidence_of(with, picture);
  lprnet_picture_free(picture);
  lprnet_pixels gray = {.size = sizeof gray,
                        .data = pixels[0],
                        .width = kWidth,
                        .height = kHeight,
                        .row_bytes = sizeof pixels[0],
                        .format = LPRNET_GRAY};
  CHECK(lprnet_picture_of_pixels(&gray, &picture) == LPRNET_OK);
  CHECK(confidence_of(with, picture) == expected_of_gray);
  lprnet_picture_free(picture);
  from_frames(with);
  lprnet_recognizer_free(with);
}

static void files_that_are_none(void) {
  lprnet_model* no_model;
  lprnet_picture* no_picture;
  CHECK_FAILS(lprnet_model_load("/nowhere/x.safetensors", NULL, &no_model), no_model,
              LPRNET_NOT_FOUND, "/nowhere/x.safetensors");
  CHECK_FAILS(lprnet_model_load("/", NULL, &no_model), no_model, LPRNET_IO, "/");
  CHECK_FAILS(lprnet_model_load(plate_path, NULL, &no_model), no_model, LPRNET_FORMAT, plate_path);
  CHECK_FAILS(lprnet_model_parse("{}", 2, "braces", NULL, &no_model), no_model, LPRNET_FORMAT,
              "braces");
  CHECK_FAILS(lprnet_model_parse("", 0, NULL, NULL, &no_model), no_model, LPRNET_FORMAT, "model");
  CHECK_FAILS(lprnet_picture_load("/nowhere/x.jpg", NULL, &no_picture), no_picture,
              LPRNET_NOT_FOUND, "/nowhere/x.jpg");
  CHECK_FAILS(lprnet_picture_load(model_path, NULL, &no_picture), no_picture,
              LPRNET_INVALID_PICTURE, model_path);
  CHECK_FAILS(lprnet_picture_decode("", 0, NULL, NULL, &no_picture), no_picture,
              LPRNET_INVALID_PICTURE, "picture");
}

static void model_options(void) {
  lprnet_model* no_model;
  lprnet_model_options options = {.size = sizeof options, .isa = "abacus"};
  CHECK_FAILS(lprnet_model_load(model_path, &options, &no_model), no_model, LPRNET_INVALID_ARGUMENT,
              "abacus");
  options = (lprnet_model_options){.size = sizeof options, .max_operations = 1000};
  CHECK_FAILS(lprnet_model_load(model_path, &options, &no_model), no_model, LPRNET_LIMIT,
              "operations");
  options = (lprnet_model_options){.size = sizeof options, .max_file_bytes = 1000};
  CHECK_FAILS(lprnet_model_load(model_path, &options, &no_model), no_model, LPRNET_LIMIT,
              "file_bytes");
  options = (lprnet_model_options){.size = sizeof options, .max_load_bytes = 1000};
  CHECK_FAILS(lprnet_model_load(model_path, &options, &no_model), no_model, LPRNET_LIMIT,
              "load_bytes");
  options = (lprnet_model_options){.size = sizeof options, .max_arena_bytes = 1000};
  CHECK_FAILS(lprnet_model_load(model_path, &options, &no_model), no_model, LPRNET_LIMIT,
              "arena_bytes");
  options = (lprnet_model_options){.size = sizeof options, .max_arena_bytes = -1};
  CHECK_FAILS(lprnet_model_load(model_path, &options, &no_model), no_model, LPRNET_INVALID_ARGUMENT,
              "max_arena_bytes");
}

/* The plate `other` with decoding options; the caller frees it. */
static lprnet_plates* decoded(const lprnet_decode_options* decoding) {
  const lprnet_recognizer_options options = {.size = sizeof options, .decoding = decoding};
  lprnet_recognizer* with = NULL;
  CHECK(lprnet_recognizer_new(model, &options, &with) == LPRNET_OK);
  lprnet_plates* plates = NULL;
  CHECK(lprnet_recognize(with, other, &plates) == LPRNET_OK);
  lprnet_recognizer_free(with);
  return plates;
}

static const char kLetters[] =
    "{\"format\": \"lprnet.grammar\", \"version\": 1, \"name\": \"letters\","
    " \"classes\": {\"letter\": \"ABCDEFGHJKLMNPQRSTUVWXYZ\"}, \"patterns\":"
    " [{\"name\": \"word\", \"is\": [{\"repeat\": \"letter\", \"from\": 1, \"to\": 8}]}]}";

static void decoding(void) {
  /* The model's own grammar, and none. */
  lprnet_plates* plates = decoded(NULL);
  const float confidence = plates->plates[0]->confidence;
  CHECK(strcmp(plates->plates[0]->text, kOtherText) == 0);
  CHECK(plates->plates[0]->grammar == LPRNET_GRAMMAR_MATCHED);
  CHECK(strlen(plates->plates[0]->pattern) > 0);
  CHECK(plates->plates[0]->alternative_count == 0);
  CHECK(plates->plates[0]->lines == 1);
  lprnet_plates_free(plates);
  lprnet_decode_options options = {.size = sizeof options, .lines = 2};
  plates = decoded(&options);
  CHECK(plates->plates[0]->lines == 2);
  CHECK(strcmp(plates->plates[0]->text, kOtherText) != 0);
  lprnet_plates_free(plates);
  options = (lprnet_decode_options){
      .size = sizeof options, .decoder = LPRNET_DECODER_GREEDY, .ignore_grammar = 1};
  plates = decoded(&options);
  CHECK(strcmp(plates->plates[0]->text, kOtherText) == 0);
  CHECK(plates->plates[0]->grammar == LPRNET_GRAMMAR_UNUSED);
  CHECK(strcmp(plates->plates[0]->pattern, "") == 0);
  lprnet_plates_free(plates);

  /* Several texts, and confidences of another temperature. */
  options = (lprnet_decode_options){
      .size = sizeof options, .candidates = 3, .beam_width = 16, .temperature = 4};
  plates = decoded(&options);
  const lprnet_plate* const best = plates->plates[0];
  CHECK(strcmp(best->text, kOtherText) == 0);
  CHECK(best->confidence < confidence);
  CHECK(best->alternative_count == 2);
  for (size_t i = 0; i < best->alternative_count; ++i) {
    const lprnet_alternative* const next = best->alternatives[i];
    CHECK(strlen(next->text) > 0 && strcmp(next->text, kOtherText) != 0);
    CHECK(next->confidence < best->confidence && next->confidence > 0);
    CHECK(next->grammar == LPRNET_GRAMMAR_MATCHED && strlen(next->pattern) > 0);
  }
  CHECK(best->alternatives[0]->confidence >= best->alternatives[1]->confidence);
  lprnet_plates_free(plates);

  /* Grammars: strict by default, soft when asked for; freed while in use. */
  lprnet_grammar* grammar = NULL;
  CHECK(lprnet_grammar_parse(kLetters, NULL, &grammar) == LPRNET_OK);
  options = (lprnet_decode_options){.size = sizeof options, .grammar = grammar};
  plates = decoded(&options);
  CHECK(plates->plates[0]->grammar == LPRNET_GRAMMAR_UNMATCHED);
  CHECK(strcmp(plates->plates[0]->text, "") == 0);
  lprnet_plates_free(plates);
  options.grammar_mode = LPRNET_GRAMMAR_MODE_SOFT;
  plates = decoded(&options);
  CHECK(strcmp(plates->plates[0]->text, kOtherText) == 0);
  CHECK(plates->plates[0]->grammar == LPRNET_GRAMMAR_UNMATCHED);
  lprnet_plates_free(plates);
  const lprnet_recognizer_options kept = {.size = sizeof kept, .decoding = &options};
  options.grammar_mode = LPRNET_GRAMMAR_MODE_STRICT;
  lprnet_recognizer* strict = NULL;
  CHECK(lprnet_recognizer_new(model, &kept, &strict) == LPRNET_OK);
  lprnet_grammar_free(grammar);
  CHECK(reads(strict, other, ""));
  lprnet_recognizer_free(strict);
  CHECK(lprnet_grammar_known("cn", &grammar) == LPRNET_OK);
  options = (lprnet_decode_options){.size = sizeof options, .grammar = grammar};
  plates = decoded(&options);
  CHECK(strcmp(plates->plates[0]->text, kOtherText) == 0);
  CHECK(plates->plates[0]->grammar == LPRNET_GRAMMAR_MATCHED);
  lprnet_plates_free(plates);
  lprnet_grammar_free(grammar);
}

static void wrong_decoding(const char* source) {
  lprnet_grammar* none;
  CHECK_FAILS(lprnet_grammar_known("klingon", &none), none, LPRNET_INVALID_ARGUMENT, "cn");
  CHECK_FAILS(lprnet_grammar_known(NULL, &none), none, LPRNET_INVALID_ARGUMENT, "name");
  CHECK_FAILS(lprnet_grammar_parse("{", "braces", &none), none, LPRNET_FORMAT, "braces");
  CHECK_FAILS(lprnet_grammar_parse("{", NULL, &none), none, LPRNET_FORMAT, "grammar");
  CHECK_FAILS(lprnet_grammar_parse(NULL, NULL, &none), none, LPRNET_INVALID_ARGUMENT, "text");
  CHECK_FAILS(lprnet_grammar_load("/nowhere/x.json", &none), none, LPRNET_NOT_FOUND,
              "/nowhere/x.json");
  CHECK_FAILS(lprnet_grammar_load(NULL, &none), none, LPRNET_INVALID_ARGUMENT, "path");
  CHECK(lprnet_grammar_known("cn", NULL) == LPRNET_INVALID_ARGUMENT);
  char path[4096];
  snprintf(path, sizeof path, "%s/models/grammars/cn.json", source);
  CHECK(lprnet_grammar_load(path, &none) == LPRNET_OK);
  lprnet_grammar_free(none);
  lprnet_grammar_free(NULL);

  const struct {
    lprnet_decode_options options;
    lprnet_status status;
    const char* part;
  } kWrong[] = {
      {{.size = 5}, LPRNET_INVALID_ARGUMENT, "sizeof(lprnet_decode_options)"},
      {{.decoder = 3}, LPRNET_UNSUPPORTED, "decoder is 3"},
      {{.decoder = -1}, LPRNET_UNSUPPORTED, "decoder is -1"},
      {{.grammar_mode = 3}, LPRNET_UNSUPPORTED, "grammar_mode is 3"},
      {{.beam_width = 257}, LPRNET_INVALID_ARGUMENT, "257"},
      {{.classes_per_step = -4}, LPRNET_INVALID_ARGUMENT, "-4"},
      {{.candidates = 9}, LPRNET_INVALID_ARGUMENT, "9"},
      {{.outside_weight = -1}, LPRNET_INVALID_ARGUMENT, "-1"},
      {{.temperature = -2}, LPRNET_INVALID_ARGUMENT, "-2"},
  };
  for (size_t i = 0; i < sizeof kWrong / sizeof kWrong[0]; ++i) {
    lprnet_decode_options wrong = kWrong[i].options;
    if (wrong.size == 0) wrong.size = sizeof wrong;
    const lprnet_recognizer_options options = {.size = sizeof options, .decoding = &wrong};
    lprnet_recognizer* no_recognizer;
    CHECK_FAILS(lprnet_recognizer_new(model, &options, &no_recognizer), no_recognizer,
                kWrong[i].status, kWrong[i].part);
  }
}

static void nulls(void) {
  lprnet_model* no_model;
  lprnet_picture* no_picture;
  lprnet_recognizer* no_recognizer;
  lprnet_plates* no_plates;
  CHECK_FAILS(lprnet_model_load(NULL, NULL, &no_model), no_model, LPRNET_INVALID_ARGUMENT, "path");
  CHECK(lprnet_model_load(model_path, NULL, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK_FAILS(lprnet_model_parse(NULL, 5, "x", NULL, &no_model), no_model, LPRNET_INVALID_ARGUMENT,
              "bytes");
  CHECK(lprnet_model_parse("{}", 2, "x", NULL, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK_FAILS(lprnet_picture_load(NULL, NULL, &no_picture), no_picture, LPRNET_INVALID_ARGUMENT,
              "path");
  CHECK(lprnet_picture_load(plate_path, NULL, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK_FAILS(lprnet_picture_decode(NULL, 5, "x", NULL, &no_picture), no_picture,
              LPRNET_INVALID_ARGUMENT, "bytes");
  CHECK(lprnet_picture_decode("P5", 2, "x", NULL, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK_FAILS(lprnet_picture_of_pixels(NULL, &no_picture), no_picture, LPRNET_INVALID_ARGUMENT,
              "pixels");
  CHECK_FAILS(lprnet_recognizer_new(NULL, NULL, &no_recognizer), no_recognizer,
              LPRNET_INVALID_ARGUMENT, "model");
  CHECK(lprnet_recognizer_new(model, NULL, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK_FAILS(lprnet_recognize(NULL, plate, &no_plates), no_plates, LPRNET_INVALID_ARGUMENT,
              "recognizer");
  CHECK_FAILS(lprnet_recognize(recognizer, NULL, &no_plates), no_plates, LPRNET_INVALID_ARGUMENT,
              "picture");
  CHECK(lprnet_recognize(recognizer, plate, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK(strstr(lprnet_last_error(), "plates") != NULL);
  const lprnet_picture* const pictures[2] = {plate, NULL};
  CHECK_FAILS(lprnet_recognize_batch(recognizer, pictures, 2, &no_plates), no_plates,
              LPRNET_INVALID_ARGUMENT, "pictures[1]");
  CHECK_FAILS(lprnet_recognize_batch(recognizer, NULL, 1, &no_plates), no_plates,
              LPRNET_INVALID_ARGUMENT, "pictures");
  CHECK_FAILS(lprnet_recognize_batch(NULL, pictures, 1, &no_plates), no_plates,
              LPRNET_INVALID_ARGUMENT, "recognizer");
  CHECK(lprnet_recognize_batch(recognizer, pictures, 1, NULL) == LPRNET_INVALID_ARGUMENT);
  lprnet_model_free(NULL);
  lprnet_picture_free(NULL);
  lprnet_recognizer_free(NULL);
  lprnet_plates_free(NULL);
  CHECK(strcmp(lprnet_model_name(NULL), "") == 0);
  CHECK(lprnet_picture_width(NULL) == 0 && lprnet_picture_height(NULL) == 0);
}

static void wrong_numbers(void) {
  lprnet_recognizer* none;
  lprnet_recognizer_options threads = {.size = sizeof threads, .threads = -2};
  CHECK_FAILS(lprnet_recognizer_new(model, &threads, &none), none, LPRNET_INVALID_ARGUMENT, "-2");
  threads = (lprnet_recognizer_options){.size = sizeof threads, .threads_per_plate = -7};
  CHECK_FAILS(lprnet_recognizer_new(model, &threads, &none), none, LPRNET_INVALID_ARGUMENT, "-7");

  static const unsigned char kPixels[64] = {0};
  const lprnet_pixels good = {.size = sizeof good,
                              .data = kPixels,
                              .width = 4,
                              .height = 4,
                              .row_bytes = 12,
                              .format = LPRNET_BGR};
  lprnet_picture* picture;
  lprnet_pixels bad = good;
  bad.data = NULL;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "data");
  for (int side = -1; side <= 0; ++side) {
    bad = good;
    bad.width = side;
    CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "x4");
    bad = good;
    bad.height = side;
    CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "4x");
  }
  bad = good;
  bad.width = INT32_MAX;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "12");
  bad = good;
  bad.row_bytes = 11;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "11");
  bad.row_bytes = -12;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "-12");
  for (int32_t format = -1; format <= LPRNET_YUYV + 1; format += LPRNET_YUYV + 2) {
    bad = good;
    bad.format = format;
    CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_UNSUPPORTED, "format");
  }
  bad = good;
  bad.format = LPRNET_NV12;
  bad.data = NULL;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "data");
  bad.data = kPixels;
  bad.height = 3;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "even");
  bad.height = 4;
  bad.chroma_row_bytes = 3;
  CHECK_FAILS(lprnet_picture_of_pixels(&bad, &picture), picture, LPRNET_INVALID_ARGUMENT, "and 3");
}

/* The confidence of the one plate's text, where a temperature keeps it from 1. */
static float with_margin(const lprnet_model* detector, const lprnet_picture* photograph,
                         float margin) {
  const lprnet_decode_options decoding = {.size = sizeof decoding, .temperature = 10};
  const lprnet_photo_options options = {
      .size = sizeof options, .margin = margin, .decoding = &decoding};
  lprnet_photo_reader* reader = NULL;
  CHECK(lprnet_photo_reader_new(detector, model, &options, &reader) == LPRNET_OK);
  lprnet_plates* plates = NULL;
  CHECK(lprnet_read(reader, photograph, &plates) == LPRNET_OK);
  const float confidence = plates->count == 1 ? plates->plates[0]->confidence : -1;
  lprnet_plates_free(plates);
  lprnet_photo_reader_free(reader);
  return confidence;
}

/* The plate of a photograph, and where it lies. */
static void a_photograph(const char* source) {
  char path[4096];
  snprintf(path, sizeof path, "%s/models/lprnet-detect.safetensors", source);
  lprnet_model* detector = NULL;
  CHECK(lprnet_model_load(path, NULL, &detector) == LPRNET_OK);
  snprintf(path, sizeof path, "%s/models/samples/photos/\xE7\x9A\x96U69168.jpg", source);
  lprnet_picture* photograph = NULL;
  CHECK(lprnet_picture_load(path, NULL, &photograph) == LPRNET_OK);
  lprnet_photo_reader* reader = NULL;
  CHECK(lprnet_photo_reader_new(detector, model, NULL, &reader) == LPRNET_OK);
  lprnet_plates* plates = NULL;
  CHECK(lprnet_read(reader, photograph, &plates) == LPRNET_OK);
  CHECK(plates->count == 1);
  const lprnet_plate* const read = plates->plates[0];
  CHECK(strcmp(read->text, "\xE7\x9A\x96U69168") == 0);
  CHECK(read->place->lines == 1);
  CHECK(read->place->confidence > 0.5F && read->place->confidence <= 1);
  const lprnet_point* const corners = read->place->corners;
  const lprnet_point kNear[4] = {{174, 171}, {295, 173}, {294, 213}, {174, 211}};
  for (int i = 0; i < 4; ++i) {
    CHECK(corners[i].x > kNear[i].x - 6 && corners[i].x < kNear[i].x + 6);
    CHECK(corners[i].y > kNear[i].y - 6 && corners[i].y < kNear[i].y + 6);
  }
  const float left = corners[0].x;
  lprnet_plates_free(plates);
  lprnet_photo_reader_free(reader);

  /* As one asks for: no German plate, and more or less around the plate. */
  lprnet_grammar* german = NULL;
  CHECK(lprnet_grammar_known("de", &german) == LPRNET_OK);
  const lprnet_decode_options decoding = {.size = sizeof decoding, .grammar = german};
  const lprnet_photo_options in_germany = {
      .size = sizeof in_germany, .keep_unread = 1, .decoding = &decoding};
  CHECK(lprnet_photo_reader_new(detector, model, &in_germany, &reader) == LPRNET_OK);
  lprnet_grammar_free(german);
  CHECK(lprnet_read(reader, photograph, &plates) == LPRNET_OK);
  CHECK(plates->count > 0);
  for (size_t i = 0; i < plates->count; ++i) {
    CHECK(plates->plates[i]->grammar == LPRNET_GRAMMAR_UNMATCHED);
  }
  lprnet_plates_free(plates);
  lprnet_photo_reader_free(reader);
  const float usual = with_margin(detector, photograph, 0);
  CHECK(usual > 0 && usual < 1);
  CHECK(with_margin(detector, photograph, 0.05F) == usual);
  CHECK(with_margin(detector, photograph, LPRNET_NO) != usual);
  CHECK(with_margin(detector, photograph, LPRNET_NO) != with_margin(detector, photograph, 0.1F));
  const lprnet_photo_options tight = {.size = sizeof tight, .margin = -0.5F};
  CHECK_FAILS(lprnet_photo_reader_new(detector, model, &tight, &reader), reader,
              LPRNET_INVALID_ARGUMENT, "margin is -0.5");

  /* Looked at in another size, the corners differ a little. */
  snprintf(path, sizeof path, "%s/models/lprnet-detect.safetensors", source);
  lprnet_model_options size = {.size = sizeof size, .input_width = 320, .input_height = 192};
  lprnet_model* coarse = NULL;
  CHECK(lprnet_model_load(path, &size, &coarse) == LPRNET_OK);
  CHECK(lprnet_photo_reader_new(coarse, model, NULL, &reader) == LPRNET_OK);
  CHECK(lprnet_read(reader, photograph, &plates) == LPRNET_OK);
  CHECK(plates->count == 1 && plates->plates[0]->place->corners[0].x != left);
  lprnet_plates_free(plates);
  lprnet_photo_reader_free(reader);
  lprnet_model_free(coarse);
  size.input_height = 0;
  CHECK_FAILS(lprnet_model_load(path, &size, &coarse), coarse, LPRNET_INVALID_ARGUMENT, "320");

  /* Not where it is not. */
  lprnet_photo_options options = {.size = sizeof options,
                                  .region_width = 100,
                                  .region_height = 100,
                                  .threads = 2,
                                  .second_look = LPRNET_NO};
  CHECK(lprnet_photo_reader_new(detector, model, &options, &reader) == LPRNET_OK);
  CHECK(lprnet_read(reader, photograph, &plates) == LPRNET_OK);
  CHECK(plates->count == 0);
  lprnet_plates_free(plates);
  CHECK_FAILS(lprnet_read(reader, NULL, &plates), plates, LPRNET_INVALID_ARGUMENT, "picture");
  CHECK_FAILS(lprnet_read(NULL, photograph, &plates), plates, LPRNET_INVALID_ARGUMENT,
              "photo_reader");
  CHECK(lprnet_read(reader, photograph, NULL) == LPRNET_INVALID_ARGUMENT);
  lprnet_photo_reader_free(reader);
  lprnet_photo_reader_free(NULL);

  CHECK_FAILS(lprnet_photo_reader_new(NULL, model, NULL, &reader), reader, LPRNET_INVALID_ARGUMENT,
              "detector");
  CHECK_FAILS(lprnet_photo_reader_new(detector, NULL, NULL, &reader), reader,
              LPRNET_INVALID_ARGUMENT, "reader");
  CHECK(lprnet_photo_reader_new(detector, model, NULL, NULL) == LPRNET_INVALID_ARGUMENT);
  CHECK_FAILS(lprnet_photo_reader_new(model, model, NULL, &reader), reader, LPRNET_INVALID_ARGUMENT,
              "detector");
  options = (lprnet_photo_options){.size = 3};
  CHECK_FAILS(lprnet_photo_reader_new(detector, model, &options, &reader), reader,
              LPRNET_INVALID_ARGUMENT, "sizeof(lprnet_photo_options)");
  options = (lprnet_photo_options){.size = sizeof options, .least_confidence = 2};
  CHECK_FAILS(lprnet_photo_reader_new(detector, model, &options, &reader), reader,
              LPRNET_INVALID_ARGUMENT, "2");
  options = (lprnet_photo_options){.size = sizeof options, .max_plates = -1};
  CHECK_FAILS(lprnet_photo_reader_new(detector, model, &options, &reader), reader,
              LPRNET_INVALID_ARGUMENT, "-1");
  lprnet_recognizer* none;
  CHECK_FAILS(lprnet_recognizer_new(detector, NULL, &none), none, LPRNET_INVALID_ARGUMENT, "");
  lprnet_picture_free(photograph);
  lprnet_model_free(detector);
}

/* What a newer or older program gives. */
static void sizes(void) {
  lprnet_recognizer* made;
  struct {
    lprnet_recognizer_options known;
    int32_t unknown[4];
  } newer = {.known = {.size = sizeof newer, .threads = 1}};
  CHECK(lprnet_recognizer_new(model, &newer.known, &made) == LPRNET_OK);
  lprnet_recognizer_free(made);
  newer.unknown[3] = 1;
  CHECK_FAILS(lprnet_recognizer_new(model, &newer.known, &made), made, LPRNET_UNSUPPORTED,
              "does not know");
  const size_t wrong[] = {0, 1, sizeof(lprnet_recognizer_options) - 1, 1 << 20, SIZE_MAX};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
    lprnet_recognizer_options options = {.size = wrong[i]};
    CHECK_FAILS(lprnet_recognizer_new(model, &options, &made), made, LPRNET_INVALID_ARGUMENT,
                "sizeof(lprnet_recognizer_options)");
    lprnet_model_options of_model = {.size = wrong[i] - 1};
    lprnet_model* no_model;
    CHECK_FAILS(lprnet_model_load(model_path, &of_model, &no_model), no_model,
                LPRNET_INVALID_ARGUMENT, "sizeof(lprnet_model_options)");
    lprnet_picture* no_picture;
    lprnet_picture_options of_picture = {.size = wrong[i]};
    CHECK_FAILS(lprnet_picture_load(plate_path, &of_picture, &no_picture), no_picture,
                LPRNET_INVALID_ARGUMENT, "sizeof(lprnet_picture_options)");
    lprnet_pixels pixels = {.size = wrong[i]};
    CHECK_FAILS(lprnet_picture_of_pixels(&pixels, &no_picture), no_picture, LPRNET_INVALID_ARGUMENT,
                "sizeof(lprnet_pixels)");
  }
}

/* Threads share the recognizer, and each has an error text of its own. */
static void* in_a_thread(void* argument) {
  const int number = *(const int*)argument;
  long wrong = strcmp(lprnet_last_error(), "") != 0;
  for (int i = 0; i < 5; ++i) {
    const int mine = (number + i) % 2;
    if (!reads(recognizer, mine ? plate : other, mine ? kText : kOtherText)) ++wrong;
    char name[32];
    snprintf(name, sizeof name, "name %d %d", number, i);
    lprnet_model* none = NULL;
    if (lprnet_model_parse("{}", 2, name, NULL, &none) != LPRNET_FORMAT) ++wrong;
    if (strstr(lprnet_last_error(), name) == NULL) ++wrong;
  }
  return (void*)(intptr_t)wrong;
}

static void two_threads(void) {
  lprnet_model* none;
  CHECK_FAILS(lprnet_model_parse("{}", 2, "the first", NULL, &none), none, LPRNET_FORMAT,
              "the first");
  pthread_t threads[2];
  int numbers[2] = {0, 1};
  for (int i = 0; i < 2; ++i) {
    CHECK(pthread_create(&threads[i], NULL, in_a_thread, &numbers[i]) == 0);
  }
  for (int i = 0; i < 2; ++i) {
    void* wrong = NULL;
    pthread_join(threads[i], &wrong);
    CHECK(wrong == NULL);
  }
  CHECK(strstr(lprnet_last_error(), "the first") != NULL);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  snprintf(model_path, sizeof model_path, "%s/models/lprnet-cn.safetensors", argv[1]);
  snprintf(plate_path, sizeof plate_path, "%s/models/samples/%s.jpg", argv[1], kText);
  snprintf(other_path, sizeof other_path, "%s/models/samples/%s.jpg", argv[1], kOtherText);

  before_anything_failed();
  if (lprnet_model_load(model_path, NULL, &model) != LPRNET_OK ||
      lprnet_recognizer_new(model, NULL, &recognizer) != LPRNET_OK ||
      lprnet_picture_load(plate_path, NULL, &plate) != LPRNET_OK ||
      lprnet_picture_load(other_path, NULL, &other) != LPRNET_OK) {
    fprintf(stderr, "%s\n", lprnet_last_error());
    return 1;
  }
  a_plate_and_its_characters();
  a_batch();
  a_vote();
  from_bytes();
  from_pixels(argv[1]);
  files_that_are_none();
  model_options();
  decoding();
  wrong_decoding(argv[1]);
  nulls();
  a_photograph(argv[1]);
  wrong_numbers();
  sizes();
  two_threads();
  lprnet_picture_free(plate);
  lprnet_picture_free(other);
  lprnet_recognizer_free(recognizer);
  lprnet_model_free(model);
  return failures == 0 ? 0 : 1;
}
