#pragma once

// Everything but the optional opencv.hpp.
#include "lprnet/benchmark.hpp"
#include "lprnet/description.hpp"
#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/plate.hpp"
#include "lprnet/recognizer.hpp"
#include "lprnet/session.hpp"
#include "lprnet/version.hpp"
