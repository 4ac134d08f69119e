/* lprnet in C (C11 or later): the C++ interface of lprnet.hpp for C and for everything that calls
 * C.
 *
 * Ownership. An object that a function gives through its last argument belongs to the caller, who
 * frees it with the function of its type: lprnet_model_free() and so on. Freeing NULL does nothing.
 * Objects may be freed in any order: a recognizer keeps its model. Strings and structs that a
 * function returns belong to the object that they come from and live as long as it does.
 *
 * Errors. A function that can fail returns a status, LPRNET_OK (0) for success. Otherwise it gives
 * NULL for the object, and lprnet_last_error() says in words what went wrong. A NULL where an
 * object, a text or a place for the result is expected is LPRNET_INVALID_ARGUMENT. No exception
 * leaves the library, and it never prints, exits or aborts.
 *
 * Threads. All objects are immutable: any number of threads may use one at the same time. An object
 * is freed when no call is using it any more.
 *
 * Options. A struct that the caller fills begins with `size`, which is set to sizeof of the struct;
 * all members that are 0 or NULL have their defaults, and NULL in place of the struct is defaults
 * alone:
 *
 *     lprnet_recognizer_options options = {.size = sizeof options, .threads = 2};
 *
 * Later versions add members at the end. A program keeps working with a newer library, and with an
 * older one (from 0.2 on) as long as it leaves 0 in the members that the library does not know;
 * otherwise the call is LPRNET_UNSUPPORTED. Structs that the library gives, lprnet_plate for
 * instance, grow at their ends too: they are reached by pointers alone, never copied or allocated.
 *
 * Texts and paths are UTF-8 and end with a zero byte. */
#ifndef LPRNET_LPRNET_H
#define LPRNET_LPRNET_H

#include <stddef.h>
#include <stdint.h>

#include "lprnet/export.hpp"  /* preprocessor alone, so C too */
#include "lprnet/version.hpp" /* preprocessor alone, so C too: LPRNET_VERSION_STRING, ... */

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lprnet_status {
  LPRNET_OK = 0,
  LPRNET_NOT_FOUND = 1,        /* a file or folder does not exist */
  LPRNET_IO = 2,               /* it exists, but cannot be read */
  LPRNET_FORMAT = 3,           /* its bytes are not what the format says */
  LPRNET_UNSUPPORTED = 4,      /* well-formed, but outside what this build or version can do */
  LPRNET_INVALID_MODEL = 5,    /* a graph or its weights do not fit together */
  LPRNET_INVALID_PICTURE = 6,  /* the picture's bytes cannot be decoded */
  LPRNET_INVALID_ARGUMENT = 7, /* the caller's argument */
  LPRNET_LIMIT = 8,            /* a model or picture that costs more than the limits allow */
  LPRNET_NO_MEMORY = 9,        /* an allocation failed */
  LPRNET_INTERNAL = 10         /* a fault of the library */
} lprnet_status;

/* The library's version, which may differ from LPRNET_VERSION_STRING, that of the header. */
LPRNET_API const char* lprnet_version(void);

/* What went wrong in the call that failed last in the calling thread: for a file its name, what was
 * found and what was expected. Never NULL; empty before anything has failed. Valid until the next
 * call in this thread fails, and until the thread ends. */
LPRNET_API const char* lprnet_last_error(void);

/* The status as a word: "ok", "not found", ...; "unknown status" for a number that is none. Valid
 * until the program ends. */
LPRNET_API const char* lprnet_status_name(int status);

/* Models */

/* A network with its alphabet and preprocessing, loaded and ready to run. */
typedef struct lprnet_model lprnet_model;

typedef struct lprnet_model_options {
  size_t size; /* sizeof(lprnet_model_options) */
  /* Instruction set: "avx512", "avx2", ...; NULL: what LPRNET_ISA in the environment names, else
   * the best that the machine has. */
  const char* isa;
  /* For a PyTorch checkpoint: which kind it is, see models/CHECKPOINTS.md; NULL: told from its
   * tensors. */
  const char* profile;
  /* What the model may cost at most, so that a stranger's file cannot take more: see
   * lprnet/limits.hpp. 0: the default that stands there. Negative: LPRNET_INVALID_ARGUMENT. */
  int64_t max_file_bytes;
  int64_t max_load_bytes;  /* what loading takes */
  int64_t max_arena_bytes; /* activations of one session */
  int64_t max_operations;  /* of one plate */
  /* The size in which a detector looks at photographs, in pixels; both 0: the file's.
   * LPRNET_INVALID_MODEL where the network does not work in that size. */
  int32_t input_width;
  int32_t input_height;
} lprnet_model_options;

