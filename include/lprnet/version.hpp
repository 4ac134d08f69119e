#pragma once

// The one place that holds the version; CMake reads it from here.
#define LPRNET_VERSION_MAJOR 0
#define LPRNET_VERSION_MINOR 1
#define LPRNET_VERSION_PATCH 0
#define LPRNET_VERSION_STRING "0.1.0"
