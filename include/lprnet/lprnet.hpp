#pragma once

// Everything but what few programs need: benchmark.hpp, which measures, and the optional
// opencv.hpp.
#include "lprnet/camera.hpp"
#include "lprnet/checkpoint.hpp"
#include "lprnet/decode.hpp"
#include "lprnet/description.hpp"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/limits.hpp"
#include "lprnet/model.hpp"
#include "lprnet/output_file.hpp"
#include "lprnet/photo_reader.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/quad.hpp"
#include "lprnet/recognizer.hpp"
#include "lprnet/session.hpp"
#include "lprnet/version.hpp"
#include "lprnet/vote.hpp"