/* Reads a model file (.safetensors or .json, see models/FORMAT.md) or a PyTorch checkpoint. */
LPRNET_API lprnet_status lprnet_model_load(const char* path, const lprnet_model_options* options,
                                           lprnet_model** model);

/* The same from `size` bytes of such a file, which are copied. `name` stands for the path in error
 * texts; NULL: "model". */
LPRNET_API lprnet_status lprnet_model_parse(const void* bytes, size_t size, const char* name,
                                            const lprnet_model_options* options,
                                            lprnet_model** model);

LPRNET_API void lprnet_model_free(lprnet_model* model);

/* The name that the model file gives; empty for NULL. */
LPRNET_API const char* lprnet_model_name(const lprnet_model* model);

/* Pictures */

/* A picture of 8-bit pixels. */
typedef struct lprnet_picture lprnet_picture;

/* Bytes of a pixel in memory, in this order. Alpha is ignored. The last three are a camera's, with
 * brightness (Y) for each pixel and colour (U, V) for several; their pixels are converted as OpenCV
 * does (ITU-R BT.601), in each call that reads the picture. */
typedef enum lprnet_pixel_format {
  LPRNET_BGR = 0,
  LPRNET_RGB = 1,
  LPRNET_BGRA = 2,
  LPRNET_RGBA = 3,
  LPRNET_GRAY = 4,
  LPRNET_NV12 = 5, /* a plane of Y, then one of U, V, U, V, ... for each 2x2 pixels */
  LPRNET_NV21 = 6, /* the same with V before U */
  LPRNET_YUYV = 7  /* Y, U, Y, V for each two pixels side by side */
} lprnet_pixel_format;

/* Somebody else's pixels: `height` rows of `width` pixels from top to bottom. */
typedef struct lprnet_pixels {
  size_t size; /* sizeof(lprnet_pixels) */
  const uint8_t* data;
  int32_t width;       /* pixels, at least 1; even for NV12, NV21 and YUYV */
  int32_t height;      /* pixels, at least 1; even for NV12 and NV21 */
  ptrdiff_t row_bytes; /* from one row to the next; 0: rows follow each other without padding */
  int32_t format;      /* a lprnet_pixel_format */
  /* Of NV12 and NV21, the second plane and its rows; NULL and 0: right behind the first, in rows of
   * row_bytes. */
  const uint8_t* chroma;
  ptrdiff_t chroma_row_bytes;
} lprnet_pixels;

/* What a picture file may cost; 0: the default of ImageOptions in lprnet/image.hpp. */
typedef struct lprnet_picture_options {
  size_t size;                 /* sizeof(lprnet_picture_options) */
  int64_t max_pixels;          /* width * height */
  int64_t max_pixels_per_byte; /* of pictures over 2^24 pixels, for each byte of the file */
  int64_t max_file_bytes;
} lprnet_picture_options;

/* Reads JPEG, PNG, BMP, PGM or PPM, told by content, turned as EXIF says. A truncated file is an
 * error, never half a picture. */
LPRNET_API lprnet_status lprnet_picture_load(const char* path,
                                             const lprnet_picture_options* options,
                                             lprnet_picture** picture);

/* The same from `size` bytes of such a file, which are not used afterwards. `name` stands for the
 * path in error texts; NULL: "picture". */
LPRNET_API lprnet_status lprnet_picture_decode(const void* bytes, size_t size, const char* name,
                                               const lprnet_picture_options* options,
                                               lprnet_picture** picture);

/* A picture of pixels in memory, such as a camera's. They are not copied: they have to stay as long
 * as the picture. They may be overwritten while no call uses the picture, so that one picture
 * serves a whole video. */
LPRNET_API lprnet_status lprnet_picture_of_pixels(const lprnet_pixels* pixels,
                                                  lprnet_picture** picture);

LPRNET_API void lprnet_picture_free(lprnet_picture* picture);

/* Pixels; 0 for NULL. */
LPRNET_API int32_t lprnet_picture_width(const lprnet_picture* picture);
LPRNET_API int32_t lprnet_picture_height(const lprnet_picture* picture);

/* What is wrong with the picture's file although all its pixels are right, with its name, such as a
 * JPEG that lacks its end marker; empty: nothing. It lives as long as the picture. */
LPRNET_API const char* lprnet_picture_warning(const lprnet_picture* picture);

/* Decoding */

/* Which texts plates may have; models/DECODING.md describes it. */
typedef struct lprnet_grammar lprnet_grammar;

/* Reads a grammar from a JSON file. */
LPRNET_API lprnet_status lprnet_grammar_load(const char* path, lprnet_grammar** grammar);

/* The same from the text of such a file. `name` stands for the path in error texts; NULL:
 * "grammar". */
LPRNET_API lprnet_status lprnet_grammar_parse(const char* text, const char* name,
                                              lprnet_grammar** grammar);

/* A grammar that comes with the library: "cn", "de" or "any". LPRNET_INVALID_ARGUMENT for another
 * name; the error text lists them. */
LPRNET_API lprnet_status lprnet_grammar_known(const char* name, lprnet_grammar** grammar);

LPRNET_API void lprnet_grammar_free(lprnet_grammar* grammar);

typedef enum lprnet_decoder {
  LPRNET_DECODER_MODEL = 0,  /* beam where there is a grammar or candidates > 1, else greedy */
  LPRNET_DECODER_GREEDY = 1, /* the best class of each step */
  LPRNET_DECODER_BEAM = 2    /* prefix beam search */
} lprnet_decoder;

typedef enum lprnet_grammar_mode {
  LPRNET_GRAMMAR_MODE_MODEL = 0,  /* as the model says; strict for a grammar given here */
  LPRNET_GRAMMAR_MODE_STRICT = 1, /* texts that do not match are no answers */
  LPRNET_GRAMMAR_MODE_SOFT = 2    /* they are when they are much more probable */
} lprnet_grammar_mode;

enum { LPRNET_NO = -1 }; /* for what is done by default */

/* How a network's output becomes text. See DecodeOptions in lprnet/decode.hpp. */
typedef struct lprnet_decode_options {
  size_t size;                   /* sizeof(lprnet_decode_options) */
  int32_t decoder;               /* a lprnet_decoder */
  int32_t beam_width;            /* prefixes kept, 1 to 256; 0: 8 */
  int32_t classes_per_step;      /* that may begin a token at a step; 0: 8 */
  int32_t candidates;            /* texts to find at most, 1 to beam_width; 0: 1 */
  const lprnet_grammar* grammar; /* kept by what is made with it; NULL: the model's own, if any */
  int32_t ignore_grammar;        /* not the model's either; 0: no; 1: yes */
  int32_t grammar_mode;          /* a lprnet_grammar_mode */
  double outside_weight;         /* of texts that do not match, above 0 to 1; 0: 0.03 */
  double temperature;            /* divides the logits for confidences; 0: the model's own */
  /* A second look at what is not read with confidence, where the model says how; 0: yes;
   * LPRNET_NO. */
  int32_t further_looks;
  int32_t lines; /* of text on each plate, 1 or 2; 0: found out. 2: see FurtherLooks::two_lines */
} lprnet_decode_options;

/* Results */

/* One token of the alphabet, usually one character. */
typedef struct lprnet_character {
  const char* text;
  float confidence; /* 0 to 1 */
  int32_t step;     /* time step at which it was read, from 0 */
} lprnet_character;

typedef struct lprnet_point {
  float x; /* pixels from the left; a pixel's centre is at 0.5 */
  float y; /* pixels from the top */
} lprnet_point;

/* Where a plate of a photograph lies. */
typedef struct lprnet_place {
  /* Top left, top right, bottom right and bottom left, as the text is read; may lie a little
   * outside the photograph. */
  lprnet_point corners[4];
  float confidence; /* that this is a plate, 0 to 1 */
  int32_t lines;    /* of text: 1 or 2 */
} lprnet_place;

/* Whether a text matches the grammar that it was decoded with. */
typedef enum lprnet_grammar_match {
  LPRNET_GRAMMAR_UNUSED = 0, /* there was no grammar */
  LPRNET_GRAMMAR_MATCHED = 1,
  LPRNET_GRAMMAR_UNMATCHED = 2 /* strict: no text matches well enough; `text` is empty */
} lprnet_grammar_match;

/* A text that the picture may also show. */
typedef struct lprnet_alternative {
  const char* text;
  float confidence;    /* of the text, 0 to 1 */
  int32_t grammar;     /* a lprnet_grammar_match */
  const char* pattern; /* of the grammar, that the text has; may be empty */
} lprnet_alternative;

/* What a plate reads. */
typedef struct lprnet_plate {
  const char* text;       /* may be empty */
  float confidence;       /* of the text, 0 to 1, see lprnet/plate.hpp */
  size_t character_count; /* at least 0 */
  const lprnet_character* const* characters;
  const lprnet_place* place; /* NULL but for plates of lprnet_read() */
  int32_t grammar;           /* a lprnet_grammar_match */
  const char* pattern;       /* of the grammar, that the text has; may be empty */
  size_t alternative_count;  /* less than lprnet_decode_options.candidates */
  const lprnet_alternative* const* alternatives; /* the next best texts, the best first */
  int32_t lines;                                 /* of text, as it was read: 1 or 2 */
} lprnet_plate;

/* The plates that a call gives: plates[0] to plates[count - 1]. */
typedef struct lprnet_plates {
  size_t count;
  const lprnet_plate* const* plates;
} lprnet_plates;

LPRNET_API void lprnet_plates_free(lprnet_plates* plates);

/* Recognizing */

/* Reads pictures of one plate each: a model, scratch memory and threads. */
typedef struct lprnet_recognizer lprnet_recognizer;

enum { LPRNET_ALL_CORES = -1 };

typedef struct lprnet_recognizer_options {
  size_t size;     /* sizeof(lprnet_recognizer_options) */
  int32_t threads; /* that share out the pictures of a batch; 0: 1; LPRNET_ALL_CORES */
  /* That work on each plate together, for plates that come one by one; 0: 1. */
  int32_t threads_per_plate;
  const lprnet_decode_options* decoding; /* read by the call; NULL: defaults */
} lprnet_recognizer_options;

/* LPRNET_INVALID_ARGUMENT also for a model that does not read plates. */
LPRNET_API lprnet_status lprnet_recognizer_new(const lprnet_model* model,
                                               const lprnet_recognizer_options* options,
                                               lprnet_recognizer** recognizer);

LPRNET_API void lprnet_recognizer_free(lprnet_recognizer* recognizer);

/* Reads the one plate that fills the picture; `plates` has count 1. */
LPRNET_API lprnet_status lprnet_recognize(const lprnet_recognizer* recognizer,
                                          const lprnet_picture* picture, lprnet_plates** plates);

/* Reads `count` pictures, one plate each, in their order. The answers are the same to the bit as
 * those of lprnet_recognize(). With count 0 `pictures` may be NULL. */
LPRNET_API lprnet_status lprnet_recognize_batch(const lprnet_recognizer* recognizer,
                                                const lprnet_picture* const* pictures, size_t count,
                                                lprnet_plates** plates);

/* What `count` readings of one plate show together, such as the frames in which a camera sees a
 * car; `plates` has count 1. See vote() in lprnet/vote.hpp. With count 0 `readings` may be NULL. */
LPRNET_API lprnet_status lprnet_vote(const lprnet_plate* const* readings, size_t count,
                                     lprnet_plates** plates);

/* Photographs */

/* Finds the plates of photographs and reads them: a detector, a reader, scratch memory, threads. */
typedef struct lprnet_photo_reader lprnet_photo_reader;

/* See PhotoOptions in lprnet/photo_reader.hpp. */
typedef struct lprnet_photo_options {
  size_t size;            /* sizeof(lprnet_photo_options) */
  int32_t threads;        /* that share out the photographs of a batch; 0: 1; LPRNET_ALL_CORES */
  int32_t max_plates;     /* the most confident ones; 0: 64 */
  float least_confidence; /* of a plate, above 0 to 1; 0: the detector's own */
  int32_t second_look;    /* a closer look at each plate; 0: yes; LPRNET_NO */
  int32_t keep_unread;    /* plates that read as nothing; 0: no; 1: yes */
  /* The part of the photograph where plates are looked for, in pixels; all 0: everywhere. */
  int32_t region_x;
  int32_t region_y;
  int32_t region_width;
  int32_t region_height;
  /* What the reader sees around a plate on each side, as a share of its width and height, up to 1;
   * 0: 0.05; LPRNET_NO: nothing. */
  float margin;
  const lprnet_decode_options* decoding; /* read by the call; NULL: defaults */
} lprnet_photo_options;

/* LPRNET_INVALID_ARGUMENT also for a detector that finds no plates, a reader that reads none. */
LPRNET_API lprnet_status lprnet_photo_reader_new(const lprnet_model* detector,
                                                 const lprnet_model* reader,
                                                 const lprnet_photo_options* options,
                                                 lprnet_photo_reader** photo_reader);

LPRNET_API void lprnet_photo_reader_free(lprnet_photo_reader* photo_reader);

/* Finds and reads the plates of a photograph, the most confidently found first: 0 or more. A
 * picture that one plate fills is a photograph too. */
LPRNET_API lprnet_status lprnet_read(const lprnet_photo_reader* photo_reader,
                                     const lprnet_picture* picture, lprnet_plates** plates);

#ifdef __cplusplus
}
#endif

#endif
